"""Gaussian Soft-NMS of temporal proposals, compiled.

Source: the rule of JJBOY/BMN-Boundary-Matching-Network (post_processing.py) and of
open-mmlab/mmaction2 (localizers/utils/proposal_utils.py). Theirs return k + 1 proposals before a
cut, or lose the last one of a short list; ours keeps the best k and loses none. Equal scores keep
their order.

Scores only fall, so a proposal's score is brought up to date when it reaches the top of a heap, not
after every kept proposal: the same products in the same order, for a fraction of the pairs.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from common.core.params.localization import SoftNms

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def soft_nms(segments: Floats, scores: Floats, spec: SoftNms) -> tuple[Indices, Floats]:
    """Keep the best proposals and lower the scores of those that overlap a better one.

    After a proposal is kept, every other one with tIoU v > low + (high - low) * width, width being
    that of the kept proposal, has its score multiplied by exp(-v^2 / alpha).

    Args:
        segments: (n, 2) start and end relative to the video, 0 to 1: the threshold depends on the
            relative width.
        scores: (n,) not negative.

    Returns:
        (k,) indices of the kept proposals, best first, and their (k,) new scores, k <= top_k.
    """
    order = np.argsort(-scores, kind="stable")
    start, end = segments[order, 0], segments[order, 1]
    kept, new_scores = _keep_best(
        start, end, scores[order], spec.alpha, spec.low, spec.high, min(spec.top_k, len(scores))
    )
    return order[kept], new_scores


@njit(cache=True, nogil=True)
def _lowered(
    score: float,
    start: Floats,
    end: Floats,
    i: int,
    kept: Indices,
    alpha: float,
    low: float,
    high: float,
) -> float:
    """The score of proposal i after it has met the kept ones, in their order."""
    for k in kept:
        width = end[k] - start[k]
        overlap = min(end[k], end[i]) - max(start[k], start[i])
        if overlap > 0.0:
            tiou = overlap / (width + (end[i] - start[i]) - overlap)
            if tiou > low + (high - low) * width:
                score *= math.exp(-tiou * tiou / alpha)
    return score


@njit(cache=True, nogil=True)
def _sift_down(heap: Indices, n: int, score: Floats) -> None:
    """Bring the first of the n entries to its place; of equal scores the smaller index is above."""
    if n == 0:
        return
    item, hole = heap[0], 0
    while 2 * hole + 1 < n:
        child = 2 * hole + 1
        if child + 1 < n and _before(heap[child + 1], heap[child], score):
            child += 1
        if not _before(heap[child], item, score):
            break
        heap[hole] = heap[child]
        hole = child
    heap[hole] = item


@njit(cache=True, nogil=True)
def _before(i: int, j: int, score: Floats) -> bool:
    return score[i] > score[j] or (score[i] == score[j] and i < j)


@njit(cache=True, nogil=True)
def _keep_best(
    start: Floats, end: Floats, score: Floats, alpha: float, low: float, high: float, n_keep: int
) -> tuple[Indices, Floats]:
    """Places and scores of the kept proposals; the input is sorted by score, `score` is changed."""
    n = len(score)
    heap = np.arange(n)  # sorted, so it is a heap
    n_applied = np.zeros(n, np.int64)  # kept proposals that a score has already met
    kept, new_scores = np.empty(n_keep, np.int64), np.empty(n_keep, np.float64)
    n_kept = 0
    while n_kept < n_keep:
        top = heap[0]
        if n_applied[top] == n_kept:
            kept[n_kept], new_scores[n_kept] = top, score[top]
            n_kept += 1
            n -= 1
            heap[0] = heap[n]
        else:
            met = kept[n_applied[top] : n_kept]
            score[top] = _lowered(score[top], start, end, top, met, alpha, low, high)
            n_applied[top] = n_kept
        _sift_down(heap, n, score)
    return kept, new_scores

"""Gaussian Soft-NMS of temporal proposals, compiled.

Source: the rule of JJBOY/BMN-Boundary-Matching-Network (post_processing.py) and of
open-mmlab/mmaction2 (localizers/utils/proposal_utils.py). Theirs return k + 1 proposals before a
cut, or lose the last one of a short list; ours keeps the best k and loses none. Equal scores keep
their order.
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
    start, end = segments[order, 0].copy(), segments[order, 1].copy()
    kept, new_scores = _keep_best(
        start, end, scores[order], spec.alpha, spec.low, spec.high, min(spec.top_k, len(scores))
    )
    return order[kept], new_scores


@njit(cache=True, nogil=True)
def _keep_best(
    start: Floats, end: Floats, score: Floats, alpha: float, low: float, high: float, n_keep: int
) -> tuple[Indices, Floats]:
    """One pass a kept proposal: decay the others, drop it from the list, find the next best."""
    n = len(score)
    place = np.arange(n)
    kept, new_scores = np.empty(n_keep, np.int64), np.empty(n_keep, np.float64)
    best = 0  # sorted by score
    for rank in range(n_keep):
        kept[rank], new_scores[rank] = place[best], score[best]
        s, e = start[best], end[best]
        threshold = low + (high - low) * (e - s)
        write, top, next_best = 0, -math.inf, 0
        for i in range(n):
            if i == best:
                continue
            value = score[i]
            overlap = min(e, end[i]) - max(s, start[i])
            if overlap > 0.0:
                tiou = overlap / ((e - s) + (end[i] - start[i]) - overlap)
                if tiou > threshold:
                    value *= math.exp(-tiou * tiou / alpha)
            start[write], end[write] = start[i], end[i]
            score[write], place[write] = value, place[i]
            if value > top:
                top, next_best = value, write
            write += 1
        n, best = write, next_best
    return kept, new_scores

"""Which predicted segments hit a ground truth segment, at every tIoU threshold at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.challenges.temporal.columns import Floats, Instances, Ints

_NONE = np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Pairs:
    """A prediction and a ground truth segment that could match.

    Args:
        row: (K,) row of the predictions, ascending; of one row the preferred truth comes first.
        truth: (K,) row of the ground truth.
        tiou: (K,) their tIoU; NaN counts as a match at every threshold.
    """

    row: Ints
    truth: Ints
    tiou: Floats


def temporal_iou(a: Instances, i: Ints, b: Instances, j: Ints) -> Floats:
    """tIoU of segment `a[i]` with segment `b[j]`, (K,); `b` is the prediction.

    0 / 0 is NaN, as in the official code: a segment without length on another at the same place.
    Source: activitynet/ActivityNet, Evaluation/utils.py (`segment_iou`), same order of operations.
    """
    start_a, end_a, start_b, end_b = a.start[i], a.end[i], b.start[j], b.end[j]
    with np.errstate(all="ignore"):
        overlap = np.minimum(end_b, end_a) - np.maximum(start_b, start_a)
        overlap = overlap.clip(min=0.0)
        union = (end_a - start_a) + (end_b - start_b) - overlap
        tiou: Floats = overlap / union
    return tiou


def candidate_pairs(truth: Instances, predictions: Instances, lowest: float) -> Pairs:
    """Pairs of the same video and class that match at the tIoU threshold `lowest`."""
    parts = [Pairs(_NONE, _NONE, np.zeros(0))]
    for row, of in _same_group(truth, predictions):
        tiou = temporal_iou(truth, of, predictions, row)
        keep = ~(tiou < lowest)
        parts.append(Pairs(row[keep], of[keep], tiou[keep]))
    return _by_preference(
        Pairs(
            np.concatenate([part.row for part in parts]),
            np.concatenate([part.truth for part in parts]),
            np.concatenate([part.tiou for part in parts]),
        )
    )


def hits(pairs: Pairs, threshold: float, n_truth: int) -> Ints:
    """Rows that take a ground truth segment, ascending.

    Row after row takes its most preferred segment that is still free. A row and a segment that
    are each other's first remaining choice are settled in any case, so all such pairs are settled
    at once and few rounds suffice.
    """
    alive = ~(pairs.tiou < threshold)
    row, of = pairs.row[alive], pairs.truth[alive]
    first_pair = np.zeros(n_truth, dtype=np.intp)
    taken = np.zeros(n_truth, dtype=bool)
    served = np.zeros(row.max(initial=-1) + 1, dtype=bool)
    while row.size:
        here = np.arange(row.size)
        # Written from the back, so that the first pair of every ground truth segment stays.
        first_pair[of[::-1]] = here[::-1]
        mutual = np.diff(row, prepend=-1).astype(bool) & (first_pair[of] == here)
        served[row[mutual]] = True
        taken[of[mutual]] = True
        open_ = ~(served[row] | taken[of])
        row, of = row[open_], of[open_]
    return np.flatnonzero(served)


def _same_group(truth: Instances, predictions: Instances) -> Iterator[tuple[Ints, Ints]]:
    """All (prediction row, ground truth row) of the same video and class, in blocks; of one
    prediction the later ground truth row first, which is the official order of equal tIoU.
    """
    n_classes = 1 + max(truth.label.max(initial=0), predictions.label.max(initial=0))
    truth_key = truth.video * n_classes + truth.label
    order = np.argsort(truth_key, kind="stable")
    keys, begin, count = np.unique(truth_key[order], return_index=True, return_counts=True)
    known = np.flatnonzero(predictions.video >= 0)
    key = predictions.video[known] * n_classes + predictions.label[known]
    slot = np.minimum(np.searchsorted(keys, key), max(keys.size - 1, 0))
    found = _equal_at(keys, slot, key)
    known, slot = known[found], slot[found]
    for part in blocks(count[slot]):
        each = count[slot[part]]
        row = np.repeat(known[part], each)
        last = begin[slot[part]] + np.cumsum(each)
        yield row, order[np.repeat(last, each) - np.arange(row.size) - 1]


def blocks(sizes: Ints, most: int = 4_000_000) -> Iterator[slice]:
    """Slices of `sizes` that sum up to about `most` at most: so many pairs are held at a time."""
    total = np.cumsum(sizes)
    begin = 0
    while begin < sizes.size:
        before = total[begin - 1] if begin else 0
        end = max(int(np.searchsorted(total, before + most, side="right")), begin + 1)
        yield slice(begin, end)
        begin = end


def _equal_at(keys: Ints, slot: Ints, wanted: Ints) -> NDArray[np.bool_]:
    return keys[slot] == wanted if keys.size else np.zeros(wanted.size, dtype=bool)


def _by_preference(pairs: Pairs) -> Pairs:
    """Sort the pairs of every row by falling tIoU; NaN first; equal ones keep their order."""
    several = np.zeros(pairs.row.size + 1, dtype=bool)
    several[1:-1] = pairs.row[1:] == pairs.row[:-1]
    touched = np.flatnonzero(several[1:] | several[:-1])
    falling = -np.where(np.isnan(pairs.tiou[touched]), np.inf, pairs.tiou[touched])
    order = np.arange(pairs.row.size)
    order[touched] = touched[np.lexsort((falling, pairs.row[touched]))]
    return Pairs(pairs.row, pairs.truth[order], pairs.tiou[order])

"""Average precision as the ActivityNet and EPIC programs compute it, from where the hits stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.challenges.temporal.columns import Floats, Ints


def best_first(score: Floats) -> Ints:
    """Row numbers by falling score; of equal scores the later row first; NaN before every number.

    The official programs reverse an ascending sort whose order of equal scores is undefined; this
    is their result with a stable sort.
    """
    order = np.argsort(score)
    rising = score[order]
    # The default sort is several times faster; without equal scores (or NaN) it is the same.
    if not (rising[1:] > rising[:-1]).all():
        order = np.argsort(score, kind="stable")
    return order[::-1]


def rank_rows(group: Ints, order: Ints) -> Ints:
    """The rows of `order` sorted by group; within a group they keep their order.

    Args:
        group: (N,) non-negative numbers of all rows, for instance classes.
        order: (M,) row numbers, from `best_first`.
    """
    return order[np.argsort(_narrow(group[order]), kind="stable")]


def average_precisions(hits: Ints, first_row: Ints, n_truth: Ints) -> Floats:
    """Interpolated average precision of every class.

    Args:
        hits: sorted rank positions (rows after `rank_rows` by class) of the true positives.
        first_row: (C + 1,) where each class begins among the ranked rows.
        n_truth: (C,) number of ground truth instances of each class.

    Returns:
        (C,) float64; 0 for a class without a hit.

    Source: activitynet/ActivityNet, Evaluation/utils.py (`interpolated_prec_rec`). Only the ranks
    of hits change recall, and precision peaks at hits, so the other rows need not be looked at.
    """
    bounds = np.searchsorted(hits, first_row)
    classes = np.repeat(np.arange(n_truth.size), np.diff(bounds))
    found = np.arange(1.0, hits.size + 1.0) - bounds[classes]
    precision = found / (hits - first_row[classes] + 1.0)
    recall = found / n_truth[classes]
    steps = recall - (found - 1.0) / n_truth[classes]
    # One place more than its hits for every class: the step from its last recall to recall 1. That
    # step is worth 0, but the official sum holds it (unless the recall is 1 already), and the
    # number of summands decides how numpy pairs them, and so the last bit.
    areas = np.zeros(hits.size + n_truth.size)
    areas[np.arange(hits.size) + classes] = steps * _best_from_here(precision, bounds)
    result = np.zeros(n_truth.size)
    for c in np.flatnonzero(np.diff(bounds)).tolist():
        end = bounds[c + 1] + c + int(recall[bounds[c + 1] - 1] != 1.0)
        result[c] = np.add.reduce(areas[bounds[c] + c : end])
    return result


def _best_from_here(precision: Floats, bounds: Ints) -> Floats:
    """Running maximum from the right, within the classes that begin at `bounds`."""
    backwards = precision[::-1].copy()
    size = backwards.size
    for c in np.flatnonzero(np.diff(bounds) > 1).tolist():
        part = backwards[size - bounds[c + 1] : size - bounds[c]]
        np.maximum.accumulate(part, out=part)
    return backwards[::-1]


def _narrow(group: Ints) -> NDArray[np.integer]:
    """16-bit numbers where they suffice: numpy then sorts by radix, several times faster."""
    return group.astype(np.int16) if group.size and group.max() < 2**15 else group

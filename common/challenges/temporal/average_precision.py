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
    result = np.zeros(n_truth.size)
    bounds = np.searchsorted(hits, first_row)
    for c in np.flatnonzero(np.diff(bounds)):
        found = np.arange(1.0, bounds[c + 1] - bounds[c] + 1.0)
        precision = found / (hits[bounds[c] : bounds[c + 1]] - first_row[c] + 1.0)
        result[c] = _area(found / n_truth[c], precision)
    return result


def _area(recall: Floats, precision: Floats) -> float:
    """Sum of recall steps times the best precision at that recall or beyond."""
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(recall, prepend=0.0) * envelope
    if recall[-1] != 1.0:
        # The official sum holds the step from the last recall to 1 too. It is 0, but the number
        # of summands decides how numpy pairs them, and so the last bit.
        steps = np.append(steps, 0.0)
    return float(np.sum(steps))


def _narrow(group: Ints) -> NDArray[np.integer]:
    """16-bit numbers where they suffice: numpy then sorts by radix, several times faster."""
    return group.astype(np.int16) if group.size and group.max() < 2**15 else group

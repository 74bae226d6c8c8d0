"""Average precision from matches: with some errors taken away, normalised, or on part of the truth.

The plain number is that of the evaluator; what is left out and what is normalised answers questions
that the official program does not ask.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.challenges.temporal.average_precision import average_precisions
from common.submission.analysis.matching import Kind, Matches


def average_precision(matches: Matches, *, without: Kind | None = None) -> NDArray[np.float64]:
    """(K, C) interpolated AP per threshold and class, bit-equal to the evaluator's.

    Args:
        without: leave out all detections of this error kind ("what if they were gone").
    """
    classes = matches.detections["class_index"].to_numpy()
    rows = []
    for match, kind in zip(matches.match, matches.kind, strict=True):
        kept = kind != without if without is not None else np.ones(len(kind), dtype=bool)
        rows.append(ap_of_classes(classes[kept], match[kept] >= 0, matches.n_truth))
    return np.stack(rows)


def ap_of_classes(
    classes: NDArray[np.int64], hit: NDArray[np.bool_], n_truth: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(C,) interpolated AP at one threshold.

    Args:
        classes: (P,) class of each detection; detections go by class, then by score, descending.
        hit: (P,) true positives; the rest are false positives.
        n_truth: (C,) truth segments.
    """
    first_row = np.searchsorted(classes, np.arange(len(n_truth) + 1))
    return average_precisions(np.flatnonzero(hit), first_row, n_truth)


def normalised_average_precision(
    matches: Matches,
    *,
    without: Kind | None = None,
    only_truth: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """(K, C) AP with precision R N / (R N + FP), so that classes of different size compare.

    R is the recall, N the mean number of truth segments per class.

    Args:
        without: leave out all detections of this error kind.
        only_truth: (G,) the truth segments that count; detections matched to others are ignored.
            Classes without any get NaN.

    Source: Alwassel et al. 2018, section 4, after Hoiem et al. 2012.
    """
    hit = (matches.match >= 0).astype(np.float64)
    miss = 1.0 - hit
    n_truth = matches.n_truth
    if without is not None:
        miss[matches.kind == without] = 0.0
    if only_truth is not None:
        hit *= np.append(only_truth, False)[matches.match]
        counted = matches.truth["class_index"].to_numpy()[only_truth]
        n_truth = np.bincount(counted, minlength=len(n_truth))
    mean_truth = float(matches.n_truth.mean())
    classes = matches.detections["class_index"].to_numpy()
    bounds = np.searchsorted(classes, np.arange(len(n_truth) + 1))
    ap = np.full((len(hit), len(n_truth)), np.nan)
    for index in np.flatnonzero(n_truth):
        part = slice(bounds[index], bounds[index + 1])
        recall = hit[:, part].cumsum(axis=1) / n_truth[index]
        weight = recall * mean_truth
        total = weight + miss[:, part].cumsum(axis=1)
        precision = np.divide(weight, total, out=np.zeros_like(total), where=total > 0)
        envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        ap[:, index] = (np.diff(recall, axis=1, prepend=0.0) * envelope).sum(axis=1)
    return ap


def mean_over_classes(ap: NDArray[np.float64]) -> float:
    """Average over thresholds and classes; NaN classes do not count; NaN if none is left."""
    counted = ap[:, ~np.isnan(ap).any(axis=0)]
    return float(counted.mean()) if counted.size else float("nan")

"""How the errors are spread over the score ranks, and what would be gained without each kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.submission.analysis.matching import ERROR_KINDS, Kind, Matches
from common.submission.analysis.precision import (
    average_precision,
    mean_over_classes,
    normalised_average_precision,
)

RANK_INTERVALS = 10


@dataclass(frozen=True, slots=True)
class ErrorProfile:
    """Errors by score rank.

    Args:
        counts: (10, 6) mean number over the thresholds of detections of each `Kind` in the rank
            interval [k n, (k + 1) n) of each class, n = truth segments of the class ("1G ... 10G").
        shares: (10, 6) the same as a share of the interval; 0 where it is empty.
    """

    counts: NDArray[np.float64]
    shares: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gains:
    """What average mAP would gain if all detections of one kind were gone; fractions of 1.

    Args:
        base, base_normalised: average mAP as it stands, plain and normalised.
        gain, gain_normalised: by error kind.
    """

    base: float
    base_normalised: float
    gain: dict[Kind, float]
    gain_normalised: dict[Kind, float]


def mean_counts(matches: Matches) -> dict[Kind, float]:
    """Number of detections of each kind, mean over the thresholds."""
    return {kind: float((matches.kind == kind).sum(axis=1).mean()) for kind in Kind}


def error_profile(matches: Matches) -> ErrorProfile:
    """Kinds by rank interval of each class, pooled over classes, averaged over thresholds.

    Source: false positive profile of Alwassel et al. 2018, section 4.
    """
    detections = matches.detections
    interval = (
        detections["rank"].to_numpy() // matches.n_truth[detections["class_index"].to_numpy()]
    )
    inside = interval < RANK_INTERVALS
    cells = interval[inside] * len(Kind) + matches.kind[:, inside]
    counts = np.bincount(cells.ravel(), minlength=RANK_INTERVALS * len(Kind))
    mean = counts.reshape(RANK_INTERVALS, len(Kind)) / len(matches.thresholds)
    total = mean.sum(axis=1, keepdims=True)
    return ErrorProfile(mean, np.divide(mean, total, out=np.zeros_like(mean), where=total > 0))


def removal_gains(matches: Matches) -> Gains:
    """Average mAP without the detections of each error kind, minus average mAP.

    Source: average-mAP gain of Alwassel et al. 2018, section 4.
    """
    base = mean_over_classes(average_precision(matches))
    base_n = mean_over_classes(normalised_average_precision(matches))
    gain: dict[Kind, float] = {}
    gain_n: dict[Kind, float] = {}
    for kind in ERROR_KINDS:
        gain[kind] = mean_over_classes(average_precision(matches, without=kind)) - base
        without = normalised_average_precision(matches, without=kind)
        gain_n[kind] = mean_over_classes(without) - base_n
    return Gains(base, base_n, gain, gain_n)

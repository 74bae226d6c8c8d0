"""Do scores say how often a detection is right?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.submission.analysis.matching import Matches

N_BINS = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """Detections by score.

    Args:
        edges: (11,) borders of the score bins, equally wide; a bin holds its lower border.
        count: (10,) detections.
        mean_score, precision: (10,) mean score and share of true positives; NaN in an empty bin.
        error: expected calibration error: mean |precision - score| weighted by count.
    """

    edges: NDArray[np.float64]
    count: NDArray[np.int64]
    mean_score: NDArray[np.float64]
    precision: NDArray[np.float64]
    error: float


def calibration(matches: Matches, level: int = 0) -> Calibration:
    """Precision by score at one threshold of `matches`; 0 is tIoU 0.5."""
    score = matches.detections["score"].to_numpy(dtype=np.float64)
    right = matches.match[level] >= 0
    edges = np.linspace(0.0, _top(score), N_BINS + 1)
    index = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, N_BINS - 1)
    count = np.bincount(index, minlength=N_BINS)
    mean_score = _mean(index, score, count)
    precision = _mean(index, right.astype(np.float64), count)
    gap = np.nan_to_num(np.abs(precision - mean_score))
    error = float((gap * count).sum() / count.sum()) if len(score) else float("nan")
    return Calibration(edges, count, mean_score, precision, error)


def _top(score: NDArray[np.float64]) -> float:
    """The right end of the score axis: 1, or less (1, 2 or 5 times a power of ten) if all scores
    are small.
    """
    highest = float(score.max()) if len(score) else 1.0
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if highest <= step * power)


def _mean(
    index: NDArray[np.int64], values: NDArray[np.float64], count: NDArray[np.int64]
) -> NDArray[np.float64]:
    total = np.bincount(index, weights=values, minlength=N_BINS)
    mean = np.full(N_BINS, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean

"""Everything that is computed from the truth and the detections, once for all sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError
from common.submission.analysis.calibration import Calibration, calibration
from common.submission.analysis.fixes import Fix, fix_gains
from common.submission.analysis.matching import KIND_NAME, Matches, match_detections
from common.submission.analysis.precision import average_precision
from common.submission.analysis.profile import (
    ErrorProfile,
    Gains,
    error_profile,
    mean_counts,
    removal_gains,
)
from common.submission.analysis.sensitivity import BinResult, sensitivity
from common.submission.report.data import ReportData

Frequency = Literal["head", "medium", "tail"]
FREQUENCIES: tuple[Frequency, ...] = ("head", "medium", "tail")


@dataclass(frozen=True, slots=True)
class ClassResult:
    """One class: training instances, truth segments of the subset, mean AP and AP at tIoU 0.5."""

    label: str
    n_train: int
    n_truth: int
    ap: float
    ap_half: float
    frequency: Frequency


@dataclass(frozen=True, slots=True)
class Analysis:
    """The answers that the page shows.

    Args:
        ap: (K, C) AP per threshold and class, classes as in `matches.classes`.
        classes: in the order of training frequency, most frequent first.
    """

    matches: Matches
    ap: NDArray[np.float64]
    classes: tuple[ClassResult, ...]
    profile: ErrorProfile
    gains: Gains
    fixes: Mapping[Fix, float]
    bins: tuple[BinResult, ...]
    calibration: Calibration

    @property
    def map_per_tiou(self) -> NDArray[np.float64]:
        """(K,) mean over classes."""
        return np.asarray(self.ap.mean(axis=1), dtype=np.float64)

    def group_ap(self, frequency: Frequency) -> float:
        """Mean AP of the classes of one frequency group; NaN if it is empty."""
        inside = [row.ap for row in self.classes if row.frequency == frequency]
        return float(np.mean(inside)) if inside else float("nan")


def analyse(data: ReportData) -> Analysis | None:
    """The error analysis of a report's data; None where truth or detections are absent.

    Raises:
        InputError: a video with truth has no duration.
    """
    if data.truth is None or data.detections is None or data.truth.empty:
        return None
    unknown = sorted(set(data.truth["video"]) - set(data.durations))
    if unknown:
        raise InputError(
            "report.duration",
            f"video {unknown[0]}",
            f"has ground truth but no duration ({len(unknown)} such videos)",
            "Give the duration of every video of the subset.",
        )
    matches = match_detections(data.truth, data.detections)
    ap = average_precision(matches)
    return Analysis(
        matches,
        ap,
        _class_results(data, matches, ap),
        error_profile(matches),
        removal_gains(matches),
        fix_gains(matches),
        tuple(sensitivity(matches, data.durations, data.settings.length_edges)),
        calibration(matches),
    )


def frequency_of(n_train: int, head_above: int, tail_below: int) -> Frequency:
    """The frequency group of a class."""
    if n_train > head_above:
        return "head"
    return "tail" if n_train < tail_below else "medium"


def results_document(analysis: Analysis) -> dict[str, Any]:
    """The computed numbers for the page's raw data; rounded, NaN as None."""
    return {
        "map_per_tiou": [_rounded(value) for value in analysis.map_per_tiou],
        "classes": [
            {
                "label": row.label,
                "n_train": row.n_train,
                "n_truth": row.n_truth,
                "ap": _rounded(row.ap),
                "ap_at_0.5": _rounded(row.ap_half),
                "frequency": row.frequency,
            }
            for row in analysis.classes
        ],
        "errors": {
            "mean_counts": _by_name(mean_counts(analysis.matches)),
            "gain_if_removed": _by_name(analysis.gains.gain),
            "gain_if_removed_normalised": _by_name(analysis.gains.gain_normalised),
            "gain_if_fixed_at_0.5": {k: _rounded(v) for k, v in analysis.fixes.items()},
            "shares_by_rank": [[_rounded(v) for v in row] for row in analysis.profile.shares],
        },
        "sensitivity": [
            {
                "characteristic": row.characteristic,
                "bin": row.name,
                "bounds": row.bounds,
                "n_truth": row.n_truth,
                "missed": _rounded(row.missed),
                "normalised_average_map": _rounded(row.ap),
            }
            for row in analysis.bins
        ],
        "calibration_error": _rounded(analysis.calibration.error),
        "detections_with_other_labels": analysis.matches.n_ignored,
    }


def _class_results(
    data: ReportData, matches: Matches, ap: NDArray[np.float64]
) -> tuple[ClassResult, ...]:
    rows = []
    for index, label in enumerate(matches.classes):
        n_train = int(data.train_counts.get(label, 0))
        frequency = frequency_of(n_train, data.settings.head_above, data.settings.tail_below)
        rows.append(
            ClassResult(
                label,
                n_train,
                int(matches.n_truth[index]),
                float(ap[:, index].mean()),
                float(ap[0, index]),
                frequency,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.n_train, row.label)))


def _by_name(values: Mapping[Any, float]) -> dict[str, float | None]:
    return {KIND_NAME[kind]: _rounded(value) for kind, value in values.items()}


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)

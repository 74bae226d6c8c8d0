"""What every member of an ensemble is worth: alone, added, left out, weighted; and how alike the
members' errors are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.params.localization import Ensemble
from common.localization.weight_fitting import (
    Fuse,
    Score,
    WeightFit,
    fit_weights,
    member_gains,
)

# A member's best segments of a video among which an instance is looked for.
_BEST = 10


@dataclass(frozen=True, slots=True)
class MemberMeasures:
    """One member, on the fold. Scores are fractions of 1.

    Args:
        name: of the member.
        alone: its score.
        gain_added: score of its mean with the best other member, less that of the better of the
            two; None for a single member.
        loss_left_out: score of the uniform mean of all, less that of all others; None for one.
        weight: fitted, whether or not the guards accept the weights.
    """

    name: str
    alone: float
    gain_added: float | None
    loss_left_out: float | None
    weight: float


@dataclass(frozen=True, slots=True)
class EnsembleMeasures:
    """All members of an ensemble, on the fold.

    Args:
        measure: what the scores are, `average mAP` say.
        level: what is fused.
        videos: of the fold, that all members cover.
        members: in the order given.
        fit: how the weights came about.
        correlation: (M, M) of the members' errors; NaN where a member makes none that varies.
    """

    measure: str
    level: str
    videos: tuple[str, ...]
    members: tuple[MemberMeasures, ...]
    fit: WeightFit
    correlation: NDArray[np.float64]

    def params(self, section: str) -> dict[str, Any]:
        """What params.yaml takes: `{section: {ensemble: {level, weights}}}`."""
        weights = {m.name: round(w, 6) for m, w in zip(self.members, self.fit.weights, strict=True)}
        level = "maps" if self.level == "maps" else "proposals"
        return {section: {"ensemble": {"level": level, "weights": weights}}}


def measure_ensemble(
    members: Sequence[str],
    fuse: Fuse,
    score: Score,
    videos: Sequence[str],
    correlation: NDArray[np.float64],
    spec: Ensemble,
    *,
    measure: str,
    level: str,
) -> EnsembleMeasures:
    """Measure each member and fit weights; arguments as of `fit_weights`.

    Raises:
        InputError: fewer than two videos.
    """
    names, n = tuple(members), len(members)
    known: dict[tuple[float, ...], pd.DataFrame] = {}

    def fused(weights: tuple[float, ...]) -> pd.DataFrame:
        key = tuple(round(weight, 6) for weight in weights)
        if key not in known:
            known[key] = fuse(weights)
        return known[key]

    def value(weights: tuple[float, ...]) -> float:
        return score(fused(weights), tuple(videos))

    fit = fit_weights(names, fused, score, videos, spec)
    losses = member_gains(names, value) if n > 1 else {}
    rows = []
    for i, name in enumerate(names):
        gain = None
        if n > 1:
            best = max((j for j in range(n) if j != i), key=lambda j: fit.single[j])
            pair = tuple(0.5 if j in (i, best) else 0.0 for j in range(n))
            gain = value(pair) - max(fit.single[i], fit.single[best])
        rows.append(MemberMeasures(name, fit.single[i], gain, losses.get(name), fit.fitted[i]))
    return EnsembleMeasures(measure, level, tuple(videos), tuple(rows), fit, correlation)


def segment_error_correlation(
    tables: Mapping[str, pd.DataFrame], truth: pd.DataFrame
) -> NDArray[np.float64]:
    """(M, M) correlation of the members' errors on the annotated instances.

    An error is 1 less the best tIoU of the instance with the member's ten best segments of the
    video (of its class, where the member has labels).

    Args:
        tables: proposals or detections by member.
        truth: video, start, end, label.
    """
    errors = []
    for table in tables.values():
        keys = ["video", "label"] if "label" in table else ["video"]
        best = table.sort_values("score", ascending=False, kind="stable")
        groups = {
            key: group[["start", "end"]].to_numpy()
            for key, group in best.groupby(keys).head(_BEST).groupby(keys)
        }
        empty = np.zeros((0, 2))
        mine = [
            _error(groups.get(tuple(getattr(row, k) for k in keys), empty), row.start, row.end)
            for row in truth.itertuples()
        ]
        errors.append(mine)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.atleast_2d(np.corrcoef(errors))


def _error(segments: NDArray[np.float64], start: float, end: float) -> float:
    if not len(segments):
        return 1.0
    low, high = np.maximum(segments[:, 0], start), np.minimum(segments[:, 1], end)
    overlap = (high - low).clip(min=0.0)
    union = (segments[:, 1] - segments[:, 0]) + (end - start) - overlap
    return float(1.0 - (overlap / union).max())

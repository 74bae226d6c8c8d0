"""For which truth segments a system works: by length, coverage and number of instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.submission.analysis.matching import Matches
from common.submission.analysis.precision import mean_over_classes, normalised_average_precision

BIN_NAMES = ("XS", "S", "M", "L", "XL")
# Right-closed upper edges in seconds, as Alwassel et al. 2018 cut ActivityNet.
LENGTH_EDGES = (30.0, 60.0, 120.0, 180.0)
_COVERAGE_EDGES = (0.2, 0.4, 0.6, 0.8)
_INSTANCE_EDGES = (1.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class BinResult:
    """One bin of one characteristic.

    Args:
        characteristic: `length`, `coverage` or `instances`.
        name: XS, S, M, L or XL.
        bounds: what the bin holds, for a person: `30–60 s`.
        n_truth: truth segments in it.
        missed: share of them without a match, mean over the thresholds; NaN if there are none.
        ap: normalised average mAP when only they count; NaN if there are none.
    """

    characteristic: str
    name: str
    bounds: str
    n_truth: int
    missed: float
    ap: float


def sensitivity(
    matches: Matches,
    durations: Mapping[str, float],
    length_edges: Sequence[float] = LENGTH_EDGES,
) -> list[BinResult]:
    """Missed truth and normalised average mAP in each bin of each characteristic.

    Args:
        durations: seconds of each video that has truth.
        length_edges: the four upper edges of the length bins, seconds.

    Source: sensitivity and false negative analysis of Alwassel et al. 2018, sections 5 and 6; a bin
        counts its own truth segments only, detections matched to others are ignored.
    """
    found = np.zeros((len(matches.thresholds), len(matches.truth)), dtype=bool)
    level, detection = np.nonzero(matches.match >= 0)
    found[level, matches.match[level, detection]] = True
    missed = 1.0 - found.mean(axis=0)
    results = []
    for characteristic, (values, edges) in _values(matches.truth, durations, length_edges).items():
        bins = cut(values, edges)
        for index, bounds in enumerate(_bounds(characteristic, edges)):
            inside = bins == index
            ap = normalised_average_precision(matches, only_truth=inside)
            results.append(
                BinResult(
                    characteristic,
                    BIN_NAMES[index],
                    bounds,
                    int(inside.sum()),
                    float(missed[inside].mean()) if inside.any() else float("nan"),
                    mean_over_classes(ap),
                )
            )
    return results


def cut(values: NDArray[np.float64], edges: Sequence[float]) -> NDArray[np.int64]:
    """Bin of each value; bins are right-closed, the last one is open."""
    return np.searchsorted(np.asarray(edges), values, side="left")


def length_bounds(edges: Sequence[float]) -> list[str]:
    """The length bins for a person: `0–30 s`, ..., `> 180 s`."""
    return _bounds("length", edges)


def _values(
    truth: pd.DataFrame, durations: Mapping[str, float], length_edges: Sequence[float]
) -> dict[str, tuple[NDArray[np.float64], Sequence[float]]]:
    length = (truth["end"] - truth["start"]).to_numpy(dtype=np.float64)
    duration = truth["video"].map(durations).to_numpy(dtype=np.float64)
    instances = truth.groupby(["video", "class_index"], sort=False)["label"].transform("size")
    return {
        "length": (length, length_edges),
        "coverage": (length / duration, _COVERAGE_EDGES),
        "instances": (instances.to_numpy(dtype=np.float64), _INSTANCE_EDGES),
    }


def _bounds(characteristic: str, edges: Sequence[float]) -> list[str]:
    if characteristic == "instances":
        return ["1", "2–4", "5–8", "> 8"]
    scale, unit = (100, " %") if characteristic == "coverage" else (1, " s")
    low = [0.0, *edges[:-1]]
    inner = [f"{a * scale:g}–{b * scale:g}{unit}" for a, b in zip(low, edges, strict=True)]
    return [*inner, f"> {edges[-1] * scale:g}{unit}"]

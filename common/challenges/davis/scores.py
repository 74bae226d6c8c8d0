"""The official DAVIS tables from the per-frame J and F of every object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.challenges.masks.measures import MANY_FRAMES, Values, statistics

# (sequences, frames) of the official lists. Train, val and test-dev of 2017 and val of 2016 were
# counted in the official files; the others are the figures of the papers of 2016, 2017 and 2019.
PUBLISHED = {
    "ImageSets/2016/train.txt": (30, 2_079),
    "ImageSets/2016/val.txt": (20, 1_376),
    "ImageSets/2017/train.txt": (60, 4_209),
    "ImageSets/2017/val.txt": (30, 1_999),
    "ImageSets/2017/test-dev.txt": (30, 2_086),
    "ImageSets/2017/test-challenge.txt": (30, 2_180),
    "ImageSets/2019/test-dev.txt": (30, 2_294),
    "ImageSets/2019/test-challenge.txt": (30, 2_229),
}


@dataclass(frozen=True, slots=True)
class SequenceScores:
    """J and F of the objects of one sequence, (N, T) float64 each, and what was noticed."""

    region: Values
    contour: Values
    n_frames: int
    notes: tuple[str, ...] = ()


def official_tables(rows: Mapping[str, SequenceScores]) -> dict[str, Any]:
    """`global` (seven numbers) and `objects` (six for each `<sequence>_<k>`, k from 1).

    A sequence with five objects weighs five times one with one object.
    """
    objects: dict[str, dict[str, float]] = {}
    for sequence, scores in rows.items():
        for k, pair in enumerate(zip(scores.region, scores.contour, strict=True), 1):
            objects[f"{sequence}_{k}"] = _six(*pair)
    means = {
        key: float(np.mean([entry[key] for entry in objects.values()])) if objects else np.nan
        for key in _six(np.zeros(1), np.zeros(1))
    }
    both = (means["J-Mean"] + means["F-Mean"]) / 2
    return {"global": {"J&F-Mean": both, **means}, "objects": objects}


def _six(region: Values, contour: Values) -> dict[str, float]:
    found: dict[str, float] = {}
    for letter, values in (("J", region), ("F", contour)):
        numbers = statistics(values)
        found |= {
            f"{letter}-Mean": numbers.mean,
            f"{letter}-Recall": numbers.recall,
            f"{letter}-Decay": numbers.decay,
        }
    return found


def per_frame_arrays(rows: Mapping[str, SequenceScores]) -> dict[str, NDArray[np.generic]]:
    """`J/<sequence>` and `F/<sequence>`: (objects, frames) float64."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for sequence, scores in rows.items():
        arrays[f"J/{sequence}"] = scores.region
        arrays[f"F/{sequence}"] = scores.contour
    return arrays


def remarks(rows: Mapping[str, SequenceScores]) -> list[str]:
    """Sentences for a person about single sequences."""
    found = [f"{name}: {note}" for name, scores in rows.items() for note in scores.notes]
    for name, scores in rows.items():
        if scores.region.shape[1] > MANY_FRAMES:
            found.append(
                f"{name}: {scores.region.shape[1]} frames; beyond {MANY_FRAMES} the official "
                "program's decay is not a number (an 8-bit overflow), ours is the decay"
            )
    return found

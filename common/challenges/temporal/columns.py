"""Labelled segments as columns of numbers, and how names become numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


class Columns(Protocol):
    """Anything indexable by column name: a dict of arrays, a DataFrame, a structured array."""

    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Instances:
    """Segments with a video and a class, row by row in file order.

    Args:
        video: (N,) index of the video; -1 = a video without ground truth.
        label: (N,) index of the class, never negative.
        start, end: (N,) seconds; nothing is clipped or put in order.
    """

    video: Ints
    label: Ints
    start: Floats
    end: Floats

    def __len__(self) -> int:
        return int(self.video.size)


@dataclass(frozen=True, slots=True)
class Scored:
    """Predicted segments: `Instances` with a score for each row, (N,) float64."""

    instances: Instances
    score: Floats

    def __len__(self) -> int:
        return len(self.instances)


def floats(values: ArrayLike) -> Floats:
    """The values as a float64 array of one axis."""
    return np.asarray(values, dtype=np.float64).reshape(-1)


def numbered(names: Iterable[Any]) -> dict[Any, int]:
    """Every name with its number, in the order of first occurrence."""
    return {name: number for number, name in enumerate(dict.fromkeys(names))}


def numbers(names: Iterable[Any], known: dict[Any, int]) -> Ints:
    """The number of each name; -1 for names that are not known."""
    return np.fromiter((known.get(name, -1) for name in names), dtype=np.intp)


def column(table: Columns, name: str) -> Sequence[Any]:
    """One column as a list of Python values (names) in row order."""
    return list(np.asarray(table[name]).reshape(-1).tolist())

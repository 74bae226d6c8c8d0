"""Accuracy and average precision for each class, and their means over head, medium and tail."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShotGroups:
    """Classes by their number of training instances; each a (C,) mask."""

    head: NDArray[np.bool_]
    medium: NDArray[np.bool_]
    tail: NDArray[np.bool_]

    def sizes(self) -> dict[str, int]:
        """How many classes each group has."""
        return {name: int(mask.sum()) for name, mask in self.masks().items()}

    def masks(self) -> dict[str, NDArray[np.bool_]]:
        """The masks by name, head first."""
        return {"head": self.head, "medium": self.medium, "tail": self.tail}


def shot_groups(
    counts: NDArray[np.int64], head_above: int = 100, tail_below: int = 20
) -> ShotGroups:
    """Head: more than `head_above` instances; tail: fewer than `tail_below`; medium: the rest.

    Source: the many, medium and few shot classes of Kang et al., ICLR 2020, with their limits as
    defaults.
    """
    head, tail = counts > head_above, counts < tail_below
    return ShotGroups(head, ~head & ~tail, tail)


@dataclass(frozen=True, slots=True)
class GroupedScore:
    """A mean over all classes, and over those of each group; None where a group has no class with
    test samples (never 0).
    """

    all: float | None
    head: float | None
    medium: float | None
    tail: float | None

    def to_dict(self) -> dict[str, float | None]:
        """The four values by name."""
        return asdict(self)


def by_group(per_class: Floats, groups: ShotGroups) -> GroupedScore:
    """Means of (C,) per-class scores; NaN marks a class without test samples."""
    everything = np.ones(len(per_class), dtype=bool)
    masks = {"all": everything, **groups.masks()}
    return GroupedScore(**{name: _mean(per_class[mask]) for name, mask in masks.items()})


def class_accuracies(scores: Floats, labels: NDArray[np.int64]) -> Floats:
    """(C,) share of each class's samples whose highest score is their own class; NaN without any.

    Args:
        scores: (N, C); of equal scores the first class wins.
        labels: (N,).
    """
    right = scores.argmax(axis=1) == labels
    totals = np.bincount(labels, minlength=scores.shape[1])
    hits = np.bincount(labels, weights=right, minlength=scores.shape[1])
    return np.divide(hits, totals, out=np.full(len(totals), np.nan), where=totals > 0)


def average_precisions(scores: Floats, truth: NDArray[np.bool_]) -> Floats:
    """(C,) average precision of each class: the mean of the precision at each positive; NaN
    without positives.

    Args:
        scores: (N, C); equal scores keep the order of the samples.
        truth: (N, C), several classes of a sample may be true.
    """
    return np.array([_average_precision(scores[:, c], truth[:, c]) for c in range(truth.shape[1])])


def micro_average_precision(scores: Floats, truth: NDArray[np.bool_]) -> float:
    """Average precision over all pairs of sample and class at once."""
    return _average_precision(scores.ravel(), truth.ravel())


def _average_precision(scores: Floats, truth: NDArray[np.bool_]) -> float:
    ranked = truth[np.argsort(-scores, kind="stable")]
    positions = np.flatnonzero(ranked) + 1
    if not len(positions):
        return float("nan")
    return float(np.mean(np.arange(1, len(positions) + 1) / positions))


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None

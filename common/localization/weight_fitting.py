"""Weights of an ensemble, fitted on a held-out fold and guarded against over-fitting.

Guards: the fold is split once more into K parts; weights are fitted on K - 1 of them and tried on
the one left out; they are taken only if they gain over the uniform mean out of fold, on average
and in most parts; and they are pulled half-way back to uniform.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd

from common.core.errors import InputError
from common.core.member_weights import Weights, alone, uniform
from common.core.params.localization import Ensemble, WeightFitting
from common.core.seeds import rng_for

Fuse = Callable[[Weights], pd.DataFrame]
Score = Callable[[pd.DataFrame, tuple[str, ...]], float]

# Steps of the search, from coarse to fine, down to `spec.step`.
_COARSE = (0.2, 0.1)


@dataclass(frozen=True, slots=True)
class WeightFit:
    """What was fitted, and what it is worth. Scores are those of the whole fold, 0 to 1.

    Args:
        members: names.
        single: score of each member alone.
        uniform: score of the uniform mean.
        weights: what to use: those that the params give, else the fitted ones if accepted, else
            uniform.
        fitted: weights fitted on the whole fold, pulled toward uniform.
        fitted_score: their score on the fold that they were fitted on: no honest number.
        gains: out-of-fold gain over uniform of each part, mAP points.
        accepted: the gains pass the guards.
        n_evaluated: weight vectors tried.
    """

    members: tuple[str, ...]
    single: tuple[float, ...]
    uniform: float
    weights: Weights
    fitted: Weights
    fitted_score: float
    gains: tuple[float, ...]
    accepted: bool
    n_evaluated: int

    @property
    def best_single(self) -> str:
        """The member that is best alone."""
        return self.members[int(np.argmax(self.single))]

    @property
    def mean_gain(self) -> float:
        """Mean out-of-fold gain over uniform, mAP points."""
        return float(np.mean(self.gains))


def fit_weights(
    members: Sequence[str], fuse: Fuse, score: Score, videos: Sequence[str], spec: WeightFitting
) -> WeightFit:
    """Fit one weight a member.

    Args:
        members: names, at least one.
        fuse: weights (sum 1) -> detections of all videos of the fold.
        score: (detections, videos) -> 0 to 1, with the ground truth of those videos only; gets the
            detections of those videos only.
        videos: of the fold, at least two.
        spec: number of parts, finest step, guards, seed of the split.

    Raises:
        InputError: fewer than two videos, or the params give weights of other members.
    """
    parts = split_parts(videos, spec)
    rests = [tuple(v for v in videos if v not in part) for part in parts]
    table = _ScoreTable(fuse, score, [tuple(videos), *rests, *parts])
    equal = uniform(members)
    single = tuple(table.of(weights)[0] for weights in alone(members).values())
    gains = []
    for i in range(len(parts)):
        found = _shrunk(_search(table, 1 + i, equal, spec.step), spec.shrink)
        out = 1 + len(rests) + i
        gains.append(100.0 * (table.of(found)[out] - table.of(equal)[out]))
    fitted = _shrunk(_search(table, 0, equal, spec.step), spec.shrink)
    accepted = (
        float(np.mean(gains)) > spec.min_gain_points
        and sum(gain > 0 for gain in gains) >= spec.min_positive_folds
    )
    return WeightFit(
        members=tuple(members),
        single=single,
        uniform=table.of(equal)[0],
        weights=_given(members, spec) or (fitted if accepted else equal),
        fitted=fitted,
        fitted_score=table.of(fitted)[0],
        gains=tuple(gains),
        accepted=accepted,
        n_evaluated=len(table),
    )


def _given(members: Sequence[str], spec: WeightFitting) -> Weights | None:
    if not isinstance(spec, Ensemble) or spec.weights is None:
        return None
    if set(spec.weights) != set(members):
        raise InputError(
            "ensemble.weights",
            "params.yaml, ensemble.weights",
            f"names {', '.join(sorted(spec.weights))}; the members are {', '.join(members)}",
            "Give each member one weight, or none at all to have them fitted.",
        )
    total = sum(spec.weights.values())
    return tuple(spec.weights[name] / total for name in members)


def split_parts(videos: Sequence[str], spec: WeightFitting) -> list[tuple[str, ...]]:
    """The videos in `spec.folds` nearly equal parts (one video each where there are fewer)."""
    if len(videos) < 2:
        raise InputError(
            "ensemble.fold",
            "fold",
            f"has {len(videos)} videos, at least 2 are needed to fit weights",
            "Hold out more videos.",
        )
    order = rng_for(spec.seed, "ensemble parts").permutation(sorted(videos)).tolist()
    n = min(spec.folds, len(videos))
    return [tuple(order[i::n]) for i in range(n)]


def member_gains(members: Sequence[str], value: Callable[[Weights], float]) -> dict[str, float]:
    """What each member adds: the uniform mean of all less the uniform mean of all others.

    Args:
        members: names, at least two.
        value: weights (sum 1) -> score.
    """
    n = len(members)
    everyone = value(uniform(members))
    return {
        name: everyone - value(tuple(0.0 if i == j else 1.0 / (n - 1) for j in range(n)))
        for i, name in enumerate(members)
    }


class _ScoreTable:
    """Scores of every weight vector on every set of videos; each vector is fused once."""

    def __init__(self, fuse: Fuse, score: Score, subsets: list[tuple[str, ...]]) -> None:
        self._fuse, self._score, self._subsets = fuse, score, subsets
        self._known: dict[Weights, tuple[float, ...]] = {}

    def of(self, weights: Weights) -> tuple[float, ...]:
        key = tuple(round(weight, 6) for weight in weights)
        if key not in self._known:
            detections = self._fuse(weights)
            self._known[key] = tuple(
                self._score(detections[detections["video"].isin(subset)], subset)
                for subset in self._subsets
            )
        return self._known[key]

    def __len__(self) -> int:
        return len(self._known)


def _search(table: _ScoreTable, subset: int, start: Weights, finest: float) -> Weights:
    """Climb from the first weights: move a step of weight from one member to another while that
    gains, with finer and finer steps.
    """
    best = start
    value = table.of(best)[subset]
    for step in [*(s for s in _COARSE if s > finest), finest]:
        while True:
            moves = [_moved(best, i, j, step) for i, j in permutations(range(len(start)), 2)]
            scored = [(table.of(m)[subset], m) for m in moves if m is not None]
            top, move = max(scored, key=lambda pair: pair[0], default=(value, best))
            if top <= value:
                break
            value, best = top, move
    return best


def _moved(weights: Weights, source: int, target: int, step: float) -> Weights | None:
    amount = min(step, weights[source])
    if amount < 1e-9:
        return None
    moved = list(weights)
    moved[source] -= amount
    moved[target] += amount
    return tuple(moved)


def _shrunk(weights: Weights, shrink: float) -> Weights:
    uniform = 1.0 / len(weights)
    return tuple(shrink * uniform + (1.0 - shrink) * weight for weight in weights)

"""Weights of the members, fitted on the fold: for verbs, for nouns, and for whole actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.challenges.epic.annotations import EpicSegment
from common.core.member_weights import Weights
from common.core.params.epic_recognition import Actions, RecognitionWeights
from common.localization.weight_fitting import WeightFit, fit_weights
from common.recognition.actions import best_pairs
from common.recognition.epic_data import TASKS, labels
from common.recognition.members import MemberScores, fused, fused_actions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Actions of so many segments are in memory at a time (EPIC has 29,100 pairs).
_BLOCK = 256
# A likelihood must not hang on one segment whose class was thought impossible.
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class FittedWeights:
    """What was fitted on the fold: `verb` and `noun` make the submitted scores, `action` weighs
    the members' own action scores.
    """

    verb: WeightFit
    noun: WeightFit
    action: WeightFit

    def weights(self) -> dict[str, Weights]:
        """The weights to use, by task."""
        return {name: getattr(self, name).weights for name in (*TASKS, "action")}

    def to_dict(self) -> dict[str, Any]:
        """For `ensemble.json`."""
        fits = {name: getattr(self, name) for name in (*TASKS, "action")}
        return {
            "members": list(self.verb.members),
            "weights": {
                name: dict(zip(fit.members, fit.weights, strict=True)) for name, fit in fits.items()
            },
            "fold": {
                name: asdict(fit) | {"mean_gain_points": fit.mean_gain}
                for name, fit in fits.items()
            },
        }


def fit_members(
    members: Mapping[str, MemberScores],
    segments: Sequence[EpicSegment],
    actions: Actions,
    spec: RecognitionWeights,
) -> FittedWeights:
    """Fit three sets of weights; see `common.localization.weight_fitting` for the guards.

    Args:
        members: scores of the fold's segments, by name.
        segments: of the fold, labelled.
        actions: how a member makes its action scores.
        spec: criterion, parts, guards.
    """
    names, scores = list(members), list(members.values())
    videos = np.array([segment.video for segment in segments])
    truth = {task: labels(segments, task) for task in TASKS}

    def values(task: str) -> Callable[[Weights], Floats]:
        if task == "action":
            return lambda weights: action_values(scores, weights, truth, actions, spec.criterion)
        return lambda weights: class_values(
            fused(scores, weights, task), truth[task], spec.criterion
        )

    def table(task: str) -> Callable[[Weights], pd.DataFrame]:
        of = values(task)
        return lambda weights: pd.DataFrame({"video": videos, "value": of(weights)})

    def score(found: pd.DataFrame, _: tuple[str, ...]) -> float:
        mean = float(found["value"].mean())
        return float(np.exp(mean)) if spec.criterion == "likelihood" else mean

    listed = list(dict.fromkeys(videos.tolist()))
    fits = [fit_weights(names, table(task), score, listed, spec) for task in (*TASKS, "action")]
    return FittedWeights(*fits)


def class_values(scores: Floats, truth: Ints, criterion: str) -> Floats:
    """(N,) what each segment adds: right or not, or the logarithm of the right class's score."""
    if criterion == "accuracy":
        return (scores.argmax(axis=1) == truth).astype(np.float64)
    return np.log(np.maximum(scores[np.arange(len(truth)), truth], _LEAST))


def action_values(
    members: Sequence[MemberScores],
    weights: Weights,
    truth: Mapping[str, Ints],
    actions: Actions,
    criterion: str,
) -> Floats:
    """The same for the members' weighted action scores."""
    found = []
    n = len(truth["verb"])
    for first in range(0, n, _BLOCK):
        rows = slice(first, min(first + _BLOCK, n))
        scores = fused_actions(members, weights, actions.views, rows)
        verb, noun = truth["verb"][rows], truth["noun"][rows]
        if criterion == "accuracy":
            best = best_pairs(scores)
            found.append(((best[:, 0] == verb) & (best[:, 1] == noun)).astype(np.float64))
        else:
            right = scores[np.arange(len(verb)), verb, noun]
            found.append(np.log(np.maximum(right, _LEAST)))
    return np.concatenate(found)


def late_hits(
    members: Sequence[MemberScores],
    weights: Weights,
    truth: Mapping[str, Ints],
    views: str,
    pairs: Floats | None,
) -> NDArray[np.bool_]:
    """(N,) whether the best pair of the members' weighted action scores is right."""
    found = []
    n = len(truth["verb"])
    for first in range(0, n, _BLOCK):
        rows = slice(first, min(first + _BLOCK, n))
        best = best_pairs(fused_actions(members, weights, views, rows), pairs)
        found.append((best[:, 0] == truth["verb"][rows]) & (best[:, 1] == truth["noun"][rows]))
    return np.concatenate(found)

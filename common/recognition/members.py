"""Members of a recognition ensemble: the verb and noun heads on one feature set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.challenges.epic.annotations import EpicSegment
from common.core.member_weights import Weights
from common.core.params.classifiers import ClassifierMethod
from common.core.params.epic_recognition import Head
from common.core.seeds import derive_seed
from common.recognition.actions import action_scores
from common.recognition.clip_features import ClipFeatures
from common.recognition.epic_data import TASKS, labels
from common.training.classifier_files import read_classifier
from common.training.classifiers import Classifier, Labelled, train_classifier

Floats = NDArray[np.float64]


def train_heads(
    train: ClipFeatures,
    fold: ClipFeatures,
    segments: Mapping[str, Sequence[EpicSegment]],
    task: str,
    n_classes: int,
    head: Head,
    seed: int,
) -> dict[ClassifierMethod, Classifier]:
    """One classifier a method, on the training segments; tau is chosen on the fold.

    Args:
        train, fold: features; every view of a segment is a row with the class of the segment.
        segments: those of `train` and of `fold`, labelled.
        task: `verb` or `noun`.
        n_classes: of the class table.
    """
    known = _rows(train, labels(segments["train"], task), n_classes)
    held = _rows(fold, labels(segments["fold"], task), n_classes)
    return {
        method: train_classifier(
            known, method, head.settings, seed=derive_seed(seed, task, method), fold=held
        )
        for method in dict.fromkeys([head.method, *head.compared])
    }


def _rows(clips: ClipFeatures, classes: NDArray[np.int64], n_classes: int) -> Labelled:
    n, n_views, width = clips.views.shape
    truth = np.zeros((n * n_views, n_classes), dtype=bool)
    truth[np.arange(n * n_views), np.repeat(classes, n_views)] = True
    return Labelled(clips.views.reshape(n * n_views, width), truth)


@dataclass(frozen=True, slots=True)
class MemberScores:
    """Scores of N segments by one member; softmax, each row of sum 1.

    Args:
        verb: (N, V, A); noun: (N, V, B).
    """

    verb: Floats
    noun: Floats

    def mean(self, task: str) -> Floats:
        """(N, A or B): mean over the views."""
        scores: Floats = getattr(self, task)
        return scores.mean(axis=1)


def score_clips(heads: Mapping[str, Classifier], clips: ClipFeatures) -> MemberScores:
    """Apply the two heads of a member; `heads` has `verb` and `noun`."""
    n, n_views, width = clips.views.shape
    flat = clips.views.reshape(n * n_views, width)
    verb, noun = (heads[task].predict_scores(flat).reshape(n, n_views, -1) for task in TASKS)
    return MemberScores(verb, noun)


def read_heads(folder: Path, methods: Mapping[str, str], member: str) -> dict[str, Classifier]:
    """The heads of one member: `<folder>/<task>/<method>/<member>.safetensors`."""
    return {
        task: read_classifier(folder / task / method / f"{member}.safetensors")[0]
        for task, method in methods.items()
    }


def fused(members: Sequence[MemberScores], weights: Weights, task: str) -> Floats:
    """(N, A or B): weighted mean of the members' scores; weights of sum 1."""
    parts = (weight * one.mean(task) for one, weight in zip(members, weights, strict=True))
    return np.sum(list(parts), axis=0)


def fused_actions(
    members: Sequence[MemberScores], weights: Weights, views: str, rows: slice = slice(None)
) -> Floats:
    """(N, A, B): weighted mean of the members' own action scores (`late`); a member that looks at
    more views weighs no more for it.
    """
    total: Floats | None = None
    for one, weight in zip(members, weights, strict=True):
        verb, noun = one.verb[rows], one.noun[rows]
        n_views = verb.shape[1]
        scale = n_views if views == "sum" else n_views**2
        part = weight / scale * action_scores(verb, noun, "sum" if views == "sum" else "calculate")
        total = part if total is None else total + part
    assert total is not None, "no member"
    return total

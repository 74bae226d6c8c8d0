"""Networks of all feature sets and seeds as one system: weights in, detections out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from common.challenges.activitynet.classification import evaluate_classification
from common.core.member_weights import Weights, alone, uniform
from common.core.params.weak import WeakTrack
from common.localization.tables import CLASS_SCORE_COLUMNS, make_table
from common.localization.weak.activations import ClassActivations, detections_of, scale
from common.localization.weak.labels import VideoLabels
from common.localization.weight_fitting import WeightFit, fit_weights


@dataclass(frozen=True)
class WeakSystem:
    """Some videos as all members see them.

    Args:
        members: by name, in the order of the weights: the activations of each video, in one order.
        classes: labels, as the networks number them.
        params: of the track.
    """

    members: Mapping[str, Sequence[ClassActivations]]
    classes: tuple[str, ...]
    params: WeakTrack

    @property
    def videos(self) -> tuple[str, ...]:
        """Ids."""
        return tuple(one.video for one in next(iter(self.members.values())))

    @cached_property
    def _scaled(self) -> list[list[ClassActivations]]:
        return [
            [replace(one, activations=scale(one.activations)) for one in found]
            for found in self.members.values()
        ]

    def choices(self) -> dict[str, Weights]:
        """Weights of each member alone, and of their uniform mean."""
        return alone(self.members) | {"uniform mean": uniform(self.members)}

    def fused(self, weights: Weights) -> list[ClassActivations]:
        """Weighted means of the scaled activations and of the class scores, video by video."""
        share = np.array(weights) / sum(weights)
        found = []
        for views in zip(*self._scaled, strict=True):
            parts = {
                name: sum(w * getattr(v, name) for w, v in zip(share, views, strict=True))
                for name in ("activations", "attention", "scores")
            }
            found.append(replace(views[0], **parts))
        return found

    def detections(self, weights: Weights) -> pd.DataFrame:
        """Detections of all videos; DETECTION_COLUMNS."""
        return detections_of(self.fused(weights), self.classes, self.params.proposals)

    def class_scores(self, weights: Weights) -> pd.DataFrame:
        """Class scores of all videos; CLASS_SCORE_COLUMNS."""
        fused = self.fused(weights)
        columns = {
            "video": [one.video for one in fused for _ in self.classes],
            "label": list(self.classes) * len(fused),
            "score": np.concatenate([one.scores for one in fused]),
        }
        return make_table(CLASS_SCORE_COLUMNS, columns)


def fit_on_labels(system: WeakSystem, known: VideoLabels) -> WeightFit:
    """Weights by which the class scores of the system's videos fit their labels best (mAP): no
    segment is seen, of these videos or of any other.
    """
    pairs = [(name, label) for name in system.videos for label in known.labels[name]]
    truth = pd.DataFrame(pairs, columns=["video", "label"])

    def score(table: pd.DataFrame, videos: tuple[str, ...]) -> float:
        there = truth[truth["video"].isin(videos)]
        rows = table[table["label"].isin(there["label"].unique())]
        return evaluate_classification(there, rows).map

    return fit_weights(
        tuple(system.members), system.class_scores, score, system.videos, system.params.ensemble
    )

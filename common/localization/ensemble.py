"""Fit on the fold what a system needs: fusion of proposal and class scores, weights of members."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import pandas as pd

from common.challenges.activitynet.detection import evaluate_detections
from common.core.member_weights import Weights, uniform
from common.core.params.localization import Detection
from common.localization.detection import detect
from common.localization.splits import AnnotatedVideos
from common.localization.system import System
from common.localization.weight_fitting import WeightFit, fit_weights, member_gains


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was chosen on the fold.

    Args:
        detection: fusion of proposal and class scores.
        weights: of the members.
        fit: how the weights came about.
        gains: what each member adds to the uniform mean of the others, on the fold.
    """

    detection: Detection
    weights: Weights
    fit: WeightFit
    gains: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """For `ensemble.json`; `params` can be pasted into params.yaml."""
        return {
            "members": list(self.fit.members),
            "weights": dict(zip(self.fit.members, self.weights, strict=True)),
            "params": {"detection": self.detection.model_dump()},
            "fold": asdict(self.fit) | {"mean_gain_points": self.fit.mean_gain},
            "gains": self.gains,
        }


def truth_table(annotated: AnnotatedVideos, names: tuple[str, ...]) -> pd.DataFrame:
    """Segments of some videos: video, start, end, label."""
    rows = [(s.video, s.start, s.end, s.label) for s in annotated.segments_of(names)]
    return pd.DataFrame(rows, columns=["video", "start", "end", "label"])


def known_labels(detections: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """The detections whose label occurs in the truth; the official reader refuses the others."""
    return detections[detections["label"].isin(truth["label"].unique())]


def average_map(truth: pd.DataFrame, detections: pd.DataFrame) -> float:
    """Average mAP over tIoU 0.5 to 0.95, 0 to 1."""
    return evaluate_detections(truth, known_labels(detections, truth)).average_map


def fit_system(system: System, truth: pd.DataFrame) -> Fitted:
    """Choose the fusion by the uniform mean, then the weights.

    Args:
        system: on the videos of the fold.
        truth: their segments.
    """
    spec = choose_detection(system, truth)

    def fuse(weights: Weights) -> pd.DataFrame:
        return system.detections(system.proposals(weights), weights, spec)

    def score(detections: pd.DataFrame, videos: tuple[str, ...]) -> float:
        return average_map(truth[truth["video"].isin(videos)], detections)

    fit = fit_weights(system.members, fuse, score, system.videos, system.params.ensemble)
    gains = {}
    if len(system.members) > 1:
        gains = member_gains(system.members, lambda weights: score(fuse(weights), system.videos))
    return Fitted(spec, fit.weights, fit, gains)


def choose_detection(system: System, truth: pd.DataFrame) -> Detection:
    """The values of the grid with the best average mAP of the uniform mean; of equals the first."""
    weights, grid = uniform(system.members), system.params.detection_grid
    proposals = system.proposals(weights)
    classes, videos = system.classify(proposals, weights), system.class_scores(weights)
    specs = [
        system.params.detection.model_copy(update={"video_weight": a, "score_power": g})
        for a, g in product(grid.video_weights, grid.score_powers)
    ]
    return max(specs, key=lambda spec: average_map(truth, detect(proposals, videos, classes, spec)))

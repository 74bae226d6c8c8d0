"""Section of a temporal detection track: features -> proposals -> classes -> detections."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.core.params.classifiers import ClassifierMethod, ClassifierSettings
from common.core.params.localization import (
    Bmn,
    Detection,
    Ensemble,
    Fold,
    ProposalRule,
    ProposalTraining,
    Relation,
    SoftNms,
)
from common.core.params.section import Section


class WholeVideos(Section):
    """A classifier of whole videos, several labels a video."""

    method: ClassifierMethod
    crops: int = Field(ge=0, description="random parts of each training video, beside the whole")
    settings: ClassifierSettings


class Classify(Section):
    """Classifiers of segments on pooled features, and how a video gets its class scores."""

    method: ClassifierMethod = Field(description="whose scores the detections use")
    compared: list[ClassifierMethod] = Field(description="all that the report compares")
    settings: ClassifierSettings
    jitters: int = Field(ge=0, description="shifted copies of each training segment")
    jitter_share: float = Field(ge=0, lt=0.5, description="largest shift, share of its length")
    backgrounds: int = Field(ge=0, description="background intervals of a training video, at most")
    top_share: float = Field(gt=0, le=1, description="share of a video's snippets that vote")
    window_s: float = Field(gt=0, description="seconds that one vote looks at")
    video_source: Literal["snippets", "videos"] = Field(
        description="who scores a video: its snippets' votes, or the classifier of whole videos"
    )
    videos: WholeVideos


class DetectionGrid(Section):
    """Values tried on the fold for the fusion of proposal and class scores."""

    video_weights: list[float] = Field(min_length=1)
    score_powers: list[float] = Field(min_length=1)


class Floors(Section):
    """Honest floors: the same classifier on proposals that know nothing of the video."""

    proposals: int = Field(ge=1, description="of one video")
    scales: int = Field(ge=1, description="window lengths, quantiles of the training segments")


class TemporalTrack(Section):
    """Everything that a track of this kind may change."""

    seed: int = Field(ge=0)
    workers: int = Field(ge=1, description="trainings beside each other, one thread each")
    subset: Literal["validation", "test"] = Field(description="what the scores are reported on")
    members: list[str] = Field([], description="feature sets that the track uses; none: all")
    fold: Fold
    bmn: Bmn
    bmn_training: ProposalTraining
    relation: Relation
    relation_training: ProposalTraining
    proposals: ProposalRule
    nms: SoftNms
    classify: Classify
    detection: Detection
    detection_grid: DetectionGrid
    ensemble: Ensemble
    floors: Floors

    def used(self, names: list[str]) -> list[str]:
        """Of the profile's feature sets those that the track uses, one network each."""
        return self.members or names

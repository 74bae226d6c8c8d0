"""Section of EPIC-KITCHENS action detection: windows -> proposals -> verbs x nouns."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from common.core.params.classifiers import ClassifierMethod, ClassifierSettings
from common.core.params.localization import Bmn, ProposalRule, ProposalTraining, SoftNms
from common.core.params.section import Section


class Windows(Section):
    """Windows over a video; T and D are those of `bmn`."""

    step: int = Field(ge=1, description="positions from one window to the next")
    position_seconds: float = Field(gt=0, description="length of one position")
    min_seconds: float = Field(gt=0, description="a window with less of the video is dropped")
    proposals_per_second: float = Field(gt=0, description="proposals kept of a video, plus one")
    batch: int = Field(ge=1, description="windows in one forward pass")


class ActionClassifier(Section):
    """One classifier of verbs and one of nouns, on pooled features of the segments."""

    method: ClassifierMethod
    settings: ClassifierSettings
    window_s: float = Field(gt=0, description="seconds that the logits at one snippet look at")

    @model_validator(mode="after")
    def _needs_no_fold(self) -> Self:
        if self.method == "tau_norm":
            raise ValueError("tau_norm needs a fold, which this track has not")
        return self


class Pairs(Section):
    """Which verbs and nouns a proposal gets."""

    verbs: int = Field(ge=1, description="best verbs that are paired")
    nouns: int = Field(ge=1, description="best nouns that are paired")
    pairs: int = Field(ge=1, description="best pairs of a proposal")
    power: float = Field(gt=0, description="exponent of the pair's probability")


class Levels(Section):
    """Supervision levels that the submission declares."""

    pt: int = Field(ge=0, le=5, description="pre-training")
    tl: int = Field(ge=0, le=5, description="training labels")
    td: int = Field(ge=0, le=5, description="training data")


class EpicDetection(Section):
    """Everything that the track may change."""

    seed: int = Field(ge=0)
    subset: Literal["validation", "test"] = Field(description="what is detected and scored")
    members: list[str] = Field([], description="feature sets whose channels are joined; none: all")
    bmn: Bmn
    windows: Windows
    training: ProposalTraining
    proposals: ProposalRule
    nms: SoftNms
    classify: ActionClassifier
    pairs: Pairs
    levels: Levels

    def used(self, names: list[str]) -> list[str]:
        """Of the profile's feature sets those that the track uses."""
        return self.members or names

"""Section of the EPIC recognition track: segments -> verb and noun scores -> actions."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from common.core.params.classifiers import ClassifierMethod, ClassifierSettings
from common.core.params.localization import Fold, WeightFitting
from common.core.params.section import Section


class Head(Section):
    """The classifiers of verbs, or those of nouns."""

    method: ClassifierMethod = Field(description="whose scores are submitted")
    compared: list[ClassifierMethod] = Field(description="all that the report compares")
    settings: ClassifierSettings


class Views(Section):
    """Parts of a segment that are scored apart; their scores are summed."""

    count: int = Field(ge=1)
    share: float = Field(gt=0, le=1, description="length of a part, share of the segment")


class FeatureBank(Section):
    """Long-term feature bank: what happens around a segment, beside what happens in it."""

    operator: Literal["none", "avg", "max"]
    window_s: float = Field(gt=0, description="seconds around the middle of the segment")
    step_s: float = Field(1.0, gt=0, description="seconds between two entries")
    include_self: bool = Field(True, description="entries inside the segment count too")


class Actions(Section):
    """How verb and noun scores become action scores."""

    views: Literal["sum", "calculate"] = Field(
        description="sum of the views' products (published default), or product of their sums"
    )
    pairs: Literal["all", "seen"] = Field(
        description="seen: pairs that the training set lacks weigh unseen_pair; what is submitted "
        "are then the verb and noun marginals, because the server makes its own product"
    )
    unseen_pair: float = Field(ge=0, le=1, description="weight of a pair without training segment")


class RecognitionWeights(WeightFitting):
    """Weights of the members, fitted for verbs, nouns and actions apart."""

    criterion: Literal["accuracy", "likelihood"] = Field(
        description="top-1, or the geometric mean of the right class's score"
    )


class Supervision(Section):
    """The declaration of every EPIC submission: pre-training, labels, data; 0 to 5."""

    pt: int = Field(ge=0, le=5)
    tl: int = Field(ge=0, le=5)
    td: int = Field(ge=0, le=5)


class RecognitionTrack(Section):
    """Everything that the track may change."""

    seed: int = Field(ge=0)
    workers: int = Field(ge=1, description="trainings beside each other, one thread each")
    subset: Literal["validation", "test"] = Field(description="what the scores are reported on")
    submitted: Literal["validation", "test"] = Field(description="what the file covers")
    members: list[str] = Field([], description="feature sets that the track uses; none: all")
    fold: Fold
    jitters: int = Field(ge=0, description="shifted copies of each training segment")
    jitter_share: float = Field(ge=0, lt=0.5, description="largest shift, share of its length")
    views: Views
    bank: FeatureBank
    verb: Head
    noun: Head
    actions: Actions
    ensemble: RecognitionWeights
    supervision: Supervision

    def used(self, names: list[str]) -> list[str]:
        """Of the profile's feature sets those that the track uses, one member each."""
        return self.members or names

    @model_validator(mode="after")
    def _fold_is_not_reported(self) -> Self:
        if self.fold.source == "validation" and "validation" in (self.subset, self.submitted):
            raise ValueError("the fold is the validation subset, which then cannot be reported")
        return self

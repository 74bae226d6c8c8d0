"""Sub-section `world.composed` of `params.yaml`: untrimmed videos made of trimmed real clips."""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from common.core.params.section import Section
from common.core.records import Subset


class LongTail(Section):
    """Seconds drawn from a log-normal law: half of the draws lie below `median`; `sigma` is the
    spread of the logarithm. What falls outside `min` to `max` is moved to the nearer end.
    """

    median: float = Field(gt=0)
    sigma: float = Field(ge=0)
    min: float = Field(gt=0)
    max: float = Field(gt=0)

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if not self.min <= self.median <= self.max:
            raise ValueError("min, median and max must ascend")
        return self


class Bounds(Section):
    """Smallest and largest value, both allowed."""

    min: int = Field(gt=0)
    max: int = Field(gt=0)

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError("min must not be above max")
        return self


class Composed(Section):
    """How trimmed clips become untrimmed videos. Seconds throughout."""

    source: str = Field(description="name under which `emc2 data link` knows the clip folder")
    classes: str = Field(description="class file, relative to the clip folder")
    lists: dict[Subset, list[str]] = Field(
        description="clip lists of each subset; a list that two subsets name is divided between "
        "them by whole groups"
    )
    group_pattern: str = Field(
        description="regular expression on the clip's name; its first bracket is the group"
    )
    videos: dict[Subset, int] = Field(description="number of videos of each subset")
    instances: Bounds = Field(description="target instances of one video")
    min_instances: int = Field(
        ge=0, description="of each class in each subset, where the videos have room"
    )
    zipf_exponent: float = Field(ge=0, description="0: all classes are equally frequent")
    instance_seconds: LongTail
    background_seconds: LongTail
    video_seconds: Bounds
    edge_background: float = Field(
        ge=0, le=1, description="chance that a video begins, and that it ends, with background"
    )
    cuts_per_run: float = Field(
        ge=0, description="mean number of cuts inside one instance or background run"
    )
    min_piece_seconds: float = Field(gt=0, description="shortest piece between two cuts")
    fps: float = Field(gt=0, le=120)
    width: int = Field(ge=16, le=4096, multiple_of=2)
    height: int = Field(ge=16, le=4096, multiple_of=2)
    crf: int = Field(ge=0, le=51, description="quality of the encoder, 0 is lossless")
    timeout_s: float = Field(gt=0, description="for one clip or one video")
    max_broken: int = Field(ge=0, description="unreadable clips that are left out; more: an error")

    @field_validator("group_pattern")
    @classmethod
    def _has_one_bracket(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"not a regular expression ({error})") from error
        if groups < 1:
            raise ValueError("needs a bracket around the part that names the group")
        return pattern

    @model_validator(mode="after")
    def _subsets_agree(self) -> Self:
        if set(self.videos) != set(self.lists):
            raise ValueError("`videos` and `lists` must name the same subsets")
        return self

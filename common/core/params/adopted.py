"""Sub-section `world.adopted` of `params.yaml`: the user's own annotated untrimmed videos."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from common.core.params.section import Section
from common.core.records import Subset


class ClipCuts(Section):
    """Trimmed clips cut from the train segments, on which the small networks are trained."""

    seconds: float = Field(gt=0, description="longest clip; a longer segment gives a part of it")
    least: int = Field(
        ge=1, description="clips of each class, several parts of a segment if need be"
    )
    backgrounds: int = Field(ge=0, description="clips of one video where nothing is annotated")
    fps: float = Field(gt=0, le=120)
    width: int = Field(ge=16, le=4096, multiple_of=2)
    height: int = Field(ge=16, le=4096, multiple_of=2)
    crf: int = Field(ge=0, le=51, description="quality of the encoder, 0 is lossless")


class Adopted(Section):
    """A folder with `annotations.json` (ActivityNet layout) and `videos/`."""

    source: str = Field(description="name under which `emc2 data link` knows the folder")
    subsets: dict[Subset, Subset | Literal["none"]] = Field(
        description="subset of the annotation file: its part here; `none` leaves it out"
    )
    clips: ClipCuts
    timeout_s: float = Field(gt=0, description="for one video")
    max_broken: int = Field(ge=0, description="videos that may be missing or unreadable")

    @model_validator(mode="after")
    def _has_train(self) -> Self:
        if "train" not in self.subsets.values():
            raise ValueError("one of the subsets must become train")
        return self

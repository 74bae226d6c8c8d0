"""Section `world` of params.yaml: where the videos of a profile come from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from common.core.params.adopted import Adopted
from common.core.params.composed import Composed
from common.core.params.section import Section

Count = Annotated[int, Field(ge=1)]


class SubsetSize(Section):
    """Size of one subset of the rendered world."""

    videos: Count
    instances: Count
    # Rare classes get at least so many, so that each can be learned and scored at all.
    least: Annotated[int, Field(ge=1)]


class MaskSequences(Section):
    """Short sequences with instance masks, rendered apart from the videos."""

    train: Count
    validation: Count
    test: Count
    frames: Annotated[int, Field(ge=2, le=200)]


class RenderedWorld(Section):
    """The rendered sample world: see docs/world.md."""

    width: Annotated[int, Field(ge=64, le=640, multiple_of=4)]
    height: Annotated[int, Field(ge=64, le=480, multiple_of=4)]
    fps: Annotated[int, Field(ge=4, le=60)]
    # Temporal classes by rank, the most frequent first.
    classes: Annotated[list[str], Field(min_length=2)]
    zipf: Annotated[float, Field(ge=0.0, le=3.0)]
    scene_bias: Annotated[float, Field(ge=0.0, le=1.0)]
    train: SubsetSize
    validation: SubsetSize
    test: SubsetSize
    clips: Count
    clips_least: Annotated[int, Field(ge=1)]
    background_share: Annotated[float, Field(ge=0.0, le=0.5)]
    masks: MaskSequences
    stills: Count


class World(Section):
    """Where the videos of a profile come from.

    `rendered`: drawn by common.world; `composed`: joined from real trimmed clips; `adopted`: the
    user's own annotated videos; `official`: the challenge's own, that of the data set `official`.
    """

    kind: Literal["rendered", "composed", "adopted", "official"]
    seed: Annotated[int, Field(ge=0)]
    workers: Count
    rendered: RenderedWorld | None = None
    composed: Composed | None = None
    adopted: Adopted | None = None
    official: Literal["activitynet-1.3", "hacs-segments", "epic-kitchens-100"] = "activitynet-1.3"

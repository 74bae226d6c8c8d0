"""The section `pretrain` of `params.yaml`: starting weights that need no labels."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from common.core.params.section import Section

PretrainedNetwork = Literal["r2plus1d", "r2d3d_18", "r2plus1d_10"]
StillSource = Literal["clips", "videos", "stills"]
Flip = Literal["none", "image", "clip_relabel", "clip_public_bug"]


class MosiColour(Section):
    """Colour changes of a pseudo clip; the defaults are the published ones (2021)."""

    p: float = Field(default=1.0, ge=0, le=1, description="share of frames that are changed")
    brightness: float = Field(default=0.5, ge=0, lt=1)
    contrast: float = Field(default=0.5, ge=0, lt=1)
    saturation: float = Field(default=0.5, ge=0, lt=1)
    hue: float = Field(default=0.25, ge=0, le=0.5, description="of a whole turn of the hues")
    gray_p: float = Field(default=0.3, ge=0, le=1, description="share of frames made grey")
    consistent: bool = Field(
        default=False, description="one draw for a whole clip instead of one a frame"
    )


class Mosi(Section):
    """Motion from static images; the defaults are the published ones."""

    speeds: int = Field(default=5, ge=2, description="of an axis; 5: -2 to 2")
    decouple: bool = Field(default=True, description="motion along one axis only")
    axes: Literal["x", "y", "xy"] = Field(default="xy", description="that move")
    zero_out: bool = Field(default=False, description="no class without motion")
    labels: Literal["joint", "separate"] = Field(
        default="joint", description="one head for all classes, or one for each axis"
    )
    frames: int = Field(default=16, ge=2)
    crop: int = Field(default=112, ge=8, description="side of a clip, pixels")
    side: int = Field(default=320, ge=8, description="side of the still that is slid over")
    short_side: tuple[int, int] = Field(
        default=(320, 320),
        description="a still's short side before cutting: least, most",
        strict=False,
    )
    aspect: tuple[float, float] = Field(
        default=(1.0, 1.0), description="width by height of what is cut: least, most", strict=False
    )
    distance_jitter: tuple[float, float] = Field(
        default=(1.0, 1.0), description="factor of the way: least, most", strict=False
    )
    mask: bool = Field(default=True, description="only a box moves, the rest stands still")
    mask_share: tuple[float, float] = Field(
        default=(0.3, 0.5), description="side of that box by the clip's: least, most", strict=False
    )
    flip: Flip = Field(
        default="none",
        description="image: mirror stills before they are slid over; clip_relabel: mirror clips "
        "and swap their labels; clip_public_bug: mirror clips and keep their labels, as published",
    )
    colour: MosiColour = MosiColour()

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        for name in ("short_side", "aspect", "distance_jitter", "mask_share"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise ValueError(f"{name} must be two positive numbers, the least first")
        if self.short_side[0] < self.side:
            raise ValueError("side must not be larger than short_side")
        if not self.aspect[0] <= 1 <= self.aspect[1]:
            raise ValueError("aspect must hold 1")
        if min(self.side / self.aspect[1], self.side * self.aspect[0]) < self.crop:
            raise ValueError("crop must fit into side, whatever the aspect")
        if self.distance_jitter[0] > 1:
            raise ValueError("distance_jitter must begin at 1 or below")
        levels = self.speeds // 2
        if levels > 1 and self.distance_jitter[1] * (levels - 1) > levels:
            raise ValueError("distance_jitter must leave the second fastest speed inside the still")
        if self.mask_share[1] > 1:
            raise ValueError("mask_share must not exceed 1")
        if self.labels == "separate" and self.zero_out and self.axes == "xy":
            # The published formula gives speed 0 and the slowest positive speed one label.
            raise ValueError("separate labels of both axes need the class without motion")
        return self


class StillsFrom(Section):
    """Where stills come from; no label is read."""

    source: StillSource = Field(
        description="trimmed clips of train, videos of train, or the folder of pictures"
    )
    seconds: list[float] = Field(
        min_length=1, description="moments of a clip or video that give a still each"
    )
    short_side: int = Field(ge=16, description="that larger stills are kept at, pixels")


class MosiFit(Section):
    """How a network is trained on pseudo clips; the schedule is the published one."""

    epochs: int = Field(ge=1, description="each goes through the stills `passes` times")
    passes: int = Field(ge=1)
    stills: int = Field(ge=1, description="of one batch; each gives a clip of every class")
    lr: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    warmup_epochs: float = Field(ge=0)


class StartStudy(Section):
    """Fine-tuning of the study that compares starts; every run has the same number of steps."""

    frames: int = Field(ge=2)
    fps: float = Field(gt=0, description="of the frames of a clip")
    oversampling: int = Field(ge=1, description="frames kept for one that a clip takes")
    width: int = Field(ge=16)
    height: int = Field(ge=16)
    items: int = Field(ge=2, description="clips of an epoch; labelled clips repeat to fill it")
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    lr: float = Field(gt=0, description="peak of the one-cycle schedule of AdamW")
    weight_decay: float = Field(ge=0)


class Pretrain(Section):
    """Track `pretrain`."""

    seed: int = Field(ge=0)
    network: PretrainedNetwork = Field(
        description="r2plus1d: that of the section extractors; the others at their published size"
    )
    stills: StillsFrom
    mosi: Mosi
    mosi_fit: MosiFit
    study: StartStudy

"""The section `recognition` of `params.yaml`: how `emc2 train` and `emc2 classify` see, train and
test clips.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.core.params.section import Section
from common.core.params.training import R2Plus1dSpec, ResNetSpec, SlowFastSpec, VivitSpec

Backbone = Literal["appearance", "slowfast", "r2plus1d", "vivit"]


class ClipSampling(Section):
    """What one clip is; frames are counted at `target_fps` whatever the video's own rate."""

    frames: int = Field(ge=1, description="of a clip; the appearance network sees one")
    stride: int = Field(ge=1, description="from one frame to the next, at target_fps")
    target_fps: float = Field(gt=0)
    stored_fps: float = Field(gt=0, description="rate at which decoded clips are kept")
    short_side: int = Field(ge=16, description="of the decoded frames, pixels")
    crop: int = Field(ge=16, description="side of the square that a network sees, pixels")
    min_seconds: float = Field(ge=0, description="shorter clips are left out, and named")
    cover_end: bool = Field(description="the last test view ends at the clip's end; published: no")


class RecognitionAugmentation(Section):
    """What training does to a clip; every draw is seeded by (seed, epoch, index)."""

    short_side: tuple[int, int] = Field(
        strict=False, description="range of the scaled short side that the crop is cut from"
    )
    flip: float = Field(ge=0, le=1, description="probability of swapping left and right")
    brightness: float = Field(ge=0, lt=1)
    contrast: float = Field(ge=0, lt=1)
    saturation: float = Field(ge=0, lt=1)
    hue: float = Field(ge=0, le=0.5, description="largest turn of the hue, in turns")
    colour_p: float = Field(ge=0, le=1, description="probability of the four above")
    grey_p: float = Field(ge=0, le=1)
    erase_p: float = Field(ge=0, le=1, description="probability of erasing a box with noise")


class RecognitionFit(Section):
    """How a network is trained."""

    epochs: int = Field(ge=1)
    repeats: int = Field(ge=1, description="passes over the list in one epoch")
    batch_size: int = Field(ge=1)
    accumulate: int = Field(ge=1, description="batches of one optimiser step")
    lr: float = Field(gt=0, description="of AdamW, at the cosine's top")
    weight_decay: float = Field(ge=0, description="not of biases, norms, tokens and positions")
    warmup_epochs: float = Field(ge=0)
    clip_norm: float | None = Field(description="largest gradient norm; null: none")
    label_smoothing: float = Field(ge=0, lt=1)
    mixup: float = Field(ge=0, description="parameter of the beta law; 0: off")
    cutmix: float = Field(ge=0, description="parameter of the beta law; 0: off")
    mix_p: float = Field(ge=0, le=1, description="share of the steps that mix")
    ema: float = Field(ge=0, lt=1, description="decay of the averaged weights; 0: off")
    freeze: int = Field(ge=0, description="stages (layers of a ViViT) that stay as they start")
    frozen_bn: bool = Field(description="batch norm keeps its running statistics")
    amp: bool = Field(description="bfloat16 on a GPU; without effect on a CPU")


class Recognition(Section):
    """Backbones and how they are trained and tested on lists of clips."""

    seed: int = Field(ge=0)
    workers: int = Field(ge=1, description="processes that decode")
    timeout_s: float = Field(gt=0, description="for decoding one clip")
    sampling: ClipSampling
    augmentation: RecognitionAugmentation
    fit: RecognitionFit
    views: int = Field(ge=1, description="clips along the time axis in testing")
    crops: Literal[1, 3] = Field(description="crops along the long side in testing")
    appearance: ResNetSpec
    slowfast: SlowFastSpec
    r2plus1d: R2Plus1dSpec
    vivit: VivitSpec

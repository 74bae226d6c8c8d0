"""The section `extractors` of `params.yaml`: the networks that turn clips into features."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from common.core.params.section import Section

SmallNetwork = Literal["appearance", "slowfast", "r2plus1d", "vivit"]
PublishedNetwork = Literal["slowfast_r101", "csn_r152", "vivit_b16x2"]


class ResNetSpec(Section):
    """Size of a small residual network of basic blocks."""

    width: int = Field(ge=4, description="channels of the first stage; each next one has twice")
    blocks: list[int] = Field(
        min_length=1, max_length=4, description="residual blocks of each stage"
    )
    stem_kernel: Literal[3, 5, 7] = Field(description="of the first convolution, in space")
    stem_stride: Literal[1, 2] = Field(description="of the first convolution, in space")
    pool: bool = Field(description="max-pooling by 2 in space after the first convolution")
    dropout: float = Field(ge=0, lt=1, description="on the features, before the classifier")


class MotionSpec(ResNetSpec):
    """Size of a network that sees several frames."""

    remove_still: bool = Field(
        description="take each pixel's mean over the clip away: what does not move vanishes"
    )


class R2Plus1dSpec(MotionSpec):
    """Size of an R(2+1)D network."""

    temporal_strides: list[Literal[1, 2]] = Field(description="of each stage")


class SlowFastSpec(MotionSpec):
    """Size of a SlowFast network; `width` is that of the slow path."""

    speed_ratio: int = Field(ge=2, description="frames of the fast path for one of the slow path")
    channel_ratio: int = Field(ge=2, description="channels of the slow path for one of the fast")


class VivitSpec(Section):
    """Size of a small ViViT (factorised encoder)."""

    dim: int = Field(ge=8, description="channels of a token")
    heads: int = Field(ge=1, description="of each attention; divides dim")
    spatial_layers: int = Field(ge=1)
    temporal_layers: int = Field(ge=1)
    tubelet_frames: int = Field(ge=1, description="frames of one token; divides the clip's frames")
    patch: int = Field(ge=2, description="side of a token, pixels; divides width and height")
    epochs: int = Field(ge=1, description="instead of fit.epochs: it learns more slowly")
    lr: float = Field(gt=0, description="instead of fit.lr: it bears no large steps")
    drop_path: float = Field(ge=0, lt=1, description="rate of the last layer")
    dropout: float = Field(ge=0, lt=1, description="on the features, before the classifier")
    remove_still: bool = Field(
        description="take each pixel's mean over the clip away: what does not move vanishes"
    )


class Augmentation(Section):
    """What training does to a clip; every draw is seeded by (seed, epoch, index)."""

    outside_s: float = Field(
        ge=0, description="how far a training clip may reach over the ends of its trimmed clip"
    )
    shift: float = Field(ge=0, lt=1, description="largest shift of the picture, share of its sides")
    zoom: float = Field(ge=0, lt=1, description="largest change of scale, either way")
    mirror: bool = Field(description="swap left and right in half of the clips")
    mirrored_labels: dict[str, str] = Field(
        description="label -> label of its mirror image; labels that stay the same are left out"
    )
    light: float = Field(ge=0, lt=1, description="largest relative change of brightness, contrast")
    tint: float = Field(ge=0, lt=1, description="largest relative change of each colour")


class ExtractorFit(Section):
    """How the small networks are trained."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=2)
    lr: float = Field(gt=0, description="peak of the one-cycle schedule of AdamW")
    weight_decay: float = Field(ge=0)
    label_smoothing: float = Field(ge=0, lt=1)


class Initialisation(Section):
    """Starting weights, named by their content."""

    file: str = Field(description=".safetensors file; all but its head is taken")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of that file")


class Extractors(Section):
    """Which networks extract features, and how the small ones among them are made."""

    seed: int = Field(ge=0)
    train: list[SmallNetwork] = Field(description="networks trained here on the trimmed clips")
    published: list[PublishedNetwork] = Field(description="networks whose weights are fetched")
    frames: int = Field(ge=1, description="of a clip; the appearance network sees its middle one")
    fps: float = Field(gt=0, description="of the frames of a clip")
    width: int = Field(ge=16)
    height: int = Field(ge=16)
    oversampling: int = Field(
        ge=1, description="frames kept for one that a clip takes, so that it can begin in between"
    )
    workers: int = Field(ge=1, description="trainings beside each other, one thread each")
    init: dict[SmallNetwork, Initialisation] = Field(
        default={}, description="what networks start from instead of random weights"
    )
    appearance: ResNetSpec
    slowfast: SlowFastSpec
    r2plus1d: R2Plus1dSpec
    vivit: VivitSpec
    fit: ExtractorFit
    augmentation: Augmentation

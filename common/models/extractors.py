"""Networks that turn a clip into one feature vector and class scores, by name.

Small ones that are trained here, from mmaction2's backbones, and published ones whose checkpoints
load unchanged: keys and shapes are those of mmaction2's recognisers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from common.core.clips import ClipSpec, Fit
from common.core.errors import InputError, did_you_mean
from common.core.params.section import Section
from common.core.params.training import (
    MotionSpec,
    R2Plus1dSpec,
    ResNetSpec,
    SlowFastSpec,
    VivitSpec,
)
from common.models.mmaction import build
from common.models.state import load_state
from common.models.vivit import Vivit, VivitSize

BACKGROUND = "background"
# How the names of a classifier's tensors begin.
HEAD = "cls_head."


class Extractor(nn.Module):
    """A backbone, global average pooling of what it leaves unpooled, and one linear classifier.

    The attribute names are those of mmaction2's recognisers, so that their checkpoints fit.
    """

    def __init__(
        self,
        backbone: nn.Module,
        n_features: int,
        n_classes: int,
        dropout: float,
        remove_still: bool = False,
    ):
        super().__init__()
        self.backbone = backbone
        self.remove_still = remove_still
        self.dropout = nn.Dropout(dropout)
        self.cls_head = nn.ModuleDict({"fc_cls": nn.Linear(n_features, n_classes)})
        nn.init.normal_(self.cls_head["fc_cls"].weight, std=0.01)
        nn.init.zeros_(self.cls_head["fc_cls"].bias)

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, C) and logits (B, K) of clips (B, 3, T, H, W), float32, normalised."""
        if self.remove_still:
            clips = clips - clips.mean(dim=2, keepdim=True)
        maps = self.backbone(clips)
        if isinstance(maps, tuple):  # SlowFast gives (slow, fast); its head wants fast first
            features = torch.cat([_pooled(maps[1]), _pooled(maps[0])], dim=1)
        else:
            features = _pooled(maps)
        return features, self.cls_head["fc_cls"](self.dropout(features))


@dataclass(frozen=True, slots=True)
class Published:
    """A network with published weights.

    Args:
        backbone: mmaction2 config at the published settings, or the size of a ViViT.
        source: entry of the list of pinned sources.
        clip: the sampling it was trained with.
        n_features: of its pooled feature.
        n_classes: of its classifier (Kinetics-400).
        eps: of its batch normalisation, as mmaction2 sets it.
    """

    backbone: dict[str, Any] | VivitSize
    source: str
    clip: ClipSpec
    n_features: int
    n_classes: int = 400


# mmaction2 config files of the same names: 32 frames, every second one of 30 a second; short side
# 256, central crop; ImageNet mean and deviation. Snippets every 8 of these frames.
_ZOO_CLIP = ClipSpec(
    frames=32,
    fps=15.0,
    fit=Fit(256, 256, short_side=256),
    mean=(123.675, 116.28, 103.53),
    std=(58.395, 57.12, 57.375),
    stride_seconds=8 / 15.0,
)
# ViViT FE B16x2 (TAdaConv): the same frames, a central crop of 224; mean 0.45, deviation 0.225.
_VIVIT_CLIP = ClipSpec(
    frames=32, fps=15.0, fit=Fit(224, 224, short_side=256), stride_seconds=8 / 15.0
)


def slowfast_config(depth: int, speed_ratio: int, lateral_frames: int) -> dict[str, Any]:
    """mmaction2's SlowFast of bottleneck blocks; the fast path takes every frame, channel ratio 8.

    Args:
        depth: 50, 101 or 152, of both paths.
        speed_ratio: frames of the fast path for one of the slow path.
        lateral_frames: kernel of the lateral connections; 5 in the 4x16 models, 7 in the 8x8 ones.
    """
    path = {
        "type": "resnet3d",
        "depth": depth,
        "pretrained": None,
        "conv1_stride_t": 1,
        "pool1_stride_t": 1,
    }
    slow = path | {
        "lateral": True,
        "conv1_kernel": (1, 7, 7),
        "inflate": (0, 0, 1, 1),
        "fusion_kernel": lateral_frames,
    }
    fast = path | {"lateral": False, "conv1_kernel": (5, 7, 7), "base_channels": 8}
    return {
        "type": "ResNet3dSlowFast",
        "pretrained": None,
        "resample_rate": speed_ratio,
        "speed_ratio": speed_ratio,
        "channel_ratio": 8,
        "slow_pathway": slow,
        "fast_pathway": fast,
    }


def csn_config(depth: int) -> dict[str, Any]:
    """mmaction2's interaction-reduced CSN (depth 50 or 152); batch norm's eps is 1e-3 there."""
    return {
        "type": "ResNet3dCSN",
        "pretrained": None,
        "pretrained2d": False,
        "depth": depth,
        "with_pool2": False,
        "bottleneck_mode": "ir",
        "zero_init_residual": False,
    }


PUBLISHED: dict[str, Published] = {
    "slowfast_r101": Published(
        slowfast_config(101, speed_ratio=4, lateral_frames=7),
        "slowfast-r101-8x8-k400",
        _ZOO_CLIP,
        n_features=2304,
    ),
    "csn_r152": Published(
        csn_config(152), "ircsn-r152-bnfrozen-ig65m-k400", _ZOO_CLIP, n_features=2048
    ),
    "vivit_b16x2": Published(VivitSize(), "vivit-fe-b16x2-k400", _VIVIT_CLIP, n_features=768),
}

_SMALL: dict[str, type[ResNetSpec | VivitSpec]] = {
    "appearance": ResNetSpec,
    "slowfast": SlowFastSpec,
    "r2plus1d": R2Plus1dSpec,
    "vivit": VivitSpec,
}


def build_extractor(
    network: str, spec: Section | None, n_classes: int, clip: ClipSpec | None = None
) -> Extractor:
    """A network with fresh weights, drawn from torch's global generator.

    Args:
        network: a small one (`appearance`, `slowfast`, `r2plus1d`, `vivit`) or a published one.
        spec: the params of a small network; None for a published one.
        n_classes: of its classifier.
        clip: that it sees; only a small ViViT needs to know.

    Raises:
        InputError: no such network.
    """
    if network in PUBLISHED:
        published = PUBLISHED[network]
        size = published.backbone
        made = Vivit(size) if isinstance(size, VivitSize) else build(size)
        return Extractor(made, published.n_features, n_classes, 0.5)
    if network not in _SMALL:
        names = [*_SMALL, *PUBLISHED]
        raise InputError(
            "extractor.network",
            "extractor",
            f"no network {network!r}",
            did_you_mean(network, names),
        )
    assert isinstance(spec, _SMALL[network])
    if isinstance(spec, VivitSpec):
        assert clip is not None, "a ViViT has a position for each place and time"
        vivit = Vivit(_vivit_size(spec, clip))
        vivit.init_weights()
        return Extractor(vivit, spec.dim, n_classes, spec.dropout, spec.remove_still)
    if isinstance(spec, SlowFastSpec):
        backbone = _slowfast(spec)
    elif isinstance(spec, R2Plus1dSpec):
        backbone = _r2plus1d(spec)
    else:
        backbone = _appearance(spec)
    backbone.init_weights()
    remove_still = isinstance(spec, MotionSpec) and spec.remove_still
    return Extractor(backbone, _n_features(spec), n_classes, spec.dropout, remove_still)


def restore_extractor(
    state: Mapping[str, Tensor], metadata: Mapping[str, str], where: str
) -> Extractor:
    """The trained network that a weights file describes, in evaluation mode.

    Args:
        state: its tensors.
        metadata: `network`, `spec` and `classes`, as the file holds them.
        where: name of the file, for errors.

    Raises:
        InputError: the metadata lack something, or the tensors do not fit the network they name.
    """
    network = _described(metadata, metadata.get("classes", ""), where)
    load_state(network, state, where)
    return network.eval()


def restore_backbone(
    state: Mapping[str, Tensor], metadata: Mapping[str, str], where: str
) -> Extractor:
    """The network of a pretrained backbone, in evaluation mode; its one-class classifier is random.

    Arguments and errors are those of `restore_extractor`, without `classes`.
    """
    with torch.random.fork_rng(devices=[]):
        network = _described(metadata, '["none"]', where)
    load_state(network, state, where, heads=(HEAD,))
    return network.eval()


def _described(metadata: Mapping[str, str], classes: str, where: str) -> Extractor:
    try:
        name, spec = metadata["network"], metadata["spec"]
        n_classes = len(json.loads(classes))
        parsed = _SMALL[name].model_validate_json(spec) if name in _SMALL else None
        clip = ClipSpec.from_json(metadata["clip"], where) if name == "vivit" else None
        return build_extractor(name, parsed, n_classes, clip)
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise InputError(
            "extractor.metadata",
            where,
            f"its metadata do not describe an extractor ({type(error).__name__}: {error})",
            "Give a file that `python -m common.training.extractors` wrote.",
        ) from error


def _pooled(maps: Tensor) -> Tensor:
    return maps if maps.ndim == 2 else maps.mean(dim=(2, 3, 4))


def _vivit_size(spec: VivitSpec, clip: ClipSpec) -> VivitSize:
    return VivitSize(
        frames=clip.frames,
        height=clip.fit.height,
        width=clip.fit.width,
        dim=spec.dim,
        heads=spec.heads,
        spatial_layers=spec.spatial_layers,
        temporal_layers=spec.temporal_layers,
        tubelet_frames=spec.tubelet_frames,
        patch=spec.patch,
        drop_path=spec.drop_path,
    )


def _n_features(spec: ResNetSpec) -> int:
    last = spec.width * 2 ** (len(spec.blocks) - 1)
    return last + last // spec.channel_ratio if isinstance(spec, SlowFastSpec) else last


def _resnet(spec: ResNetSpec) -> dict[str, Any]:
    """What the small networks have in common: basic blocks, halved in space after each stage."""
    n = len(spec.blocks)
    return {
        "depth": 18,
        "pretrained": None,
        "pretrained2d": False,
        "num_stages": n,
        "stage_blocks": tuple(spec.blocks),
        "out_indices": (n - 1,),
        "base_channels": spec.width,
        "spatial_strides": (1, *[2] * (n - 1)),
        "temporal_strides": (1,) * n,
        "dilations": (1,) * n,
        "conv1_stride_s": spec.stem_stride,
        "conv1_stride_t": 1,
        "pool1_stride_s": 2 if spec.pool else 1,
        "pool1_stride_t": 1,
        "with_pool2": False,
        "norm_cfg": {"type": "BN3d"},
        "zero_init_residual": False,
    }


def _stem(frames: int, spec: ResNetSpec) -> tuple[int, int, int]:
    return (frames, spec.stem_kernel, spec.stem_kernel)


def _appearance(spec: ResNetSpec) -> nn.Module:
    """A frame-level network: all kernels span one frame, so the frames of a clip never meet before
    the pooling.
    """
    flat = {"conv1_kernel": _stem(1, spec), "inflate": (0,) * len(spec.blocks)}
    return build({"type": "ResNet3d", **_resnet(spec), **flat})


def _r2plus1d(spec: R2Plus1dSpec) -> nn.Module:
    split = {
        "conv1_kernel": _stem(3, spec),
        "conv_cfg": {"type": "Conv2plus1d"},
        "temporal_strides": tuple(spec.temporal_strides),
    }
    return build({"type": "ResNet2Plus1d", **_resnet(spec), **split})


def _slowfast(spec: SlowFastSpec) -> nn.Module:
    """The fast path sees every frame. As published, only the later half of the slow path's stages
    looks across frames.
    """
    n = len(spec.blocks)
    path = {"type": "resnet3d", **_resnet(spec)}
    late = tuple(int(stage >= n // 2) for stage in range(n))
    slow = path | {"lateral": True, "conv1_kernel": _stem(1, spec), "inflate": late}
    fast = path | {
        "lateral": False,
        "conv1_kernel": _stem(5, spec),
        "base_channels": spec.width // spec.channel_ratio,
    }
    return build(
        {
            "type": "ResNet3dSlowFast",
            "pretrained": None,
            "resample_rate": spec.speed_ratio,
            "speed_ratio": spec.speed_ratio,
            "channel_ratio": spec.channel_ratio,
            "slow_pathway": slow,
            "fast_pathway": fast,
        }
    )

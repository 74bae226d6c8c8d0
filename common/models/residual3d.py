"""Residual 3-D networks that mmaction2 lacks: R-2D3D-18, R(2+1)D-10 and -26, R3D-26.

Sources: MoSI (arXiv 2104.00240) for R-2D3D-18 and R(2+1)D-10, CMD (arXiv 2104.00862) for the
others. `width=64` is the published size; smaller ones keep the shape and suit few cores.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

Sides = tuple[int, int, int]  # of a kernel or a stride: time, height, width


@dataclass(frozen=True, slots=True)
class Residual3dSize:
    """Form of a residual network.

    Args:
        blocks: residual blocks of each stage.
        widths: channels of each stage, before the expansion by 4 of bottlenecks; the stem has
            those of the first.
        kernels: frames that the kernels of each stage span.
        strides: (time, space) of each stage's first block.
        bottleneck: 1x1x1, 3x3x3, 1x1x1 instead of two 3x3x3.
        factorised: a kernel over time and space becomes one over space and one over time.
        stem_frames: that the first kernel of 7x7 pixels spans; its stride is 2 in space.
        pool: max-pooling of 3x3 pixels by 2 after the stem.
        last_norm_zero: the last normalisation of each block starts at 0, so that blocks start as
            identities.
        eps: of batch normalisation.
    """

    blocks: tuple[int, ...]
    widths: tuple[int, ...]
    kernels: tuple[int, ...]
    strides: tuple[tuple[int, int], ...]
    bottleneck: bool = False
    factorised: bool = False
    stem_frames: int = 3
    pool: bool = True
    last_norm_zero: bool = False
    eps: float = 1e-5

    def __post_init__(self) -> None:
        lengths = {len(self.blocks), len(self.widths), len(self.kernels), len(self.strides)}
        assert len(lengths) == 1, "one value for each stage"


class Factorised(nn.Sequential):
    """A convolution over space, then one over time, of about as many weights as the full one."""

    def __init__(self, n_in: int, n_out: int, kernel: Sides, stride: Sides, eps: float):
        time, height, width = kernel
        full = time * height * width * n_in * n_out
        middle = full // (height * width * n_in + time * n_out)
        super().__init__(
            _plain(n_in, middle, (1, height, width), (1, *stride[1:])),
            nn.BatchNorm3d(middle, eps=eps),
            nn.ReLU(inplace=True),
            _plain(middle, n_out, (time, 1, 1), (stride[0], 1, 1)),
        )


class Residual3d(nn.Module):
    """Clips (B, 3, T, H, W) to the map of the last stage, (B, n_features, T', H', W')."""

    def __init__(self, size: Residual3dSize):
        super().__init__()
        self.size = size
        stem = size.widths[0]
        self.conv1 = _convolution(size, 3, stem, (size.stem_frames, 7, 7), (1, 2, 2))
        self.bn1 = nn.BatchNorm3d(stem, eps=size.eps)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)) if size.pool else nn.Identity()
        block = _Bottleneck if size.bottleneck else _Basic
        n_in = stem
        self.stages: list[str] = []
        for stage, (n_blocks, width) in enumerate(zip(size.blocks, size.widths, strict=True)):
            layers = []
            for place in range(n_blocks):
                stride = size.strides[stage] if place == 0 else (1, 1)
                layers.append(block(size, n_in, width, size.kernels[stage], stride))
                n_in = width * block.expansion
            self.stages.append(f"layer{stage + 1}")
            self.add_module(self.stages[-1], nn.Sequential(*layers))
        self.n_features = n_in
        self.init_weights()

    def init_weights(self) -> None:
        """Convolutions after He et al. (fan out); normalisation 1 and 0, see `last_norm_zero`."""
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm3d):
                module.reset_parameters()
        if self.size.last_norm_zero:
            for module in self.modules():
                if isinstance(module, (_Basic, _Bottleneck)):
                    nn.init.zeros_(module.last_norm.weight)

    def maps(self, clips: Tensor) -> list[Tensor]:
        """The maps of all stages, first to last."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(clips))))
        found = []
        for stage in self.stages:
            x = self.get_submodule(stage)(x)
            found.append(x)
        return found

    def forward(self, clips: Tensor) -> Tensor:
        """The map of the last stage."""
        return self.maps(clips)[-1]


class _Basic(nn.Module):
    expansion = 1

    def __init__(
        self, size: Residual3dSize, n_in: int, width: int, frames: int, stride: tuple[int, int]
    ):
        super().__init__()
        kernel, sides = (frames, 3, 3), (stride[0], stride[1], stride[1])
        self.conv1 = _convolution(size, n_in, width, kernel, sides)
        self.bn1 = nn.BatchNorm3d(width, eps=size.eps)
        self.conv2 = _convolution(size, width, width, kernel, (1, 1, 1))
        self.bn2 = nn.BatchNorm3d(width, eps=size.eps)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(n_in, width, sides, size.eps)

    @property
    def last_norm(self) -> nn.BatchNorm3d:
        return self.bn2

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class _Bottleneck(nn.Module):
    expansion = 4

    def __init__(
        self, size: Residual3dSize, n_in: int, width: int, frames: int, stride: tuple[int, int]
    ):
        super().__init__()
        n_out, sides = width * self.expansion, (stride[0], stride[1], stride[1])
        self.conv1 = _plain(n_in, width, (1, 1, 1), (1, 1, 1))
        self.bn1 = nn.BatchNorm3d(width, eps=size.eps)
        self.conv2 = _convolution(size, width, width, (frames, 3, 3), sides)
        self.bn2 = nn.BatchNorm3d(width, eps=size.eps)
        self.conv3 = _plain(width, n_out, (1, 1, 1), (1, 1, 1))
        self.bn3 = nn.BatchNorm3d(n_out, eps=size.eps)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(n_in, n_out, sides, size.eps)

    @property
    def last_norm(self) -> nn.BatchNorm3d:
        return self.bn3

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        return self.relu(self.bn3(self.conv3(y)) + self.downsample(x))


def _plain(n_in: int, n_out: int, kernel: Sides, stride: Sides) -> nn.Conv3d:
    padding = tuple(side // 2 for side in kernel)
    return nn.Conv3d(n_in, n_out, kernel, stride, padding, bias=False)


def _convolution(
    size: Residual3dSize, n_in: int, n_out: int, kernel: Sides, stride: Sides
) -> nn.Module:
    if not size.factorised:
        return _plain(n_in, n_out, kernel, stride)
    return Factorised(n_in, n_out, kernel, stride, size.eps)


def _shortcut(n_in: int, n_out: int, stride: Sides, eps: float) -> nn.Module:
    if n_in == n_out and stride == (1, 1, 1):
        return nn.Identity()
    return nn.Sequential(_plain(n_in, n_out, (1, 1, 1), stride), nn.BatchNorm3d(n_out, eps=eps))


# Stages 2 to 4 halve every side.
_HALVED = ((1, 1), (2, 2), (2, 2), (2, 2))


def r2d3d_18(width: int = 64) -> Residual3d:
    """R-2D3D-18: two stages that see single frames, two that see three.

    Published: 14,057,536 parameters, 16x112x112 -> 256 x 4 x 4 x 4; batch normalisation's eps 1e-3.
    """
    return Residual3d(
        Residual3dSize(
            blocks=(2, 2, 2, 2),
            widths=(width, 2 * width, 4 * width, 4 * width),
            kernels=(1, 1, 3, 3),
            strides=((1, 1), (1, 2), (2, 2), (2, 2)),
            stem_frames=1,
            eps=1e-3,
        )
    )


def r2plus1d_10(width: int = 64) -> Residual3d:
    """R(2+1)D-10 of basic blocks, no pooling after the stem.

    Published: 14,365,477 parameters, 16x112x112 -> 512 x 2 x 7 x 7; batch normalisation's eps 1e-3.
    """
    return Residual3d(
        Residual3dSize(
            blocks=(1, 1, 1, 1),
            widths=_doubled(width),
            kernels=(3, 3, 3, 3),
            strides=_HALVED,
            factorised=True,
            pool=False,
            eps=1e-3,
        )
    )


def r2plus1d_26(width: int = 64) -> Residual3d:
    """R(2+1)D-26 of bottlenecks. Published: 26,507,471 parameters, 16x112x112 -> 2048x2x4x4."""
    return _bottlenecks(width, factorised=True)


def r3d_26(width: int = 64) -> Residual3d:
    """R3D-26 of bottlenecks. Published: 26,498,752 parameters, 16x112x112 -> 2048x2x4x4."""
    return _bottlenecks(width, factorised=False)


def _bottlenecks(width: int, factorised: bool) -> Residual3d:
    return Residual3d(
        Residual3dSize(
            blocks=(2, 2, 2, 2),
            widths=_doubled(width),
            kernels=(3, 3, 3, 3),
            strides=_HALVED,
            bottleneck=True,
            factorised=factorised,
            last_norm_zero=True,
        )
    )


def _doubled(width: int) -> tuple[int, ...]:
    return tuple(width * 2**stage for stage in range(4))


# Names of the published CMD weights (ModelScope `cmdssl_video_embedding`) and ours.
_CMD_NAMES = (
    (r"\bconv(\d)_s\.", r"conv\1.0."),
    (r"\bbn(\d)_s\.", r"conv\1.1."),
    (r"\bconv(\d)_t\.", r"conv\1.3."),
    (r"\bbn(\d)_t\.", r"bn\1."),
)


def from_cmd_release(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published CMD weights of R(2+1)D-26 or R3D-26 under our names; its classifier `fc` is
    left out.
    """
    found = {}
    for name, tensor in state.items():
        if not name.startswith("fc."):
            for theirs, ours in _CMD_NAMES:
                name = re.sub(theirs, ours, name)
            found[name] = tensor
    return found

"""ResNet-10 of basic blocks for pictures, clips and motion maps: what CMD compares videos with."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

_CONV = {2: nn.Conv2d, 3: nn.Conv3d}
_NORM = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
_POOL = {2: nn.MaxPool2d, 3: nn.MaxPool3d}


class ResNet10(nn.Module):
    """Four stages of one block; each but the first halves every side and doubles the channels.

    Args:
        dims: 2 for (B, C, H, W), 3 for (B, C, T, H, W).
        in_channels: of the input.
        width: channels of the first stage.
        stem_stride: of the first convolution, along every axis; a max-pool by 2 follows it.

    Published sizes (Context-Motion-Decoupling): motion `ResNet10(3, 2, stem_stride=1)`, 14,352,384
    parameters, 2x8x112x112 -> 512x1x7x7; I-frames `ResNet10(2, 3)`, 4,905,792 parameters.
    """

    def __init__(
        self, dims: Literal[2, 3], in_channels: int, width: int = 64, stem_stride: int = 2
    ) -> None:
        super().__init__()
        # The stem spans 7x7 pixels, in clips of 3 frames.
        kernel = (7, 7) if dims == 2 else (3, 7, 7)
        padding = tuple(side // 2 for side in kernel)
        self.conv1 = _CONV[dims](in_channels, width, kernel, stem_stride, padding, bias=False)
        self.bn1 = _NORM[dims](width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = _POOL[dims](3, 2, 1)
        widths = [width * 2**stage for stage in range(4)]
        self.layer1 = nn.Sequential(_Block(dims, width, width, 1))
        self.layer2 = nn.Sequential(_Block(dims, widths[0], widths[1], 2))
        self.layer3 = nn.Sequential(_Block(dims, widths[1], widths[2], 2))
        self.layer4 = nn.Sequential(_Block(dims, widths[2], widths[3], 2))
        self.n_features = widths[3]
        for part in self.modules():
            if isinstance(part, (nn.Conv2d, nn.Conv3d)):
                nn.init.kaiming_normal_(part.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """The map of the last stage, (B, 8 * width, ...)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))


class _Block(nn.Module):
    def __init__(self, dims: Literal[2, 3], n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = _CONV[dims](n_in, n_out, 3, stride, 1, bias=False)
        self.bn1 = _NORM[dims](n_out)
        self.conv2 = _CONV[dims](n_out, n_out, 3, 1, 1, bias=False)
        self.bn2 = _NORM[dims](n_out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module | None = None
        if stride != 1 or n_in != n_out:
            self.downsample = nn.Sequential(
                _CONV[dims](n_in, n_out, 1, stride, bias=False), _NORM[dims](n_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + shortcut)

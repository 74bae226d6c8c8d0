"""A four-layer 3-D network for experiments that take seconds."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

WIDTHS = (16, 32, 64, 64)


class Small3d(nn.Module):
    """Convolutions 3x3x3 with batch normalisation; the first three halve height and width, the
    third also time. Then the mean over all cells, and a linear classifier.

    Args:
        n_classes: of the classifier.
        widths: channels of the four layers.
    """

    def __init__(self, n_classes: int, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        strides = ((1, 2, 2), (1, 2, 2), (2, 2, 2), (1, 1, 1))
        layers: list[nn.Module] = []
        for n_in, n_out, stride in zip((3, *widths), widths, strides, strict=False):
            layers += [
                nn.Conv3d(n_in, n_out, 3, stride, 1, bias=False),
                nn.BatchNorm3d(n_out),
                nn.ReLU(inplace=True),
            ]
        self.body = nn.Sequential(*layers)
        self.classifier = nn.Linear(widths[-1], n_classes)

    def maps(self, clips: Tensor) -> Tensor:
        """Clips (B, 3, T, H, W) -> (B, C, T / 2, H / 8, W / 8)."""
        return self.body(clips)

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, C) and logits (B, K) of clips (B, 3, T, H, W)."""
        features = self.maps(clips).mean(dim=(2, 3, 4))
        return features, self.classifier(features)

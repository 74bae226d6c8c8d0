"""Losses of BMN. Every count is guarded: no video, however empty, gives NaN.

Source: Lin et al., BMN, ICCV 2019, section 4.3; constants and clamps of open-mmlab/mmaction2
(mmaction/models/losses/bmn_loss.py). Ours differs where that code keeps cells outside a band when
there are more high than mid (low) cells, keeps all cells when a band is empty, and gives NaN for a
video without segments.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from common.localization.labels import inside
from common.models.bmn import BmnOutput

_EPS = 1e-5
_RATIO = (1.05, 21.0)
# tIoU: above the first a cell is high, above the second mid, above 0 low
_HIGH, _MID = 0.7, 0.3
_POSITIVE = 0.9


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights of the map's two terms against the boundary term."""

    regression: float = 10.0
    classification: float = 1.0


def bmn_loss(
    output: BmnOutput,
    start: Tensor,
    end: Tensor,
    iou: Tensor,
    generator: torch.Generator | None = None,
    weights: LossWeights = LossWeights(),  # noqa: B008  # frozen
) -> dict[str, Tensor]:
    """The three weighted terms, `loss_boundary`, `loss_regression`, `loss_classification`.

    Args:
        output: of the network.
        start, end: (B, T) labels.
        iou: (B, D, T) labels; values outside the sequence are ignored.
        generator: draws which mid and low cells count (CPU). None: they count by their probability,
            which is the mean over all draws and does not vary; for validation.
    """
    valid = inside_mask(*iou.shape[-2:], iou.device)
    regression, classification = output.confidence.unbind(dim=1)
    return {
        "loss_boundary": boundary_loss(output.start, start) + boundary_loss(output.end, end),
        "loss_regression": weights.regression * regression_loss(regression, iou, valid, generator),
        "loss_classification": weights.classification
        * classification_loss(classification, iou, valid),
    }


def inside_mask(durations: int, positions: int, device: torch.device) -> Tensor:
    """(D, T) True where d + s < T."""
    return torch.from_numpy(inside(positions, durations)).to(device)


def boundary_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Balanced binary log loss over all positions of the batch (positive: label > 0.5)."""
    positive = labels > 0.5
    return _balanced_log_loss(scores, positive, ~positive, positive.numel())


def classification_loss(scores: Tensor, iou: Tensor, valid: Tensor) -> Tensor:
    """The same over the cells inside the sequence (positive: tIoU > 0.9)."""
    positive, negative = (iou > _POSITIVE) & valid, (iou <= _POSITIVE) & valid
    # Without any positive one is counted all the same, as published.
    n = positive.sum().clamp(min=1) + negative.sum()
    return _balanced_log_loss(scores, positive, negative, n)


def _balanced_log_loss(
    scores: Tensor, positive: Tensor, negative: Tensor, n: Tensor | int
) -> Tensor:
    """Both sides weigh about one half; the clamp keeps the weights finite and below 10.5."""
    ratio = (n / positive.sum().clamp(min=1)).clamp(*_RATIO)
    log_yes, log_no = torch.log(scores + _EPS), torch.log(1.0 - scores + _EPS)
    weighted = ratio * positive * log_yes + ratio / (ratio - 1) * negative * log_no
    return -0.5 * weighted.sum() / n


def regression_loss(
    scores: Tensor, iou: Tensor, valid: Tensor, generator: torch.Generator | None
) -> Tensor:
    """Half the mean squared error over high cells and about as many mid and low ones.

    Source: the mid (low) cells are kept with probability n_high / n_mid (n_low), at most 1.
    """
    high = (iou > _HIGH) & valid
    mid = (iou > _MID) & (iou <= _HIGH) & valid
    low = (iou > 0) & (iou <= _MID) & valid
    n_high = high.sum()
    weight = high.to(scores.dtype)
    for band in (mid, low):
        keep = (n_high / band.sum().clamp(min=1)).clamp(max=1.0)
        weight = weight + band * _kept(band, keep, generator)
    total = weight.sum()
    # Nothing counts: zero, but still a function of the scores, so that `backward` works.
    return 0.5 * (weight * (scores - iou).square()).sum() / total.clamp(min=_EPS)


def _kept(band: Tensor, keep: Tensor, generator: torch.Generator | None) -> Tensor:
    if generator is None:
        return keep
    # Drawn on the CPU: the same cells whatever the device.
    draw = torch.rand(band.shape, generator=generator).to(band.device)
    return (draw > 1.0 - keep).to(keep.dtype)

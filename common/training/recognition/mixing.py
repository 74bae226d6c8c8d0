"""Mixup and cutmix of a batch, and the soft targets of one or several heads.

Source: batch mode of TAdaConv and timm; one lambda a step, the partner of item i is item B - 1 - i.
In distributed training the partner lies in the same worker's batch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

Box = tuple[int, int, int, int]  # top, bottom, left, right


@dataclass(frozen=True, slots=True)
class Mixing:
    """`mixup` and `cutmix` are the parameters of beta laws, 0 turns one off; with both, a coin
    decides. `probability`: share of the steps that mix at all.
    """

    mixup: float = 0.0
    cutmix: float = 0.0
    probability: float = 1.0


def mix(clips: Tensor, mixing: Mixing, rng: np.random.Generator) -> tuple[Tensor, float]:
    """The mixed batch and the share of each clip's own label in its target.

    Args:
        clips: (B, C, T, H, W); not changed.
        mixing: see `Mixing`.
        rng: one draw for the whole batch.
    """
    both = mixing.mixup > 0 and mixing.cutmix > 0
    cut = mixing.cutmix > 0 and (not both or rng.random() < 0.5)
    alpha = mixing.cutmix if cut else mixing.mixup
    if alpha == 0 or rng.random() >= mixing.probability:
        return clips, 1.0
    lam = float(rng.beta(alpha, alpha))
    if not cut:
        return clips * lam + clips.flip(0) * (1 - lam), lam
    height, width = clips.shape[-2:]
    centre = int(rng.integers(height)), int(rng.integers(width))
    box, lam = cut_box(lam, height, width, centre)
    mixed = clips.clone()
    mixed[..., box[0] : box[1], box[2] : box[3]] = clips.flip(0)[
        ..., box[0] : box[1], box[2] : box[3]
    ]
    return mixed, lam


def cut_box(lam: float, height: int, width: int, centre: tuple[int, int]) -> tuple[Box, float]:
    """A box of 1 - lam of the picture around `centre`, cut at its borders, the same in all frames;
    and the share that is left of the picture.
    """
    side = math.sqrt(1 - lam)
    half_h, half_w = int(height * side) // 2, int(width * side) // 2
    top, bottom = max(centre[0] - half_h, 0), min(centre[0] + half_h, height)
    left, right = max(centre[1] - half_w, 0), min(centre[1] + half_w, width)
    return (top, bottom, left, right), 1 - (bottom - top) * (right - left) / (height * width)


def soft_targets(labels: Tensor, n_classes: int, smoothing: float, lam: float = 1.0) -> Tensor:
    """(B, K) targets: smoothed one-hot rows, mixed with those of the flipped batch.

    Args:
        labels: (B,) class numbers.
        n_classes: K.
        smoothing: eps; another class gets eps / K, the own one 1 - eps + eps / K.
        lam: share of the own label.
    """
    off = smoothing / n_classes
    rows = torch.full((len(labels), n_classes), off, device=labels.device)
    rows.scatter_(1, labels[:, None], 1 - smoothing + off)
    return rows * lam + rows.flip(0) * (1 - lam)


def heads_loss(
    logits: Mapping[str, Tensor], labels: Mapping[str, Tensor], smoothing: float, lam: float
) -> Tensor:
    """The sum of the heads' soft-target cross entropies, means over the batch; heads are paired by
    name.
    """
    losses = [
        functional.cross_entropy(
            logits[head], soft_targets(labels[head], logits[head].shape[1], smoothing, lam)
        )
        for head in sorted(logits)
    ]
    return torch.stack(losses).sum()

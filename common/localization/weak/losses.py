"""Losses of the background suppression network.

Source: Pilhyeon/BaSNet-pytorch for `video_loss` and the weight of the filter; methods of
pseudo-background and pseudo-action after UM-style background modelling (Lee et al., AAAI 2021).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from common.core.params.weak import LocalTerms, WeakTraining
from common.models.basnet import Activations, pool_top

IGNORED = -1


def weak_loss(
    found: Activations,
    labels: Tensor,
    training: WeakTraining,
    pool_k: int,
    frames: Tensor | None = None,
    progress: float = 1.0,
) -> dict[str, Tensor]:
    """Loss terms of one batch; their sum is minimised.

    Args:
        found: of the batch.
        labels: (B, C) 0 or 1; every video has a label.
        training: weights of the terms.
        pool_k: positions that vote for a class of a video.
        frames: (B, T) int64 pseudo labels of the second round: class number, C for background,
            IGNORED; None in the first round.
        progress: share of the epochs that are done.
    """
    has_background = found.base.shape[2] > labels.shape[1]
    terms = {"base_loss": video_loss(found.base, labels, pool_k, 1.0 if has_background else None)}
    if found.suppressed is not None and found.attention is not None:
        terms["suppressed_loss"] = video_loss(found.suppressed, labels, pool_k, 0.0)
        amount = found.attention.sum(dim=1).mean()
        terms["attention_loss"] = training.attention_weight * amount
        if training.local is not None and progress >= training.local.starts_after:
            terms |= local_losses(found.base, found.attention, labels, training.local)
        if frames is not None and training.second_round is not None:
            frame = frame_loss(found.base, found.attention, frames)
            terms["frame_loss"] = training.second_round.weight * frame
    return terms


def video_loss(
    activations: Tensor, labels: Tensor, pool_k: int, background: float | None
) -> Tensor:
    """Binary cross entropy between the softmax of the video's scores and its labels, sum 1.

    Args:
        activations: (B, T, K).
        labels: (B, C).
        background: label of the background class: 1 in the base branch (every video has some), 0 in
            the suppression branch; None where there is no such class.
    """
    target = labels
    if background is not None:
        target = torch.cat([labels, torch.full_like(labels[:, :1], background)], dim=1)
    target = target / target.sum(dim=1, keepdim=True)
    scores = pool_top(activations, pool_k).softmax(dim=1)
    return functional.binary_cross_entropy(scores, target)


def local_losses(
    base: Tensor, attention: Tensor, labels: Tensor, spec: LocalTerms
) -> dict[str, Tensor]:
    """Terms of single positions: pseudo-background and pseudo-action, and smooth attention.

    A position that is among the best of a true class is never pseudo-background.

    Args:
        base: (B, T, C + 1).
        attention: (B, T).
        labels: (B, C).
    """
    n_classes = labels.shape[1]
    count = max(1, base.shape[1] // spec.divisor)
    log_scores = base.log_softmax(dim=2)
    best = base[:, :, :n_classes].topk(count, dim=1).indices  # (B, count, C)
    true = labels[:, None, :].expand(best.shape)
    in_action = torch.zeros_like(base[:, :, :n_classes]).scatter(1, best, true).amax(dim=2) > 0
    lowest = attention.detach().masked_fill(in_action, math.inf)
    value, low = lowest.topk(count, dim=1, largest=False)
    chosen = torch.isfinite(value).to(base.dtype)  # fewer positions than asked for may be left
    total = chosen.sum().clamp(min=1)
    background = log_scores[:, :, n_classes].gather(1, low)
    classes = base[:, :, :n_classes].log_softmax(dim=2)
    # Kullback-Leibler divergence of the uniform distribution from the classes' own: 0 at uniform.
    spread = -(classes.mean(dim=2) + math.log(n_classes)).gather(1, low)
    action = log_scores[:, :, :n_classes].gather(1, best) * true
    return {
        "background_loss": -spec.background * (background * chosen).sum() / total,
        "entropy_loss": spec.entropy * (spread * chosen).sum() / total,
        "action_loss": -spec.action * action.sum() / true.sum(),
        "smooth_loss": spec.smoothness * attention.diff(dim=1).abs().mean(),
    }


def frame_loss(base: Tensor, attention: Tensor, frames: Tensor) -> Tensor:
    """Cross entropy of the classes and of the filter at the positions that have a pseudo label.

    Args:
        base: (B, T, C + 1); attention: (B, T); frames: (B, T), see `weak_loss`.
    """
    known = frames != IGNORED
    if not known.any():
        return base.sum() * 0.0
    is_action = (frames[known] < base.shape[2] - 1).to(base.dtype)
    classes = functional.cross_entropy(base[known], frames[known])
    return classes + functional.binary_cross_entropy(attention[known], is_action)

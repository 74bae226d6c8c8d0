"""Losses for long-tailed classes, of one label (softmax) and of several (sigmoid)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

LossName = Literal[
    "plain",
    "class_balanced",
    "logit_adjusted",
    "distribution_balanced",
    "focal",
    "asymmetric",
]
Loss = Callable[[Tensor, Tensor], Tensor]

# Cui et al., CVPR 2019: beta of the effective number of samples.
_BETA = 0.999
# Lin et al., ICCV 2017.
_FOCAL_GAMMA, _FOCAL_ALPHA = 2.0, 0.25
# Ridnik et al., ICCV 2021: exponents of negatives and positives, margin of the negatives.
_GAMMA_NEGATIVE, _GAMMA_POSITIVE, _MARGIN = 4.0, 1.0, 0.05
# Wu et al., ECCV 2020: smoothing of the weights, scale and shift of the negatives.
_ALPHA0, _STEEPNESS, _CENTRE = 0.1, 10.0, 0.3
_NEGATIVE_SCALE, _KAPPA = 5.0, 0.05


@dataclass(frozen=True, slots=True)
class ClassStatistics:
    """What the losses know of the training data: (C,) instances of each class, and their total."""

    counts: Tensor
    total: int

    @property
    def priors(self) -> Tensor:
        """(C,) share of instances that have each class; at least half an instance."""
        return self.counts.clamp(min=0.5) / self.total


def make_loss(name: LossName, multi_label: bool, statistics: ClassStatistics) -> Loss:
    """(logits (N, C), truth (N, C) of 0 and 1) -> scalar.

    Distribution-balanced, focal and asymmetric losses are made for several labels; with one label
    they count every other class as a negative.
    """
    if multi_label or name in ("distribution_balanced", "focal", "asymmetric"):
        return _sigmoid_loss(name, statistics)
    return _softmax_loss(name, statistics)


def effective_weights(counts: Tensor) -> Tensor:
    """(C,) (1 - beta) / (1 - beta^n), scaled to mean 1 over the classes that have instances.

    Source: Cui et al., CVPR 2019 (weights by the effective number of samples).
    """
    seen = counts > 0
    weights = torch.where(seen, (1 - _BETA) / (1 - _BETA ** counts.clamp(min=1)), 0.0)
    return weights * seen.sum() / weights.sum()


def _softmax_loss(name: LossName, statistics: ClassStatistics) -> Loss:
    weights = effective_weights(statistics.counts) if name == "class_balanced" else None
    shift = statistics.priors.log() if name == "logit_adjusted" else 0.0

    def loss(logits: Tensor, truth: Tensor) -> Tensor:
        return functional.cross_entropy(logits + shift, truth.argmax(dim=1), weight=weights)

    return loss


def _sigmoid_loss(name: LossName, statistics: ClassStatistics) -> Loss:
    if name == "distribution_balanced":
        return _distribution_balanced(statistics)
    if name == "focal":
        return _focal
    if name == "asymmetric":
        return _asymmetric
    weights = torch.ones_like(statistics.priors)
    shift = torch.zeros_like(statistics.priors)
    if name == "class_balanced":
        weights = effective_weights(statistics.counts)
    if name == "logit_adjusted":
        shift = torch.logit(statistics.priors.clamp(max=0.999))

    def loss(logits: Tensor, truth: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(
            logits + shift, truth, weight=torch.where(truth > 0, weights, 1.0)
        )

    return loss


def _distribution_balanced(statistics: ClassStatistics) -> Loss:
    """Weights that undo the repetition of instances with several labels, and negatives that stop
    counting once they are clear.

    Source: Wu et al., ECCV 2020 (distribution-balanced loss).
    """
    per_class = 1.0 / (len(statistics.counts) * statistics.counts.clamp(min=1))
    shift = _KAPPA * torch.log(1 / statistics.priors.clamp(max=0.999) - 1)

    def loss(logits: Tensor, truth: Tensor) -> Tensor:
        per_instance = (truth * per_class).sum(dim=1, keepdim=True).clamp(min=1e-12)
        weights = _ALPHA0 + torch.sigmoid(_STEEPNESS * (per_class / per_instance - _CENTRE))
        shifted = logits + shift
        positive = functional.softplus(-shifted)
        negative = functional.softplus(_NEGATIVE_SCALE * shifted) / _NEGATIVE_SCALE
        return (weights * torch.where(truth > 0, positive, negative)).mean()

    return loss


def _focal(logits: Tensor, truth: Tensor) -> Tensor:
    """Source: Lin et al., ICCV 2017 (focal loss)."""
    entropy = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    missing = 1 - torch.exp(-entropy)
    alpha = torch.where(truth > 0, _FOCAL_ALPHA, 1 - _FOCAL_ALPHA)
    return (alpha * missing**_FOCAL_GAMMA * entropy).mean()


def _asymmetric(logits: Tensor, truth: Tensor) -> Tensor:
    """Source: Ridnik et al., ICCV 2021 (asymmetric loss)."""
    positive = torch.sigmoid(logits)
    negative = (positive - _MARGIN).clamp(min=0)
    on = (1 - positive) ** _GAMMA_POSITIVE * functional.logsigmoid(logits)
    off = negative**_GAMMA_NEGATIVE * torch.log((1 - negative).clamp(min=1e-8))
    return -torch.where(truth > 0, on, off).mean()

"""Classifiers on frozen features, for long-tailed classes.

Trained by plain loops rather than by mmengine's Runner: a few hundred steps on matrices that fit in
memory take less time than the Runner needs to start, and nothing is worth resuming.

Source of the decoupled methods: Kang et al., ICLR 2020 (cRT, tau-normalisation, LWS, NCM).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from common.core.params.classifiers import ClassifierMethod, ClassifierSettings
from common.core.seeds import derive_seed, rng_for
from common.training.accuracy import class_accuracies, micro_average_precision
from common.training.longtail import ClassDraws, Sampling
from common.training.longtail_losses import ClassStatistics, LossName, make_loss

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

# Cosines lie in -1..1: a softmax of them as they are would be nearly flat.
_COSINE_SCALE = 16.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """Features (N, F) of any float type, and truth (N, C): which classes each row has."""

    features: NDArray[np.floating]
    truth: Truth


@dataclass(frozen=True, slots=True)
class Classifier:
    """A trained classifier; numpy only, so that inference needs no torch.

    Args:
        center, scale: (F,), features are (x - center) / scale first.
        hidden: weight (H, F) and bias (H,) of the hidden layer (ReLU), or None.
        weight, bias: (C, H or F), (C,).
        output: `softmax` (one label), `sigmoid` (several), `cosine` (nearest class mean: softmax of
            scaled cosines).
        tau: that was chosen, for tau-normalisation.
    """

    center: Floats
    scale: Floats
    hidden: tuple[Floats, Floats] | None
    weight: Floats
    bias: Floats
    output: Literal["softmax", "sigmoid", "cosine"]
    tau: float | None = None

    def represent(self, features: NDArray[np.floating]) -> Floats:
        """(N, H or F): what the last layer sees."""
        x = (np.asarray(features, dtype=np.float64) - self.center) / self.scale
        if self.hidden is not None:
            x = np.maximum(x @ self.hidden[0].T + self.hidden[1], 0.0)
        return _unit(x) if self.output == "cosine" else x

    def logits(self, features: NDArray[np.floating]) -> Floats:
        """(N, C), before softmax or sigmoid."""
        return self.represent(features) @ self.weight.T + self.bias

    def predict_scores(self, features: NDArray[np.floating]) -> Floats:
        """(N, C) float64 in 0..1; rows sum to 1 except for `sigmoid`."""
        logits = self.logits(features)
        if self.output == "sigmoid":
            return 1 / (1 + np.exp(-logits))
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def train_classifier(
    train: Labelled,
    method: ClassifierMethod,
    settings: ClassifierSettings,
    *,
    seed: int,
    multi_label: bool = False,
    fold: Labelled | None = None,
) -> Classifier:
    """Train one classifier.

    Args:
        train: single-label rows have exactly one true class.
        method: `joint`, `sqrt`, `balanced`, `progressive`: one training with that sampling. `crt`,
            `lws`: joint, then the last layer anew (or a scale a class) with class-balanced
            sampling. `tau_norm`, `ncm`, `logit_adjustment`: joint, then no training. The others:
            one training with natural sampling and that loss.
        settings: sizes and lengths.
        multi_label: sigmoid instead of softmax.
        fold: where tau is chosen, by mean class accuracy (one label) or micro average precision
            (several); only `tau_norm` needs it.
    """
    assert multi_label or (train.truth.sum(axis=1) == 1).all(), "one true class a row"
    trainer = _Trainer(train, settings, seed, multi_label)
    if method in _SAMPLINGS:
        return trainer.whole(_SAMPLINGS[method], "plain")
    if method in _LOSSES:
        return trainer.whole("instance", _LOSSES[method])
    joint = trainer.whole("instance", "plain")
    if method == "crt":
        return trainer.last_layer_anew(joint)
    if method == "lws":
        return trainer.scales(joint)
    if method == "ncm":
        return nearest_class_mean(joint, train)
    if method == "logit_adjustment":
        return adjust_logits(joint, train.truth)
    assert method == "tau_norm" and fold is not None, "tau is chosen on a fold"
    return choose_tau(joint, settings.taus, fold)


_SAMPLINGS: dict[str, Sampling] = {
    "joint": "instance",
    "sqrt": "sqrt",
    "balanced": "class",
    "progressive": "progressive",
}
_LOSSES: dict[str, LossName] = {
    "class_balanced_loss": "class_balanced",
    "logit_adjusted_loss": "logit_adjusted",
    "distribution_balanced": "distribution_balanced",
    "focal": "focal",
    "asymmetric": "asymmetric",
}


def normalise_weights(classifier: Classifier, tau: float) -> Classifier:
    """w_j / ||w_j||^tau, bias dropped."""
    norms = np.maximum(np.linalg.norm(classifier.weight, axis=1, keepdims=True), 1e-12)
    zero = np.zeros_like(classifier.bias)
    return replace(classifier, weight=classifier.weight / norms**tau, bias=zero, tau=tau)


def choose_tau(classifier: Classifier, taus: Sequence[float], fold: Labelled) -> Classifier:
    """The tau of the highest score on the fold; of equal ones the first."""
    candidates = [normalise_weights(classifier, tau) for tau in taus]
    scores = [_fold_score(candidate, fold) for candidate in candidates]
    return candidates[int(np.argmax(scores))]


def nearest_class_mean(classifier: Classifier, train: Labelled) -> Classifier:
    """Cosine to the mean of each class's L2-normalised representations; a class without instances
    gets a mean of zero.
    """
    cosine = replace(classifier, output="cosine")
    x, counts = cosine.represent(train.features), train.truth.sum(axis=0)
    means = (train.truth.T @ x) / np.maximum(counts, 1)[:, None]
    zero = np.zeros(len(counts))
    return replace(cosine, weight=_COSINE_SCALE * _unit(means), bias=zero)


def adjust_logits(classifier: Classifier, truth: Truth, tau: float = 1.0) -> Classifier:
    """Subtract tau log(prior) from each class's logit. Source: Menon et al., ICLR 2021."""
    priors = np.maximum(truth.sum(axis=0), 0.5) / len(truth)
    return replace(classifier, bias=classifier.bias - tau * np.log(priors))


class _Trainer:
    """The training data as tensors, and the loops over them."""

    def __init__(
        self, train: Labelled, settings: ClassifierSettings, seed: int, multi_label: bool
    ) -> None:
        x = np.asarray(train.features, dtype=np.float64)
        self.center, self.scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
        self.x = torch.from_numpy(((x - self.center) / self.scale).astype(np.float32))
        self.raw_truth = train.truth
        self.truth = torch.from_numpy(train.truth.astype(np.float32))
        self.settings, self.seed, self.multi_label = settings, seed, multi_label
        self.statistics = ClassStatistics(self.truth.sum(dim=0), len(self.truth))

    def whole(self, sampling: Sampling, loss: LossName) -> Classifier:
        """Hidden and last layer together."""
        n_features, n_classes = self.x.shape[1], self.truth.shape[1]
        generator = torch.Generator().manual_seed(derive_seed(self.seed, "whole"))
        sizes = [n_features, *([self.settings.hidden] if self.settings.hidden else []), n_classes]
        layers = [_layer(a, b, generator) for a, b in zip(sizes[:-1], sizes[1:], strict=True)]
        if self.multi_label:
            # Rare classes: start where the sigmoid gives their prior.
            layers[-1][1].data.copy_(torch.logit(self.statistics.priors.clamp(max=0.999)))
        hidden, last = (layers[0] if len(layers) == 2 else None), layers[-1]

        def forward(x: Tensor) -> Tensor:
            return _linear(x if hidden is None else _linear(x, hidden).relu(), last)

        parameters = [tensor for layer in layers for tensor in layer]
        self._train(forward, parameters, sampling, loss, self.settings.steps, "whole")
        return Classifier(
            self.center,
            self.scale,
            None if hidden is None else (_array(hidden[0]), _array(hidden[1])),
            _array(last[0]),
            _array(last[1]),
            "sigmoid" if self.multi_label else "softmax",
        )

    def last_layer_anew(self, joint: Classifier) -> Classifier:
        """cRT: the representation stays, the last layer starts afresh."""
        generator = torch.Generator().manual_seed(derive_seed(self.seed, "crt"))
        last = _layer(joint.weight.shape[1], joint.weight.shape[0], generator)
        x = self._representation(joint)
        self._train(lambda rows: _linear(rows, last), [*last], "class", "plain",
                    self.settings.head_steps, "crt", x)  # fmt: skip
        return replace(joint, weight=_array(last[0]), bias=_array(last[1]))

    def scales(self, joint: Classifier) -> Classifier:
        """LWS: one positive factor a class, on its weights; the bias is not scaled."""
        weight, bias = torch.from_numpy(joint.weight).float(), torch.from_numpy(joint.bias).float()
        theta = torch.zeros(len(bias), requires_grad=True)
        x = self._representation(joint)
        self._train(lambda rows: rows @ (theta.exp()[:, None] * weight).T + bias, [theta],
                    "class", "plain", self.settings.head_steps, "lws", x)  # fmt: skip
        return replace(joint, weight=_array(theta.exp())[:, None] * joint.weight)

    def _representation(self, joint: Classifier) -> Tensor:
        if joint.hidden is None:
            return self.x
        weight, bias = (torch.from_numpy(part).float() for part in joint.hidden)
        return (self.x @ weight.T + bias).relu()

    def _train(
        self,
        forward: Callable[[Tensor], Tensor],
        parameters: list[Tensor],
        sampling: Sampling,
        loss: LossName,
        steps: int,
        name: str,
        x: Tensor | None = None,
    ) -> None:
        """AdamW with a cosine schedule on batches that `sampling` draws."""
        x = self.x if x is None else x
        draws = ClassDraws(self.raw_truth, rng_for(self.seed, "draws", name))
        measure = make_loss(loss, self.multi_label, self.statistics)
        optimizer = torch.optim.AdamW(
            parameters, lr=self.settings.lr, weight_decay=self.settings.weight_decay
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for step in range(steps):
            rows = torch.from_numpy(draws.draw(self.settings.batch_size, sampling, step / steps))
            optimizer.zero_grad()
            measure(forward(x[rows]), self.truth[rows]).backward()
            optimizer.step()
            schedule.step()


def _fold_score(classifier: Classifier, fold: Labelled) -> float:
    logits = classifier.logits(fold.features)
    if classifier.output == "sigmoid":
        return micro_average_precision(logits, fold.truth)
    return float(np.nanmean(class_accuracies(logits, fold.truth.argmax(axis=1))))


def _layer(n_in: int, n_out: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Weight (n_out, n_in) ~ U(-1, 1) / sqrt(n_in) and a bias of zero."""
    bound = n_in**-0.5
    weight = torch.empty(n_out, n_in).uniform_(-bound, bound, generator=generator)
    return weight.requires_grad_(), torch.zeros(n_out, requires_grad=True)


def _linear(x: Tensor, layer: tuple[Tensor, Tensor]) -> Tensor:
    return x @ layer[0].T + layer[1]


def _array(tensor: Tensor) -> Floats:
    return tensor.detach().numpy().astype(np.float64)


def _unit(x: Floats) -> Floats:
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)

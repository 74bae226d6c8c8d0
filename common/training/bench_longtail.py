"""`emc2 bench longtail`: decoupled classifiers on data made to show what decoupling is for.

50 classes whose counts fall from 1,000 to 5; class means in 8 dimensions, seen through a squashing
map of 32; the head of the list is easy, its tail must be learned from few.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from common.core.bench import BenchTable, measured
from common.core.params.classifiers import ClassifierMethod, ClassifierSettings
from common.core.seeds import rng_for
from common.training.accuracy import (
    GroupedScore,
    ShotGroups,
    average_precisions,
    by_group,
    class_accuracies,
    shot_groups,
)
from common.training.classifiers import Classifier, Labelled, train_classifier
from common.training.longtail import norms_grow_with_counts

N_CLASSES, N_LATENT, N_FEATURES, N_TEST = 50, 8, 32, 100
# Spread of a class in the latent space and of the noise on the features.
_SPREAD, _NOISE = 0.5, 0.1

SETTINGS = ClassifierSettings(
    hidden=64,
    steps=2500,
    head_steps=600,
    batch_size=256,
    lr=3e-3,
    weight_decay=0.01,
    taus=[tau / 10 for tau in range(21)],
)
METHODS: tuple[ClassifierMethod, ...] = (
    "joint",
    "balanced",
    "crt",
    "lws",
    "ncm",
    "tau_norm",
    "logit_adjustment",
)


@dataclass(frozen=True, slots=True)
class LongTailData:
    """Train, fold and test rows, and the training counts of the classes."""

    train: Labelled
    fold: Labelled
    test: Labelled
    counts: NDArray[np.int64]

    @property
    def groups(self) -> ShotGroups:
        """Head, medium and tail classes by the published limits (100 and 20)."""
        return shot_groups(self.counts)


def make_data(seed: int) -> LongTailData:
    """Counts max(5, 1000 exp(-j / 9)); 100 test and 20 fold samples a class."""
    rng = rng_for(seed, "longtail")
    counts = np.maximum(5, 1000 * np.exp(-np.arange(N_CLASSES) / 9)).astype(np.int64)
    means = rng.normal(size=(N_CLASSES, N_LATENT))
    mixing = rng.normal(size=(N_LATENT, N_FEATURES))

    def draw(numbers: NDArray[np.int64]) -> Labelled:
        labels = np.repeat(np.arange(N_CLASSES), numbers)
        latent = means[labels] + _SPREAD * rng.normal(size=(len(labels), N_LATENT))
        noise = _NOISE * rng.normal(size=(len(labels), N_FEATURES))
        return Labelled(np.tanh(latent @ mixing / 2) + noise, np.eye(N_CLASSES, dtype=bool)[labels])

    same = np.ones(N_CLASSES, dtype=np.int64)
    return LongTailData(draw(counts), draw(20 * same), draw(N_TEST * same), counts)


@dataclass(frozen=True, slots=True)
class MethodResult:
    """Accuracies of one method, mAP of its softmax scores and of its raw logits."""

    accuracy: GroupedScore
    map_softmax: float
    map_logit: float


def evaluate(classifier: Classifier, data: LongTailData) -> MethodResult:
    """On the test rows."""
    logits = classifier.logits(data.test.features)
    truth = data.test.truth
    scores = classifier.predict_scores(data.test.features)
    return MethodResult(
        by_group(class_accuracies(logits, truth.argmax(axis=1)), data.groups),
        float(np.nanmean(average_precisions(scores, truth))),
        float(np.nanmean(average_precisions(logits, truth))),
    )


def run_method(method: ClassifierMethod, data: LongTailData, seed: int) -> MethodResult:
    """Train with one method and evaluate."""
    fold = data.fold if method == "tau_norm" else None
    return evaluate(train_classifier(data.train, method, SETTINGS, seed=seed, fold=fold), data)


def run(seeds: tuple[int, ...] = (0, 1, 2)) -> BenchTable:
    """All methods, mean over the seeds; one thread, which is fastest for matrices this small."""
    torch.set_num_threads(1)
    worlds = {seed: make_data(seed) for seed in seeds}
    rows = []
    for method in METHODS:
        with measured() as watch:
            results = [run_method(method, data, seed) for seed, data in worlds.items()]
        values = np.array([[*_numbers(result)] for result in results], dtype=np.float64)
        rows.append((method, *values.mean(axis=0).tolist(), watch.cpu / len(seeds)))
    joint = train_classifier(worlds[seeds[0]].train, "joint", SETTINGS, seed=seeds[0])
    growth = norms_grow_with_counts(joint.weight, worlds[seeds[0]].counts)
    return BenchTable(
        "longtail",
        ("method", "all", "head", "medium", "tail", "mAP softmax", "mAP logit", "CPU seconds"),
        tuple(rows),
        (
            f"accuracy on {N_CLASSES * N_TEST} test rows, mean of {len(seeds)} seeds; classes: "
            + ", ".join(f"{n} {name}" for name, n in worlds[seeds[0]].groups.sizes().items()),
            f"correlation of log n with the norm of the joint weights: {growth:.2f} "
            "(tau-normalisation needs it clearly positive)",
        ),
    )


def _numbers(result: MethodResult) -> tuple[float | None, ...]:
    return (*result.accuracy.to_dict().values(), result.map_softmax, result.map_logit)

"""What keeps weak supervision from taking background for action? `emc2 bench isolate-weak`.

A video has one class and one to three instances; in most videos of a class one background prototype
is far more frequent than elsewhere, so that it is evidence for the label, and only the middle of an
instance shows the class strongly. Compared: multiple-instance learning (MIL) with and without a
background class, the two branches of BaS-Net, and these with pseudo-background at the positions of
least attention, from the middle of the training on or from its first epoch.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.challenges.activitynet.detection import evaluate_detections
from common.core.bench import BenchTable, measured
from common.core.params.weak import ActivationProposals, BasNet, LocalTerms, WeakTraining
from common.core.seeds import rng_for
from common.localization.ensemble import known_labels
from common.localization.isolate.synthetic import mean_and_spread
from common.localization.sequences import VideoSequence
from common.localization.weak.activations import ClassActivations, detections_of
from common.localization.weak.networks import predict_activations
from common.localization.weak.training import pool_k, train_weak

POSITIONS, CHANNELS, N_CLASSES, N_PROTOTYPES = 48, 16, 5, 4
CLASSES = tuple("abcde")
TIOU = (0.3, 0.5, 0.7)
# Background is drawn in stretches. In this share of the videos ...
_WITH_USUAL = 0.7
# ... this share of the stretches is the usual prototype of the class, the others any of the four.
_USUAL = 0.5
_STRETCH = (3, 8)
_STRONG, _WEAK = 2.0, 0.7  # length of the class's vector in the middle of an instance, elsewhere
_NOISE = 0.3
_TEST_VIDEOS = 200

# 24 epochs of 400 videos in batches of 16: 600 steps.
_TRAINING = {"epochs": 24, "batch_size": 16, "lr": 1e-3, "weight_decay": 5e-4}
PROPOSALS = ActivationProposals(
    thresholds=[i / 10 for i in range(10)], upsampling=4, most_classes=1, nms_tiou=0.6
)
LOCAL = LocalTerms(divisor=6, background=0.5, action=0.0, entropy=0.0, smoothness=0.0)


def _network(branches: str) -> BasNet:
    return BasNet(
        positions=POSITIONS,
        branches=branches,
        channels=32,
        filter_channels=32,
        dropout=0.0,
        context_heads=0,
    )


def _training(local: LocalTerms | None = None) -> WeakTraining:
    return WeakTraining(**_TRAINING, local=local)


VARIANTS: dict[str, tuple[BasNet, WeakTraining]] = {
    "MIL": (_network("plain"), _training()),
    "MIL + background class": (_network("background"), _training()),
    "BaS-Net": (_network("suppression"), _training()),
    "BaS-Net + local": (_network("suppression"), _training(LOCAL)),
    "BaS-Net + local from the first epoch": (
        _network("suppression"),
        _training(LOCAL.model_copy(update={"starts_after": 0.0})),
    ),
}


@dataclass(frozen=True, slots=True)
class WeakVideos:
    """Made-up videos: sequences, (N, C) labels, and the truth that only scoring sees: (N, T) bool
    `inside`, and segments as columns.
    """

    sequences: tuple[VideoSequence, ...]
    labels: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    truth: dict[str, list[str] | list[float]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Frame AP of the true class's activation, AP at the thresholds of `TIOU`, CPU seconds."""

    frame_ap: float
    ap: tuple[float, ...]
    seconds: float


def run(seeds: Sequence[int] = (0, 1, 2, 3, 4), videos: int = 400) -> BenchTable:
    """Train every variant with every seed.

    Args:
        seeds: of data, weights and training.
        videos: for training; 200 fresh ones test.
    """
    found = {name: [measure(name, seed, videos) for seed in seeds] for name in VARIANTS}
    rows = []
    for name, outcomes in found.items():
        ap = np.array([one.ap for one in outcomes])
        gain = ap[:, 1] - np.array([one.ap[1] for one in found["MIL"]])
        rows.append(
            (
                name,
                float(np.mean([one.frame_ap for one in outcomes])),
                *ap.mean(axis=0).tolist(),
                mean_and_spread(ap[:, 1].tolist())[1],
                *mean_and_spread(gain.tolist()),
                float(np.mean([one.seconds for one in outcomes])),
            )
        )
    columns = ("network", "frame AP", *(f"AP@{t}" for t in TIOU), "std of AP@0.5", "gain over MIL")
    notes = (
        f"seeds {', '.join(map(str, seeds))}; {videos} training videos, {_TEST_VIDEOS} test videos",
        "gain over MIL: of AP@0.5, same seed",
    )
    return BenchTable(
        "weak supervision, isolated", (*columns, "its std", "CPU s"), tuple(rows), notes
    )


def measure(variant: str, seed: int, videos: int = 400) -> Outcome:
    """Train one variant on video labels and score it on fresh videos."""
    spec, training = VARIANTS[variant]
    world = Prototypes(seed)
    data = world.videos("train", videos)
    with (
        measured() as watch,
        tempfile.TemporaryDirectory(prefix="emc2-isolate-") as folder,
    ):
        network = train_weak(data.sequences, data.labels, spec, training, seed, Path(folder))
    test = world.videos("test", _TEST_VIDEOS)
    found = list(predict_activations(network, test.sequences, pool_k(spec)))
    return Outcome(_frame_ap(found, test), detection_ap(found, test), watch.cpu)


def detection_ap(found: Sequence[ClassActivations], data: WeakVideos) -> tuple[float, ...]:
    """Mean AP over the classes at each threshold of `TIOU`."""
    detections = known_labels(detections_of(found, CLASSES, PROPOSALS), pd.DataFrame(data.truth))
    scores = evaluate_detections(data.truth, detections, np.array(TIOU))
    return tuple(scores.map_per_tiou.tolist())


def _frame_ap(found: Sequence[ClassActivations], data: WeakVideos) -> float:
    true = np.concatenate(
        [one.activations[:, row.argmax()] for one, row in zip(found, data.labels, strict=True)]
    )
    return average_precision(true, data.inside.ravel())


def average_precision(scores: NDArray[np.floating], truth: NDArray[np.bool_]) -> float:
    """Mean precision at the true items, ranked by score; of equal scores in their order."""
    hits = truth[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


class Prototypes:
    """The vectors of one made-up world: of classes, strong and weak, and of background."""

    def __init__(self, seed: int) -> None:
        self.seed, rng = seed, rng_for(seed, "weak", "prototypes")
        self.classes = _unit(rng.normal(size=(N_CLASSES, CHANNELS)))
        self.background = _unit(rng.normal(size=(N_PROTOTYPES, CHANNELS)))

    def videos(self, purpose: str, n: int) -> WeakVideos:
        """`n` videos with one class and one to three instances of 5 to 10 positions."""
        rng = rng_for(self.seed, "weak", purpose)
        sequences, inside = [], np.zeros((n, POSITIONS), dtype=bool)
        labels = np.zeros((n, N_CLASSES), dtype=bool)
        truth: dict[str, list] = {"video": [], "start": [], "end": [], "label": []}
        for v in range(n):
            label, name = int(rng.integers(N_CLASSES)), f"{purpose}{v}"
            labels[v, label] = True
            segments = place(rng)
            x = self._fill(rng, label, segments)
            for start, end in segments:
                inside[v, start:end] = True
                for key, value in zip(truth, (name, start, end, CLASSES[label]), strict=True):
                    truth[key].append(float(value) if key in ("start", "end") else value)
            sequences.append(VideoSequence(name, float(POSITIONS), x))
        return WeakVideos(tuple(sequences), labels, inside, truth)

    def _fill(
        self, rng: np.random.Generator, label: int, segments: list[tuple[int, int]]
    ) -> NDArray[np.float32]:
        """(CHANNELS, T): stretches of background prototypes, the instances, and noise."""
        x, position = np.empty((POSITIONS, CHANNELS)), 0
        has_usual = rng.random() < _WITH_USUAL
        while position < POSITIONS:
            stretch = int(rng.integers(*_STRETCH))
            usual = has_usual and rng.random() < _USUAL
            which = label % N_PROTOTYPES if usual else int(rng.integers(N_PROTOTYPES))
            x[position : position + stretch] = self.background[which]
            position += stretch
        for start, end in segments:
            x[start:end] = _WEAK * self.classes[label]
            middle = (start + end) // 2
            x[middle - 1 : middle + 1] = _STRONG * self.classes[label]
        x += rng.normal(0.0, _NOISE, x.shape)
        return np.ascontiguousarray(x.T, dtype=np.float32)


def place(rng: np.random.Generator) -> list[tuple[int, int]]:
    """One to three instances of 5 to 10 positions, one in each third of the sequence at most."""
    third = POSITIONS // 3
    found = []
    for part in sorted(rng.permutation(3)[: rng.integers(1, 4)].tolist()):
        length = int(rng.integers(5, 11))
        start = part * third + int(rng.integers(0, third - length))
        found.append((start, start + length))
    return found


def _unit(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return x / np.linalg.norm(x, axis=1, keepdims=True)

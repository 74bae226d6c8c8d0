"""Which members are worth fusing? `emc2 bench isolate-ensemble`.

First experiment: features A and B show the same boundaries under independent noise. A second
training on A makes the same mistakes as the first, because it sees the same noise; a training on B
makes others. So A + B must gain more than A + A'.

Second experiment: X classifies well and localises badly (its features are smoothed over 7 bins), Y
the reverse (its class channels are noisy). Classes from X with maps from Y must beat X, Y and their
plain mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from scipy.ndimage import uniform_filter1d

from common.challenges.activitynet.detection import evaluate_detections
from common.core.bench import BenchTable
from common.core.params.localization import Bmn, Detection, ProposalRule, ProposalTraining, SoftNms
from common.core.records import LabelledSegment
from common.core.seeds import derive_seed, rng_for
from common.localization.detection import detect
from common.localization.diversity import error_correlation
from common.localization.fusion import fuse_class_scores, fuse_maps
from common.localization.isolate.synthetic import MadeUp, fit_made_up, maps_of, mean_and_spread
from common.localization.maps import ScoreMaps
from common.localization.networks import build_network
from common.localization.proposals import proposals_table
from common.localization.sequences import VideoSequence
from common.localization.tables import CLASS_SCORE_COLUMNS, make_table

_BINS, _CLASSES = 32, 6
_TEST_VIDEOS = 200
# Standard deviations of the noise on the boundary channels and on the class channels.
_BOUNDARY_NOISE = {"A": 0.45, "B": 0.45, "X": 0.45, "Y": 0.25}
_CLASS_NOISE = {"X": 0.7, "Y": 3.0}
_SMOOTH_BINS = 7

SPEC = Bmn(
    positions=_BINS,
    durations=_BINS,
    samples=8,
    hidden_1d=32,
    proposal_channels=32,
    hidden_3d=32,
    hidden_2d=16,
    groups=1,
)
TRAINING = ProposalTraining(
    epochs=10,
    batch_size=16,
    lr=0.01,
    weight_decay=1e-4,
    schedule="one_cycle",
    clip_norm=5.0,
    shift_share=0.0,
)


@dataclass(frozen=True, slots=True)
class Diversity:
    """Average mAP (percent) of one seed, and the correlation of the members' map errors."""

    a: float
    b: float
    a_again: float
    same: float
    different: float
    correlation_same: float
    correlation_different: float

    @property
    def gain_same(self) -> float:
        """What A + A' gains over the mean of its members."""
        return self.same - 0.5 * (self.a + self.a_again)

    @property
    def gain_different(self) -> float:
        """What A + B gains over the mean of its members."""
        return self.different - 0.5 * (self.a + self.b)


@dataclass(frozen=True, slots=True)
class Roles:
    """Average mAP (percent) of one seed: X, Y, their plain mean, classes of X with maps of Y."""

    x: float
    y: float
    mean: float
    split: float


def run(seeds: Sequence[int] = (0, 1, 2), videos: int = 600) -> BenchTable:
    """Both experiments (3 seeds: about three minutes of one core)."""
    diversity = [measure_diversity(seed, videos) for seed in seeds]
    roles = [measure_roles(seed, videos) for seed in seeds]
    parts: dict[str, tuple[Sequence[object], str]] = {
        "A alone": (diversity, "a"),
        "A' alone (A, another seed)": (diversity, "a_again"),
        "B alone": (diversity, "b"),
        "A + A'": (diversity, "same"),
        "A + B": (diversity, "different"),
        "gain of A + A'": (diversity, "gain_same"),
        "gain of A + B": (diversity, "gain_different"),
        "error correlation A, A'": (diversity, "correlation_same"),
        "error correlation A, B": (diversity, "correlation_different"),
        "X alone (good classes)": (roles, "x"),
        "Y alone (good boundaries)": (roles, "y"),
        "mean of X and Y": (roles, "mean"),
        "classes of X, maps of Y": (roles, "split"),
    }
    rows = [
        (name, *mean_and_spread([getattr(one, part) for one in outcomes]))
        for name, (outcomes, part) in parts.items()
    ]
    notes = (
        f"seeds {', '.join(map(str, seeds))}; {videos} training and {_TEST_VIDEOS} test videos",
        "average mAP over tIoU 0.5 to 0.95, percent, fused by maps with equal weights; "
        "correlations between -1 and 1",
    )
    return BenchTable("ensembles, isolated", ("what", "mean", "std"), tuple(rows), notes)


def measure_diversity(seed: int, videos: int = 600) -> Diversity:
    """Train A, A' and B of one seed, and fuse."""
    train, test = _drawn(seed, "train", videos), _drawn(seed, "test", _TEST_VIDEOS)
    a, b = ((_noisy(train, name, seed), _noisy(test, name, seed)) for name in ("A", "B"))
    maps = {
        "a": _trained_maps(*a, derive_seed(seed, "first")),
        "a_again": _trained_maps(*a, derive_seed(seed, "second")),
        "b": _trained_maps(*b, derive_seed(seed, "third")),
    }
    correlation = error_correlation(list(maps.values()), test.segments)
    maps["same"] = _fused(maps["a"], maps["a_again"])
    maps["different"] = _fused(maps["a"], maps["b"])
    return Diversity(
        **{name: _map_percent(found, test, _one_class(test)) for name, found in maps.items()},
        correlation_same=float(correlation[0, 1]),
        correlation_different=float(correlation[0, 2]),
    )


def measure_roles(seed: int, videos: int = 600) -> Roles:
    """Train X and Y of one seed, and combine."""
    train, test = _drawn(seed, "train", videos), _drawn(seed, "test", _TEST_VIDEOS)
    maps, classes = {}, {}
    for name in _CLASS_NOISE:
        seen = _noisy(test, name, seed)
        maps[name] = _trained_maps(_noisy(train, name, seed), seen, derive_seed(seed, name))
        classes[name] = _classified(seen, name)
    both = fuse_class_scores(classes, {"X": 0.5, "Y": 0.5})
    return Roles(
        x=_map_percent(maps["X"], test, classes["X"]),
        y=_map_percent(maps["Y"], test, classes["Y"]),
        mean=_map_percent(_fused(maps["X"], maps["Y"]), test, both),
        split=_map_percent(maps["Y"], test, classes["X"]),
    )


def _drawn(seed: int, subset: str, n: int) -> MadeUp:
    """Videos without noise: pulses at starts and at ends, one half inside, and one channel a class.

    All instances of a video are of one class, which its segments name.
    """
    rng = rng_for(seed, "ensemble", subset)
    sequences, segments = [], {}
    for v in range(n):
        name, label = f"v{v}", int(rng.integers(_CLASSES))
        n_instances = int(rng.integers(1, 4))
        cuts = np.sort(rng.choice(_BINS, 2 * n_instances, replace=False)).reshape(-1, 2).tolist()
        x = np.zeros((3 + _CLASSES, _BINS), dtype=np.float32)
        for start, end in cuts:
            x[0, start] += 1.0
            x[1, end - 1] += 1.0
            x[2, start:end] += 0.5
            x[3 + label, start:end] += 1.0
        sequences.append(VideoSequence(name, float(_BINS), x))
        segments[name] = [LabelledSegment(name, s, e, f"class {label}") for s, e in cuts]
    return MadeUp(tuple(sequences), segments)


def _noisy(clean: MadeUp, feature: str, seed: int) -> MadeUp:
    """What a feature shows of the videos; the same feature always shows the same noise."""
    rng = rng_for(seed, "noise", feature, len(clean.sequences))
    noise = np.full((3 + _CLASSES, 1), _BOUNDARY_NOISE[feature])
    noise[3:] = _CLASS_NOISE.get(feature, 0.0)
    sequences = []
    for one in clean.sequences:
        array = one.array + noise * rng.normal(size=one.array.shape)
        if feature == "X":
            array = uniform_filter1d(array, _SMOOTH_BINS, axis=1, mode="constant")
        elif feature != "Y":
            array = array[:3]
        sequences.append(replace(one, array=array.astype(np.float32)))
    return MadeUp(tuple(sequences), clean.segments)


def _trained_maps(train: MadeUp, test: MadeUp, seed: int) -> list[ScoreMaps]:
    network = build_network(SPEC, train.sequences[0].array.shape[0], None, seed)
    return maps_of(fit_made_up(network, train, SPEC, TRAINING, seed), test)


def _fused(a: list[ScoreMaps], b: list[ScoreMaps]) -> list[ScoreMaps]:
    return [fuse_maps(pair, [0.5, 0.5]) for pair in zip(a, b, strict=True)]


def _classified(seen: MadeUp, feature: str) -> pd.DataFrame:
    """Softmax of the evidence that the class channels sum up over a video."""
    rows: list[tuple[str, str, float]] = []
    for one in seen.sequences:
        evidence = one.array[3:].sum(axis=1) / _CLASS_NOISE[feature] ** 2
        scores = np.exp(evidence - evidence.max())
        scores /= scores.sum()
        rows += [(one.video, f"class {k}", float(s)) for k, s in enumerate(scores)]
    return _scores_table(rows)


def _one_class(test: MadeUp) -> pd.DataFrame:
    """Class scores of someone who knows the class: what is left are boundaries."""
    return _scores_table(
        [
            (name, f"class {k}", float(found[0].label == f"class {k}"))
            for name, found in test.segments.items()
            for k in range(_CLASSES)
        ]
    )


def _scores_table(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    values = zip(*rows, strict=True)
    return make_table(CLASS_SCORE_COLUMNS, dict(zip(CLASS_SCORE_COLUMNS, values, strict=True)))


def _map_percent(maps: list[ScoreMaps], test: MadeUp, classes: pd.DataFrame) -> float:
    proposals = proposals_table(maps, ProposalRule(), SoftNms(), "x")
    detections = detect(proposals, classes, None, Detection(top_k=2))
    truth = pd.DataFrame([asdict(s) for found in test.segments.values() for s in found])
    return 100.0 * evaluate_detections(truth, detections).average_map

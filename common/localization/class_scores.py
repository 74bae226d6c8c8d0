"""Class scores of segments, proposals and whole videos from classifiers on pooled features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.params.classifiers import ClassifierMethod
from common.core.params.temporal_track import Classify
from common.core.seeds import derive_seed, rng_for
from common.features.store import Features, read_features
from common.localization.detection import ProposalScores
from common.localization.pooling import pool_intervals
from common.localization.splits import AnnotatedVideos, Split
from common.localization.tables import CLASS_SCORE_COLUMNS, make_table
from common.training.classifiers import Classifier, Labelled, train_classifier

BACKGROUND = "background"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelledIntervals:
    """Intervals of videos with a class number each; the last class is the background.

    Args:
        videos: (N,) ids.
        times: (N, 2) seconds.
        labels: (N,).
    """

    videos: tuple[str, ...]
    times: Floats
    labels: NDArray[np.int64]


def segment_intervals(annotated: AnnotatedVideos, names: Sequence[str]) -> LabelledIntervals:
    """The annotated segments of some videos, as they are."""
    segments = annotated.segments_of(tuple(names))
    number = {label: i for i, label in enumerate(annotated.classes)}
    return LabelledIntervals(
        tuple(s.video for s in segments),
        np.array([(s.start, s.end) for s in segments], dtype=np.float64).reshape(-1, 2),
        np.array([number[s.label] for s in segments], dtype=np.int64),
    )


def training_intervals(
    annotated: AnnotatedVideos, names: Sequence[str], spec: Classify, seed: int
) -> LabelledIntervals:
    """Segments, shifted copies of them, and background intervals between them."""
    plain = segment_intervals(annotated, names)
    rng = rng_for(seed, "jitter")
    length = np.diff(plain.times, axis=1)
    videos, times, labels = list(plain.videos), [plain.times], [plain.labels]
    for _ in range(spec.jitters):
        shift = rng.uniform(-spec.jitter_share, spec.jitter_share, plain.times.shape)
        videos += plain.videos
        times.append(np.maximum(plain.times + shift * length, 0.0))
        labels.append(plain.labels)
    gaps = [(v, gap) for v in names for gap in _gaps(annotated, v, spec, rng_for(seed, "gaps", v))]
    videos += [video for video, _ in gaps]
    times.append(np.array([gap for _, gap in gaps], dtype=np.float64).reshape(-1, 2))
    labels.append(np.full(len(gaps), len(annotated.classes)))
    return LabelledIntervals(tuple(videos), np.concatenate(times), np.concatenate(labels))


def _gaps(
    annotated: AnnotatedVideos, video: str, spec: Classify, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """At most `spec.backgrounds` random intervals of about `window_s` that touch no segment."""
    duration, found = annotated.videos[video].duration, []
    taken = sorted((s.start, s.end) for s in annotated.segments[video])
    free, position = [], 0.0
    for start, end in [*taken, (duration, duration)]:
        if start - position >= spec.window_s:
            free.append((position, start))
        position = max(position, end)
    for _ in range(spec.backgrounds if free else 0):
        start, end = free[rng.integers(len(free))]
        length = min(end - start, spec.window_s * rng.uniform(1.0, 3.0))
        begin = rng.uniform(start, end - length) if end - start > length else start
        found.append((begin, begin + length))
    return found


def pooled(folder: Path, intervals: LabelledIntervals) -> NDArray[np.float32]:
    """(N, C) mean features of intervals, read from one feature set."""
    rows: NDArray[np.float32] | None = None
    names = np.array(intervals.videos)
    for video in dict.fromkeys(intervals.videos):
        features, mine = read_features(folder, video), np.flatnonzero(names == video)
        if rows is None:
            rows = np.empty((len(names), features.array.shape[1]), dtype=np.float32)
        rows[mine] = pool_intervals(features.array, features.grid, intervals.times[mine])
    assert rows is not None, "no interval"
    return rows


def train_classifiers(
    folder: Path,
    annotated: AnnotatedVideos,
    split: Split,
    methods: Sequence[ClassifierMethod],
    spec: Classify,
    seed: int,
) -> dict[ClassifierMethod, Classifier]:
    """One classifier a method, on the features of one set, train videos only.

    tau is chosen on the fold's segments.
    """
    intervals = training_intervals(annotated, split.train, spec, seed)
    train = _labelled(folder, intervals, len(annotated.classes) + 1)
    held = segment_intervals(annotated, split.fold)
    fold = _labelled(folder, held, len(annotated.classes) + 1)
    return {
        method: train_classifier(
            train, method, spec.settings, seed=derive_seed(seed, method), fold=fold
        )
        for method in methods
    }


def _labelled(folder: Path, intervals: LabelledIntervals, n_classes: int) -> Labelled:
    truth = np.zeros((len(intervals.labels), n_classes), dtype=bool)
    truth[np.arange(len(truth)), intervals.labels] = True
    return Labelled(pooled(folder, intervals), truth)


def interval_scores(
    classifier: Classifier, features: Features, times: Floats
) -> NDArray[np.float64]:
    """(N, K) scores of the K action classes for intervals of one video (background left out)."""
    return classifier.predict_scores(pool_intervals(features.array, features.grid, times))[:, :-1]


def proposal_scores(
    classifier: Classifier, folder: Path, proposals: pd.DataFrame, classes: Sequence[str]
) -> ProposalScores:
    """Class scores of every proposal; row i belongs to row i of the table."""
    scores = np.zeros((len(proposals), len(classes)))
    times = proposals[["start", "end"]].to_numpy()
    for video, rows in proposals.groupby("video", sort=False).indices.items():
        scores[rows] = interval_scores(classifier, read_features(folder, str(video)), times[rows])
    return ProposalScores(tuple(classes), scores)


def video_scores(
    classifier: Classifier,
    folder: Path,
    videos: Sequence[str],
    classes: Sequence[str],
    spec: Classify,
) -> pd.DataFrame:
    """Class scores of whole videos; CLASS_SCORE_COLUMNS.

    Every snippet votes with the scores of a window around it; a class gets the mean of its best
    `spec.top_share` votes, because an action seldom fills an untrimmed video.
    """
    parts: dict[str, list[object]] = {name: [] for name in CLASS_SCORE_COLUMNS}
    for video in videos:
        features = read_features(folder, video)
        centre = features.grid.centers()[:, None]
        windows = centre + np.array([-0.5, 0.5]) * spec.window_s
        votes = np.sort(interval_scores(classifier, features, windows), axis=0)
        n_best = max(1, round(spec.top_share * len(votes)))
        parts["video"] += [video] * len(classes)
        parts["label"] += classes
        parts["score"] += votes[-n_best:].mean(axis=0).tolist()
    return make_table(CLASS_SCORE_COLUMNS, dict(parts))


def held_out_scores(
    classifiers: Mapping[str, Classifier], features: Path, intervals: LabelledIntervals
) -> NDArray[np.float64]:
    """(N, K) mean scores of the classifiers of several feature sets for labelled segments."""
    each = [
        classifier.predict_scores(pooled(features / name, intervals))[:, :-1]
        for name, classifier in classifiers.items()
    ]
    return np.mean(each, axis=0)

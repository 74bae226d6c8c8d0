"""Classifier of whole videos, several labels a video, on pooled features.

The segment classifier (class_scores.py) learns from pure segments and lets the snippets of a video
vote; this one learns from videos as they are, background and all, and says which classes occur.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.params.classifiers import ClassifierMethod, ClassifierSettings
from common.core.params.temporal_track import WholeVideos
from common.core.seeds import rng_for
from common.features.store import Features, read_features
from common.localization.splits import AnnotatedVideos, Split
from common.localization.tables import CLASS_SCORE_COLUMNS, make_table
from common.training.classifiers import Classifier, Labelled, train_classifier

# A crop shows a class if it holds so much of one of its segments.
_SHOWN = 0.5
_SHORTEST_CROP = 0.3


@dataclass(frozen=True, slots=True)
class _Crop:
    """[start, end) seconds of a video."""

    video: str
    start: float
    end: float


def train_video_classifier(
    folder: Path, annotated: AnnotatedVideos, split: Split, spec: WholeVideos, seed: int
) -> Classifier:
    """Train on whole train videos and on random crops of them; `sigmoid` or `cosine` output.

    Args:
        folder: a feature set.
        annotated: videos and their segments.
        split: train videos; tau (`tau_norm`) is chosen on the fold's.
        spec: method and sizes.
        seed: of crops and training.
    """
    train = _examples(folder, annotated, _crops(annotated, split.train, spec.crops, seed))
    fold = _examples(folder, annotated, _crops(annotated, split.fold, 0, seed))
    return train_classifier(
        train, spec.method, spec.settings, seed=seed, multi_label=True, fold=fold
    )


def train_on_video_labels(
    folder: Path,
    videos: Sequence[str],
    truth: NDArray[np.bool_],
    method: ClassifierMethod,
    settings: ClassifierSettings,
    seed: int,
) -> Classifier:
    """Train on whole videos and their labels alone: no segment is needed.

    Args:
        folder: a feature set.
        videos: N train videos.
        truth: (N, C), which classes each has.
        method: any but `tau_norm`, which needs a fold.
        seed: of the training.

    Raises:
        InputError: no video, or one without features.
    """
    if not videos:
        raise InputError(
            "classify.empty", str(folder), "no train video is left", "Extract features of some."
        )
    rows = np.stack([describe(read_features(folder, video).array) for video in videos])
    return train_classifier(Labelled(rows, truth), method, settings, seed=seed, multi_label=True)


def whole_video_scores(
    classifier: Classifier, folder: Path, videos: Sequence[str], classes: Sequence[str]
) -> pd.DataFrame:
    """Class scores of whole videos, 0 to 1 each; CLASS_SCORE_COLUMNS."""
    rows = [describe(read_features(folder, video).array) for video in videos]
    scores = classifier.predict_scores(np.stack(rows)) if rows else np.zeros((0, len(classes)))
    return make_table(
        CLASS_SCORE_COLUMNS,
        {
            "video": [video for video in videos for _ in classes],
            "label": list(classes) * len(videos),
            "score": scores.ravel().tolist(),
        },
    )


def describe(array: NDArray[np.floating]) -> NDArray[np.float64]:
    """(2C,) of a feature sequence (T, C): its mean, and the largest value of each channel.

    The mean says what a video is about, the largest value what occurs in it at all.
    """
    values = np.asarray(array, dtype=np.float64)
    return np.concatenate([values.mean(axis=0), values.max(axis=0)])


def _crops(annotated: AnnotatedVideos, videos: Sequence[str], count: int, seed: int) -> list[_Crop]:
    found = []
    for video in videos:
        duration, rng = annotated.videos[video].duration, rng_for(seed, "crops", video)
        found.append(_Crop(video, 0.0, duration))
        for _ in range(count):
            length = duration * rng.uniform(_SHORTEST_CROP, 1.0)
            start = rng.uniform(0.0, duration - length)
            found.append(_Crop(video, start, start + length))
    return found


def _examples(folder: Path, annotated: AnnotatedVideos, crops: Sequence[_Crop]) -> Labelled:
    number = {label: i for i, label in enumerate(annotated.classes)}
    truth = np.zeros((len(crops), len(number)), dtype=bool)
    rows, features = [], None
    for i, crop in enumerate(crops):
        if features is None or features.video != crop.video:
            features = read_features(folder, crop.video)
        rows.append(describe(_inside(features, crop)))
        for segment in annotated.segments[crop.video]:
            shared = min(segment.end, crop.end) - max(segment.start, crop.start)
            if shared >= _SHOWN * (segment.end - segment.start):
                truth[i, number[segment.label]] = True
    return Labelled(np.stack(rows), truth)


def _inside(features: Features, crop: _Crop) -> NDArray[np.floating]:
    """The snippets whose centres lie in the crop, at least the nearest one."""
    centers = features.grid.centers()
    inside = (centers >= crop.start) & (centers < crop.end)
    if not inside.any():
        inside[np.argmin(np.abs(centers - (crop.start + crop.end) / 2))] = True
    return features.array[inside]

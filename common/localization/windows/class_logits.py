"""Logits of verbs and nouns along a video, by classifiers that learnt from whole segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.params.epic_detection import ActionClassifier
from common.core.timebase import SnippetGrid
from common.features.rows import FeatureRows, open_features
from common.features.store import Features, write_features
from common.localization.pooling import pool_intervals
from common.training.classifiers import Classifier, Labelled, train_classifier

# Snippets whose features are held at a time.
_CHUNK = 1024
# Logit of a class without a training segment, below the lowest of the others.
_BELOW = 20.0

Floats = NDArray[np.float64]


def train_action_classifier(
    stores: Mapping[str, Sequence[FeatureRows]],
    segments: Sequence[tuple[str, float, float, int]],
    spec: ActionClassifier,
    seed: int,
) -> tuple[Classifier, tuple[int, ...]]:
    """A classifier on the mean features of segments, and the classes that occur, ascending.

    Args:
        stores: by video, the feature sets whose channels are joined.
        segments: video, start, end (seconds), class.
    """
    classes, which = np.unique([number for *_, number in segments], return_inverse=True)
    truth = np.zeros((len(segments), len(classes)), dtype=bool)
    truth[np.arange(len(segments)), which] = True
    rows = [pooled(stores[video], np.array([[start, end]]))[0] for video, start, end, _ in segments]
    train = Labelled(np.stack(rows), truth)
    classifier = train_classifier(train, spec.method, spec.settings, seed=seed)
    return classifier, tuple(classes.tolist())


def pooled(stores: Sequence[FeatureRows], times: Floats) -> NDArray[np.float32]:
    """(n, C) mean features of intervals that lie near each other, channels of all stores joined;
    only the rows that they touch are read.
    """
    parts = []
    for rows in stores:
        stride, first = rows.grid.stride_seconds, rows.grid.first_center_seconds
        low = int(np.clip((times.min() - first) / stride - 1, 0, rows.grid.n_snippets - 1))
        high = int(np.clip((times.max() - first) / stride + 2, low + 1, rows.grid.n_snippets))
        grid = SnippetGrid(first + low * stride, stride, high - low)
        parts.append(pool_intervals(rows.read(low, high), grid, times))
    return np.concatenate(parts, axis=1)


def write_logits(
    folder: Path,
    stores: Sequence[FeatureRows],
    classifier: Classifier,
    classes: Sequence[int],
    n_classes: int,
    window_s: float,
) -> FeatureRows:
    """Write logits (T, n_classes) at the snippets of the first store, as a file of a feature store.

    Args:
        classes: what the columns of the classifier are.
        n_classes: columns of the file; a class that the classifier lacks lies below all others.
        window_s: seconds around a snippet whose mean feature is classified.
    """
    first = stores[0]
    parts = []
    for low in range(0, first.grid.n_snippets, _CHUNK):
        centre = first.grid.centers()[low : low + _CHUNK, None]
        found = classifier.logits(pooled(stores, centre + np.array([-0.5, 0.5]) * window_s))
        every = np.repeat(found.min(axis=1, keepdims=True) - _BELOW, n_classes, axis=1)
        every[:, list(classes)] = found
        parts.append(every.astype(np.float32))
    texts = {"extractor": "logits", "weights_sha256": "-", "source_sha256": "-", "item_key": "-"}
    write_features(
        folder,
        Features(
            video=first.video,
            array=np.concatenate(parts),
            scores=None,
            classes=None,
            grid=first.grid,
            duration=first.duration,
            fps=0.0,
            **texts,
        ),
    )
    return open_features(folder, first.video)

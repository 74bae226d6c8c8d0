"""Mean average precision and hit@k of video-level class scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.challenges.temporal.average_precision import average_precisions, best_first, rank_rows
from common.challenges.temporal.columns import Floats, Ints

HIT_AT = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class ClassificationScores:
    """What a classification file is worth.

    Args:
        map: mean of `ap`.
        ap: (C,) average precision.
        hit_at_k: k -> share of videos with any of their labels among the k best.
        average_hit_at_k: k -> mean over the videos of the share of labels among the k best.
        classes: the C class names, in the order of `ap`.
    """

    map: float
    ap: Floats
    hit_at_k: dict[int, float]
    average_hit_at_k: dict[int, float]
    classes: tuple[Any, ...]


def classification_scores(
    truth: tuple[Ints, Ints],
    predictions: tuple[Ints, Ints, Floats],
    names: tuple[str, ...],
    classes: tuple[Any, ...],
) -> ClassificationScores:
    """Score class scores against the labels of videos.

    Args:
        truth: (N,) video numbers, (N,) label numbers; repeated pairs count once.
        predictions: (M,) video (-1 = outside), (M,) label, (M,) score.
        names: names of the videos by number; the mean over videos is summed in their order.
        classes: class names by number.

    Source: activitynet/ActivityNet, Evaluation/eval_classification.py, with a stable sort.
    """
    is_label = np.zeros((len(names), len(classes)), dtype=bool)
    is_label[truth] = True
    video, label, score = predictions
    order = best_first(score)
    ap = _average_precisions(is_label, video, label, rank_rows(label, order))
    annotated = np.flatnonzero(is_label.any(axis=1))
    by_name = annotated[np.argsort(np.array(names)[annotated], kind="stable")]
    inside = rank_rows(video, order[video[order] >= 0])
    best = _best_labels(video[inside], label[inside], max(HIT_AT), len(names))[by_name]
    shares = {k: _share_found(is_label[by_name], best[:, :k]) for k in HIT_AT}
    return ClassificationScores(
        float(ap.mean()),
        ap,
        {k: float(np.ceil(share).mean()) for k, share in shares.items()},
        {k: float(share.mean()) for k, share in shares.items()},
        classes,
    )


def _average_precisions(
    is_label: NDArray[np.bool_], video: Ints, label: Ints, order: Ints
) -> Floats:
    """(C,) average precision of the rows in `order`: class by class, best first."""
    n_videos, n_classes = is_label.shape
    video, label = video[order], label[order]
    right = np.flatnonzero((video >= 0) & is_label[video, label])
    # Of repeated rows only the best ranked hits; written from the back, so that it stays.
    first = np.full(n_videos * n_classes, -1, dtype=np.intp)
    first[(video * n_classes + label)[right[::-1]]] = right[::-1]
    first_row = np.searchsorted(label, np.arange(n_classes + 1))
    return average_precisions(np.sort(first[first >= 0]), first_row, is_label.sum(axis=0))


def _best_labels(video: Ints, label: Ints, k: int, n_videos: int) -> Ints:
    """(V, k) labels of the best rows of every video, repeated ones included; -1 where fewer.

    Args:
        video, label: rows video by video, best first.
    """
    rank = np.arange(video.size) - np.searchsorted(video, np.arange(n_videos))[video]
    top = rank < k
    best = np.full((n_videos, k), -1, dtype=np.intp)
    best[video[top], rank[top]] = label[top]
    return best


def _share_found(is_label: NDArray[np.bool_], best: Ints) -> Floats:
    """(V,) share of each video's labels that are among its best ones."""
    found = np.zeros_like(is_label)
    rows, columns = np.nonzero(best >= 0)
    found[rows, best[rows, columns]] = True
    # numpy's mean of booleans: the exact count, divided once.
    share: Floats = (found & is_label).sum(axis=1) / is_label.sum(axis=1)
    return share

"""Class activation sequences -> segments: many thresholds, outer-inner contrast, NMS.

Source: Pilhyeon/BaSNet-pytorch (utils.py); outer-inner contrast after AutoLoc (Shou et al., ECCV
2018). Different here: fine positions are read at their own time, the end is not extrapolated, and
NMS uses the plain tIoU (theirs adds one second to every length).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.params.weak import ActivationProposals
from common.core.timebase import resize_sequence
from common.localization.tables import DETECTION_COLUMNS, empty_table, make_table

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassActivations:
    """Of one video, position i of T being `i / T` to `(i + 1) / T` of `duration` seconds.

    Args:
        activations: (T, C) of the action classes, not scaled.
        attention: (T,) in 0..1, how much a position is action; ones where there is no filter.
        scores: (C,) class scores of the video, 0..1.
    """

    video: str
    duration: float
    activations: NDArray[np.float32]
    attention: NDArray[np.float32]
    scores: NDArray[np.float32]


def scale(activations: NDArray[np.floating]) -> Floats:
    """(T, C) each class scaled to 0..1 over time; what is negative counts as 0 in both limits, so
    a class that is nowhere positive stays at or below 0.
    """
    x = np.asarray(activations, dtype=np.float64)
    low, high = np.maximum(x.min(axis=0), 0.0), np.maximum(x.max(axis=0), 0.0)
    delta = high - low
    return (x - low) / np.where(delta > 0, delta, 1.0)


def detections_of(
    videos: Iterable[ClassActivations], classes: Sequence[str], spec: ActivationProposals
) -> pd.DataFrame:
    """Detections of all videos, best first within each; DETECTION_COLUMNS, member `weak`."""
    parts = [_detect(one, classes, spec) for one in videos]
    return pd.concat(parts, ignore_index=True) if parts else empty_table(DETECTION_COLUMNS)


def _detect(
    one: ClassActivations, classes: Sequence[str], spec: ActivationProposals
) -> pd.DataFrame:
    size = len(one.activations) * spec.upsampling
    fine = resize_sequence(scale(one.activations), size, "half_pixel")
    times, scores, labels = [], [], []
    for label in chosen_classes(one.scores, spec):
        segments, contrast = class_segments(fine[:, label], spec)
        value = contrast + spec.video_weight * float(one.scores[label])
        kept = hard_nms(segments, value, spec.nms_tiou)
        times.append(segments[kept])
        scores.append(value[kept])
        labels += [label] * len(kept)
    seconds = np.concatenate(times) / size * one.duration
    score = np.concatenate(scores)
    order = np.argsort(-score, kind="stable")[: spec.top_k]
    columns = {
        "video": [one.video] * len(order),
        "start": seconds[order, 0],
        "end": seconds[order, 1],
        "label": [classes[labels[i]] for i in order],
        "score": score[order],
        "member": ["weak"] * len(order),
    }
    return make_table(DETECTION_COLUMNS, columns)


def chosen_classes(scores: NDArray[np.floating], spec: ActivationProposals) -> list[int]:
    """The classes of a video, best first: those above the limit, at least the best one (the
    published code then finds nothing), at most `spec.most_classes`.
    """
    order = np.argsort(-scores, kind="stable")[: spec.most_classes].tolist()
    return [c for i, c in enumerate(order) if i == 0 or scores[c] >= spec.min_class_score]


def class_segments(fine: Floats, spec: ActivationProposals) -> tuple[Floats, Floats]:
    """Runs of positions at or above each threshold (and above 0), every run once.

    Args:
        fine: (n,) one class, scaled to 0..1.

    Returns:
        (k, 2) first position and the one after the last; (k,) outer-inner contrast: mean inside
        less mean of both margins, each `spec.margin` of the length (0 where there is no margin).
    """
    found = [_runs((fine >= threshold) & (fine > 0)) for threshold in spec.thresholds]
    runs = np.unique(np.concatenate(found), axis=0)
    start, end = runs[:, 0], runs[:, 1]
    sums = np.concatenate([[0.0], np.cumsum(fine)])
    margin = (spec.margin * (end - start)).astype(np.int64)
    left, right = np.maximum(start - margin, 0), np.minimum(end + margin, len(fine))
    inner = (sums[end] - sums[start]) / np.maximum(end - start, 1)
    n_outer = (start - left) + (right - end)
    outer = (sums[start] - sums[left] + sums[right] - sums[end]) / np.maximum(n_outer, 1)
    return runs.astype(np.float64), inner - outer


def hard_nms(segments: Floats, scores: Floats, limit: float) -> NDArray[np.int64]:
    """Indices of the segments that overlap no better one by more than `limit` tIoU, best first.

    Args:
        segments: (n, 2); scores: (n,), equal ones keep their order.
    """
    order = np.argsort(-scores, kind="stable")
    lengths = segments[:, 1] - segments[:, 0]
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        overlap = np.minimum(segments[order, 1], segments[best, 1]) - np.maximum(
            segments[order, 0], segments[best, 0]
        )
        overlap = overlap.clip(min=0.0)
        order = order[overlap / (lengths[order] + lengths[best] - overlap) <= limit]
    return np.array(kept, dtype=np.int64)


def _runs(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(k, 2) first and one past the last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2).astype(np.int64)

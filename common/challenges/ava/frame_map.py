"""Frame mAP at overlap 0.5: the official AVA score, over all key frames at once.

Source: docs, formats/ava section 2 (activitynet/ActivityNet, Evaluation/get_ava_performance.py and
Evaluation/ava).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.challenges.ava.capacity import Entries, official_order
from common.challenges.ava.labels import LabelMap
from common.challenges.ava.matching import find_hits
from common.challenges.ava.row_tables import key_frames
from common.challenges.ava.rows import Rows
from common.challenges.temporal.average_precision import (
    average_precisions,
    best_first,
    rank_rows,
)

CAPACITY = 50


@dataclass(frozen=True, slots=True)
class FrameScores:
    """The frame mAP and what it is made of.

    Args:
        mean_ap: mean over the classes that have ground truth.
        ap: (C,) average precision of class 1..C; NaN where there is no ground truth.
        n_truth: (C,) ground truth boxes of each class.
        n_detections: (C,) detections of each class that were scored.
        counts: what was read, and what official rules dropped.
    """

    mean_ap: float
    ap: NDArray[np.float64]
    n_truth: NDArray[np.int64]
    n_detections: NDArray[np.int64]
    counts: dict[str, int]


def frame_scores(
    truth: Rows, detections: Rows, labels: LabelMap, capacity: int = CAPACITY
) -> FrameScores:
    """Score detections against the boxes at all key frames of the ground truth.

    Args:
        truth: boxes; key frames without any count too.
        detections: boxes with scores.
        labels: the classes that count.
        capacity: rows kept of each key frame, over all classes; below 1: all.

    Raises:
        InputError: a ground truth box whose ends are swapped.
    """
    frames = key_frames(truth)
    counted = np.zeros(labels.n_classes + 1, np.bool_)
    counted[list(labels.names)] = True
    boxes = _entries(truth, frames.of(truth), _is_counted(truth, counted))
    found, known = frames.of(detections), _is_counted(detections, counted)
    entries = _entries(detections, found, known & (found >= 0))
    order = official_order(entries, capacity)
    x1, y1, x2, y2 = entries.boxes
    with_area = order[((y1 < y2) & (x1 < x2))[order]]
    kept = entries.take(with_area)
    counts = {
        "key_frames": len(frames),
        "ground_truth_boxes": len(boxes.frame),
        "rows": len(detections),
        "rows_of_other_classes": int((~known).sum()),
        "rows_at_unknown_key_frames": int((known & (found < 0)).sum()),
        "rows_beyond_capacity": len(entries.frame) - len(order),
        "rows_without_area": len(order) - len(with_area),
    }
    return _scores(boxes, kept, labels.n_classes, counts)


def _is_counted(rows: Rows, counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    within = (rows.actions >= 0) & (rows.actions < len(counted))
    return counted[np.where(within, rows.actions, 0)]


def _entries(rows: Rows, frames: NDArray[np.int64], kept: NDArray[np.bool_]) -> Entries:
    entries = Entries(frames, rows.actions, rows.boxes, rows.scores)
    return entries.take(np.flatnonzero(kept))


def _scores(
    truth: Entries, detections: Entries, n_classes: int, counts: dict[str, int]
) -> FrameScores:
    hits = find_hits(truth, detections)
    n_truth = np.bincount(truth.actions, minlength=n_classes + 1)
    n_detections = np.bincount(detections.actions, minlength=n_classes + 1)
    ranked = rank_rows(detections.actions, best_first(detections.scores))
    first_row = np.concatenate([[0], np.cumsum(n_detections)])
    ap = average_precisions(np.flatnonzero(hits[ranked]), first_row, n_truth)
    ap = np.where(n_truth == 0, np.nan, ap)[1:]
    # Over the whole array: the official mean sums all classes, so the last bit agrees.
    mean = float(np.nanmean(ap)) if (n_truth[1:] > 0).any() else float("nan")
    return FrameScores(mean, ap, n_truth[1:], n_detections[1:], counts)

"""Mean average precision of labelled segments over tIoU thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from common.challenges.temporal.average_precision import average_precisions, best_first, rank_rows
from common.challenges.temporal.columns import Floats, Instances, Scored
from common.challenges.temporal.matching import candidate_pairs, hits


@dataclass(frozen=True, slots=True)
class DetectionScores:
    """What a detection file is worth.

    Args:
        average_map: mean of `map_per_tiou`, the ranking number.
        map_per_tiou: (T,) mean over the classes.
        ap: (T, C) average precision.
        tiou: (T,) thresholds.
        classes: the C class names or ids, in the order of `ap`.
    """

    average_map: float
    map_per_tiou: Floats
    ap: Floats
    tiou: Floats
    classes: tuple[Any, ...]


def detection_scores(
    truth: Instances, predictions: Scored, classes: tuple[Any, ...], tiou: Floats
) -> DetectionScores:
    """Score predictions against the ground truth; label numbers index `classes`.

    Every class counts in the mean, with or without predictions. A row in a video without ground
    truth of its class is a false positive.

    Source: activitynet/ActivityNet, Evaluation/eval_detection.py, with a stable sort of scores.
    """
    rows = predictions.instances
    order = rank_rows(rows.label, best_first(predictions.score))
    ranked = Instances(rows.video[order], rows.label[order], rows.start[order], rows.end[order])
    first_row = np.searchsorted(ranked.label, np.arange(len(classes) + 1))
    n_truth = np.bincount(truth.label, minlength=len(classes))
    pairs = candidate_pairs(truth, ranked, float(tiou.min()))
    ap = np.array(
        [average_precisions(hits(pairs, t, len(truth)), first_row, n_truth) for t in tiou]
    )
    per_tiou = ap.mean(axis=1)
    return DetectionScores(float(per_tiou.mean()), per_tiou, ap, tiou, classes)

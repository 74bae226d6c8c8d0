"""Format `activitynet-detection`: average mAP over the tIoU thresholds 0.5, 0.55, ..., 0.95."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.activitynet.checks import check_file
from common.challenges.activitynet.ground_truth import GroundTruth, read_ground_truth
from common.challenges.activitynet.layout import DETECTION, Layout
from common.challenges.activitynet.predictions import read_predictions
from common.challenges.activitynet.schemas import result_schema
from common.challenges.activitynet.writer import package_file
from common.challenges.findings import Findings
from common.challenges.formats import Evaluation, Settings
from common.challenges.temporal.columns import (
    Columns,
    Floats,
    Instances,
    Scored,
    column,
    floats,
    numbered,
    numbers,
)
from common.challenges.temporal.detection_map import DetectionScores, detection_scores
from common.core.errors import InputError, did_you_mean

TIOU: Floats = np.linspace(0.5, 0.95, 10)


def evaluate_detections(
    truth: Columns, predictions: Columns, tiou: Floats = TIOU
) -> DetectionScores:
    """Score detections that are in memory.

    Args:
        truth: columns video, start, end, label (seconds); its labels are the classes, in the order
            of first occurrence.
        predictions: columns video, start, end, label, score.
        tiou: (T,) thresholds.

    Raises:
        InputError: no ground truth, or a predicted label that the ground truth does not have.
    """
    classes = numbered(column(truth, "label"))
    videos = numbered(column(truth, "video"))
    if not classes:
        raise InputError("truth.empty", "truth", "no labelled segment", "Give the annotations.")
    labels = numbers(column(predictions, "label"), classes)
    if (labels < 0).any():
        label = str(column(predictions, "label")[int(np.argmax(labels < 0))])
        problem = f"{label!r} is not among the {len(classes)} classes of the ground truth"
        raise InputError("anet.label", "predictions", problem, did_you_mean(label, classes))
    scored = Scored(_instances(predictions, videos, labels), floats(predictions["score"]))
    rows = _instances(truth, videos, numbers(column(truth, "label"), classes))
    return detection_scores(rows, scored, tuple(classes), tiou)


def _instances(table: Columns, videos: dict[Any, int], labels: Any) -> Instances:
    video = numbers(column(table, "video"), videos)
    return Instances(video, labels, floats(table["start"]), floats(table["end"]))


def evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation:
    """The official detection scores of a file; see `formats.evaluate`."""
    truth = read_ground_truth(ground_truth, settings.subset, settings.blocked)
    return evaluate_file(pred, truth, DETECTION)


def evaluate_file(pred: Path, truth: GroundTruth, layout: Layout) -> Evaluation:
    """Score a detection file of either challenge.

    Arrays: `ap` (10, C), `map` (10,), `tiou` (10,), `classes` (C,).
    Raises:
        InputError: the subset has no annotation, or the official reader refuses the file.
    """
    truth.require_annotations()
    predictions = read_predictions(pred, layout, truth)
    result = detection_scores(truth.instances, predictions.scored, tuple(truth.classes), TIOU)
    scores = {
        "average_mAP": result.average_map,
        "mAP": result.map_per_tiou.tolist(),
        "tiou_thresholds": TIOU.tolist(),
        "classes": list(result.classes),
        "ap": dict(zip(result.classes, result.ap.T.tolist(), strict=True)),
        "n_gt": len(truth.instances),
        "n_pred": len(predictions.scored),
    }
    arrays = {
        "ap": result.ap,
        "map": result.map_per_tiou,
        "tiou": TIOU,
        "classes": np.array(result.classes),
    }
    return Evaluation(
        scores,
        truth.counts() | predictions.counts,
        truth.warnings + predictions.warnings,
        arrays,
    )


def check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect of a detection file; see `formats.check`."""
    return check_file(pred, ground_truth, settings, DETECTION)


def package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None:
    """Write the file for the server; see `formats.package`."""
    package_file(pred, out, ground_truth, settings, DETECTION)


def schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    return result_schema(DETECTION)

"""Format `activitynet-classification`: mAP and hit@k of the classes of whole videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.activitynet.checks import check_file
from common.challenges.activitynet.classification_map import (
    ClassificationScores,
    classification_scores,
)
from common.challenges.activitynet.ground_truth import read_ground_truth
from common.challenges.activitynet.layout import CLASSIFICATION
from common.challenges.activitynet.predictions import read_predictions
from common.challenges.activitynet.schemas import result_schema
from common.challenges.activitynet.writer import package_file
from common.challenges.findings import Findings
from common.challenges.formats import Evaluation, Settings
from common.challenges.temporal.columns import Columns, column, floats, numbered, numbers
from common.core.errors import InputError, did_you_mean


def evaluate_classification(truth: Columns, predictions: Columns) -> ClassificationScores:
    """Score class scores that are in memory.

    Args:
        truth: columns video, label; a video may have several labels.
        predictions: columns video, label, score.

    Raises:
        InputError: no ground truth, or a predicted label that the ground truth does not have.
    """
    videos, classes = numbered(column(truth, "video")), numbered(column(truth, "label"))
    if not classes:
        raise InputError("truth.empty", "truth", "no labelled video", "Give the annotations.")
    labels = numbers(column(predictions, "label"), classes)
    if (labels < 0).any():
        label = str(column(predictions, "label")[int(np.argmax(labels < 0))])
        problem = f"{label!r} is not among the {len(classes)} classes of the ground truth"
        raise InputError("anet.label", "predictions", problem, did_you_mean(label, classes))
    return classification_scores(
        (numbers(column(truth, "video"), videos), numbers(column(truth, "label"), classes)),
        (numbers(column(predictions, "video"), videos), labels, floats(predictions["score"])),
        tuple(map(str, videos)),
        tuple(classes),
    )


def evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation:
    """The official classification scores of a file; see `formats.evaluate`.

    Arrays: `ap` (C,), `classes` (C,).
    """
    truth = read_ground_truth(ground_truth, settings.subset, settings.blocked)
    truth.require_annotations()
    predictions = read_predictions(pred, CLASSIFICATION, truth)
    rows = predictions.scored.instances
    result = classification_scores(
        (truth.instances.video, truth.instances.label),
        (rows.video, rows.label, predictions.scored.score),
        tuple(truth.videos),
        tuple(truth.classes),
    )
    scores = {
        "mAP": result.map,
        "hit_at_k": {str(k): value for k, value in result.hit_at_k.items()},
        "avg_hit_at_k": {str(k): value for k, value in result.average_hit_at_k.items()},
        "classes": list(result.classes),
        "ap": dict(zip(result.classes, result.ap.tolist(), strict=True)),
    }
    return Evaluation(
        scores,
        truth.counts() | predictions.counts,
        truth.warnings + predictions.warnings,
        {"ap": result.ap, "classes": np.array(result.classes)},
    )


def check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect of a classification file; see `formats.check`."""
    return check_file(pred, ground_truth, settings, CLASSIFICATION)


def package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None:
    """Write the file for the server; see `formats.package`."""
    package_file(pred, out, ground_truth, settings, CLASSIFICATION)


def schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    return result_schema(CLASSIFICATION)

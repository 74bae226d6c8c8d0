"""Format `activitynet-proposals`: average recall by number of proposals, and its area."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.activitynet.checks import check_file
from common.challenges.activitynet.detection import TIOU
from common.challenges.activitynet.ground_truth import read_ground_truth
from common.challenges.activitynet.layout import PROPOSALS
from common.challenges.activitynet.predictions import read_predictions
from common.challenges.activitynet.proposal_recall import ProposalScores, proposal_scores
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
from common.core.errors import InputError


def evaluate_proposals(
    truth: Columns,
    predictions: Columns,
    max_avg_nr_proposals: int | None = 100,
    tiou: Floats = TIOU,
) -> ProposalScores:
    """Score proposals that are in memory.

    Args:
        truth: columns video, start, end (seconds).
        predictions: columns video, start, end, score; other videos count for the common ratio.
        max_avg_nr_proposals: average number per video that the curve ends at; None: all.
        tiou: (T,) thresholds.

    Raises:
        InputError: no ground truth or no proposal.
    """
    videos = numbered(column(truth, "video"))
    rows, scored = _instances(truth, videos), floats(predictions["score"])
    for what, size in (("truth", len(rows)), ("predictions", scored.size)):
        if not size:
            raise InputError(f"{what}.empty", what, "no row", "Give at least one segment.")
    return proposal_scores(
        rows, Scored(_instances(predictions, videos), scored), max_avg_nr_proposals, tiou
    )


def _instances(table: Columns, videos: dict[Any, int]) -> Instances:
    video = numbers(column(table, "video"), videos)
    return Instances(video, np.zeros_like(video), floats(table["start"]), floats(table["end"]))


def evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation:
    """The official proposal scores of a file; see `formats.evaluate`.

    Arrays: `recall` (10, 100), `average_recall` (100,), `proposals_per_video` (100,), `tiou` (10,).
    """
    truth = read_ground_truth(ground_truth, settings.subset, settings.blocked)
    truth.require_annotations()
    predictions = read_predictions(pred, PROPOSALS, truth)
    _require_proposals(truth.instances, predictions.scored, pred)
    asked = settings.max_avg_nr_proposals
    result = proposal_scores(truth.instances, predictions.scored, asked, TIOU)
    scores = {
        "auc_percent": result.auc_percent,
        "area_under_curve": result.area_under_curve,
        "ar_at": {str(n): float(result.recall[:, n - 1].mean()) for n in (1, 5, 10, 100)},
        "avg_recall": result.average_recall.tolist(),
        "proposals_per_video": result.proposals_per_video.tolist(),
        "recall": result.recall.tolist(),
        "tiou_thresholds": TIOU.tolist(),
        "max_avg_nr_proposals": asked,
        "n_gt": len(truth.instances),
        "n_proposals": len(predictions.scored),
    }
    arrays = {
        "recall": result.recall,
        "average_recall": result.average_recall,
        "proposals_per_video": result.proposals_per_video,
        "tiou": TIOU,
    }
    warnings = truth.warnings + predictions.warnings
    if not np.isfinite(result.auc_percent):
        warnings.append("no proposal was kept in an annotated video; the area is undefined")
    return Evaluation(scores, truth.counts() | predictions.counts, warnings, arrays)


def _require_proposals(truth: Instances, proposals: Scored, pred: Path) -> None:
    """Raise where the official program divides by zero or takes a NaN for a row number.

    Raises:
        InputError: no proposal lies in an annotated video, or a score is NaN.
    """
    where, fix = f"{pred} $.results", "Run `emc2 validate` on the file for every place."
    if not np.isin(proposals.instances.video, truth.video).any():
        problem = "no proposal lies in an annotated video of the subset"
        raise InputError("anet.empty", where, problem, "Is it the right file?")
    if np.isnan(proposals.score).any():
        raise InputError("anet.score", where, "a score is NaN: the rank is undefined", fix)


def check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect of a proposal file; see `formats.check`."""
    return check_file(pred, ground_truth, settings, PROPOSALS)


def package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None:
    """Write the file for the server; see `formats.package`."""
    package_file(pred, out, ground_truth, settings, PROPOSALS)


def schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    return result_schema(PROPOSALS)

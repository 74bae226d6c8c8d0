"""Format `hacs-detection`: the ActivityNet metric on the HACS annotation file.

That file has `database` alone and its durations are text. The challenge page shows result files
with `results` alone, so a missing `version` or `external_data` is a warning, not a defect.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from common.challenges.activitynet.checks import check_file
from common.challenges.activitynet.detection import evaluate_file
from common.challenges.activitynet.ground_truth import read_ground_truth
from common.challenges.activitynet.layout import HACS_DETECTION
from common.challenges.activitynet.schemas import result_schema
from common.challenges.activitynet.writer import package_file
from common.challenges.findings import Findings
from common.challenges.formats import Evaluation, Settings


def evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation:
    """The official detection scores of a file; see `formats.evaluate`."""
    truth = read_ground_truth(ground_truth, settings.subset, settings.blocked, needs_version=False)
    return evaluate_file(pred, truth, HACS_DETECTION)


def check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect of a detection file; see `formats.check`."""
    return check_file(pred, ground_truth, settings, HACS_DETECTION)


def package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None:
    """Write the file for the server; see `formats.package`."""
    package_file(pred, out, ground_truth, settings, HACS_DETECTION)


def schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    return result_schema(HACS_DETECTION)

"""Format `ava`: detections at key frames, one CSV row for each box and action."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.ava.checks import check_rows
from common.challenges.ava.frame_map import frame_scores
from common.challenges.ava.ground_truth import PUBLISHED_VIDEOS, BoxTruth, read_excluded, read_truth
from common.challenges.ava.labels import N_ACTIONS
from common.challenges.ava.reading import read_rows
from common.challenges.ava.row_tables import without_frames
from common.challenges.ava.rows import COLUMNS
from common.challenges.findings import Findings
from common.challenges.formats import Evaluation, Settings
from common.challenges.payloads import read_payload
from common.challenges.refusal import refuse_defects
from common.core.errors import InputError
from common.core.files import atomic_path


def check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect and warning of a CSV of detections."""
    return check_rows(pred, ground_truth, settings)


def evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation:
    """Frame mAP at overlap 0.5 and the average precision of each class.

    Arrays: `ap`, `n_ground_truth`, `n_detections`, one entry for each of `classes`.

    Raises:
        InputError: unreadable or malformed file, with the line; an empty detections file.
    """
    truth = read_truth(ground_truth, settings)
    detections = read_rows(pred)
    if not len(detections) and not detections.empty:
        raise InputError("ava.empty", str(pred), "holds no row", "Give a file of detections.")
    boxes, counts = truth.rows, {}
    if settings.exclude is not None:
        excluded = read_excluded((Path(settings.exclude),))
        boxes, counts["ground_truth_rows_excluded"] = without_frames(boxes, excluded)
        detections, counts["rows_excluded"] = without_frames(detections, excluded)
    found = frame_scores(boxes, detections, truth.labels, settings.capacity)
    classes = np.array(sorted(truth.labels.names))
    ap = found.ap[classes - 1]
    scores = {
        "mAP@0.5IOU": found.mean_ap,
        "n_classes_in_mean": int((found.n_truth[classes - 1] > 0).sum()),
        "ap": dict(zip(map(str, classes), ap.tolist(), strict=True)),
    }
    arrays = {
        "classes": classes,
        "ap": ap,
        "n_ground_truth": found.n_truth[classes - 1],
        "n_detections": found.n_detections[classes - 1],
    }
    return Evaluation(scores, found.counts | counts, _remarks(truth, settings), arrays)


def _remarks(truth: BoxTruth, settings: Settings) -> list[str]:
    videos, published = len(truth.rows.videos), PUBLISHED_VIDEOS[settings.subset]
    if not truth.files.official or videos >= published:
        return []
    return [
        f"the ground truth has {videos} videos, AVA v2.2 {settings.subset} has {published}: a "
        "reduced set"
    ]


def package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None:
    """Write the CSV that the server takes: the rows as they are, lines ended by `\\n`.

    Args:
        pred: CSV of detections, plain, `.gz`, or alone in a ZIP.
        out: the CSV to write.
        ground_truth: as for `check`.
        settings: as for `check`.

    Raises:
        InputError: a defect; `out` is then as it was.
    """
    data = read_payload(pred).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    with atomic_path(out) as temporary:
        temporary.write_bytes(data if data.endswith(b"\n") or not data else data + b"\n")
        refuse_defects(check_rows(temporary, ground_truth, settings), pred)


def schema() -> dict[str, Any]:
    """JSON Schema of the rows of the CSV, each as a list of its cells."""
    fraction = {"type": "number", "minimum": 0, "maximum": 1}
    video = {"type": "string", "description": "video id"}
    timestamp = {"type": "number", "description": "seconds of the key frame, 902 to 1798 in movies"}
    cells = [
        video,
        timestamp,
        *[
            fraction | {"description": f"{name} as a fraction of the frame"}
            for name in COLUMNS[2:6]
        ],
        {"type": "integer", "minimum": 1, "maximum": N_ACTIONS, "description": "action id"},
        {"type": "number", "description": "score, higher is better, in [0, 1] best"},
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ava",
        "description": "CSV without header or quotes; x1 < x2 and y1 < y2; at most 50 rows at a "
        "key frame count. A row of two cells is a key frame without boxes.",
        "type": "array",
        "minItems": 1,
        "items": {
            "oneOf": [
                {"type": "array", "prefixItems": cells, "minItems": 7, "maxItems": 8},
                {"type": "array", "prefixItems": cells[:2], "minItems": 2, "maxItems": 2},
            ]
        },
    }

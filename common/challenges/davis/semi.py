"""Format `davis-semi`: the mask of the first frame is given, ids are compared one to one.

Source: docs, formats/davis section 2 (davisvideochallenge/davis2017-evaluation, semi-supervised).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.davis.scores import (
    PUBLISHED,
    SequenceScores,
    official_tables,
    per_frame_arrays,
    remarks,
)
from common.challenges.findings import Findings
from common.challenges.formats import Evaluation, Settings
from common.challenges.masks.checks import MaskRules, check_masks, layout_schema
from common.challenges.masks.files import MaskFiles
from common.challenges.masks.layout import MaskTask, MaskTruth, read_truth
from common.challenges.masks.measures import same_id_measures, shapes_of
from common.challenges.masks.packaging import package_masks
from common.challenges.masks.sequences import frame_pairs, score_sequences
from common.core.errors import InputError

TASK = MaskTask(
    format="davis-semi",
    lists={
        "train": "ImageSets/2017/train.txt",
        "validation": "ImageSets/2017/val.txt",
        "test": "ImageSets/2017/test-dev.txt",
    },
    annotations="Annotations/480p",
    pictures="JPEGImages/480p",
    published=PUBLISHED,
)
RULES = MaskRules(task=TASK, semi_supervised=True)


def check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect and warning of a ZIP or folder of masks."""
    return check_masks(pred, ground_truth, settings.subset, RULES)


def evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation:
    """J and F (mean, recall, decay) over all objects, and of each.

    Arrays: `J/<sequence>` and `F/<sequence>`, (objects, frames); the first and the last frame of a
    sequence are not scored.

    Raises:
        InputError: missing or unreadable mask, wrong size, an id above the number of objects, a
            sequence of fewer than three frames.
    """
    truth = read_truth(TASK, ground_truth, settings.subset)
    rows = score_sequences(score_sequence, pred, truth)
    counts = {
        "sequences": len(rows),
        "objects": sum(len(scores.region) for scores in rows.values()),
        "frames": sum(scores.n_frames for scores in rows.values()),
        "frames_not_scored": 2 * len(rows),
    }
    return Evaluation(
        official_tables(rows),
        counts,
        truth.count_warnings() + remarks(rows),
        per_frame_arrays(rows),
    )


def score_sequence(sequence: str, files: MaskFiles, truth: MaskTruth) -> SequenceScores:
    """J and F of the objects of one sequence: (N, T - 2) each; objects 1..N of the first frame."""
    frames = truth.frames(sequence)
    if len(frames) < 3:
        raise InputError(
            "mask.truth",
            sequence,
            f"the truth has {len(frames)} masks; the first and the last are not scored, so at "
            "least three are needed",
            "Evaluate on a subset whose masks are public, validation for instance.",
        )
    n = truth.n_objects(sequence)
    values = range(1, n + 1)
    measures = []
    pairs = frame_pairs(sequence, files, truth, frames[1:-1])
    for frame, (wanted, given) in zip(frames[1:-1], pairs, strict=True):
        if (highest := int(given.max())) > n:
            raise InputError(
                "mask.id",
                f"{files.path}: {sequence}/{frame}.png",
                f"id {highest}, the sequence has {n} objects",
                "Use the ids of the first frame's mask.",
            )
        measures.append(same_id_measures(shapes_of(wanted, values), shapes_of(given, values)))
    region, contour = np.stack(measures, axis=-1)
    return SequenceScores(region, contour, len(frames))


def package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None:
    """Write the ZIP: sequence folders at top level, palette PNGs with the DAVIS palette."""
    package_masks(pred, out, ground_truth, settings.subset, RULES)


def schema() -> dict[str, Any]:
    """JSON Schema of the list of files of a submission."""
    return layout_schema(RULES)

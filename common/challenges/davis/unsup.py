"""Format `davis-unsup`: up to 20 proposals a sequence, assigned to the objects by J and F.

Source: docs, formats/davis section 3 (davisvideochallenge/davis2017-evaluation, unsupervised).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from common.challenges.masks.measures import Values, pair_measures, shapes_of
from common.challenges.masks.packaging import package_masks
from common.challenges.masks.planes import pack
from common.challenges.masks.sequences import frame_pairs, score_sequences
from common.challenges.palette import VOID
from common.core.errors import InputError

MAX_PROPOSALS = 20
TASK = MaskTask(
    format="davis-unsup",
    lists={
        "train": "ImageSets/2017/train.txt",
        "validation": "ImageSets/2017/val.txt",
        "test": "ImageSets/2019/test-dev.txt",
    },
    annotations="Annotations_unsupervised/480p",
    pictures="JPEGImages/480p",
    published=PUBLISHED,
)
RULES = MaskRules(task=TASK, max_id=MAX_PROPOSALS)


def check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect and warning of a ZIP or folder of masks."""
    return check_masks(pred, ground_truth, settings.subset, RULES)


def evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation:
    """J and F (mean, recall, decay) of the proposals that were assigned to objects.

    Row `<sequence>_<k>` is the k-th assigned proposal in ascending proposal id, not object k, as in
    the official program; `matching` says which object each row belongs to. Arrays: `J/<sequence>`
    and `F/<sequence>`, (rows, frames).

    Raises:
        InputError: missing or unreadable mask, wrong size, an id above 20.
    """
    truth = read_truth(TASK, ground_truth, settings.subset)
    pairs = score_sequences(score_sequence, pred, truth)
    rows: dict[str, SequenceScores] = {}
    matching: dict[str, dict[str, int]] = {}
    for sequence, scores in pairs.items():
        proposals, objects = assign(scores.region, scores.contour)
        rows[sequence] = replace(
            scores,
            region=scores.region[proposals, objects],
            contour=scores.contour[proposals, objects],
        )
        matching[sequence] = {
            str(p + 1): int(g) + 1 for p, g in zip(proposals, objects, strict=True)
        }
    counts = {
        "sequences": len(rows),
        "objects": sum(len(scores.region) for scores in rows.values()),
        "frames": sum(scores.n_frames for scores in rows.values()),
        "proposals": sum(len(scores.region) for scores in pairs.values()),
    }
    scores_found = {**official_tables(rows), "matching": matching}
    warnings = truth.count_warnings() + remarks(rows)
    return Evaluation(scores_found, counts, warnings, per_frame_arrays(rows))


def assign(region: Values, contour: Values) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The assignment that maximises the sum of (mean J + mean F) / 2.

    Args:
        region, contour: (R, N, T), R >= N.

    Returns:
        N proposals in ascending order, and the object of each.
    """
    from scipy.optimize import linear_sum_assignment

    gain = (region.mean(axis=2) + contour.mean(axis=2)) / 2
    proposals, objects = linear_sum_assignment(-gain)
    return proposals, objects


def score_sequence(sequence: str, files: MaskFiles, truth: MaskTruth) -> SequenceScores:
    """J and F of every proposal against every object: (R, N, T) each, R >= N.

    Ids above the first frame's largest are background; unused ids below R are empty proposals.
    """
    frames = truth.frames(sequence)
    n = truth.n_objects(sequence)
    highest = n
    region = np.empty((max(MAX_PROPOSALS, n), n, len(frames)))
    contour = np.empty_like(region)
    pairs = frame_pairs(sequence, files, truth, frames)
    for t, (frame, (wanted, given)) in enumerate(zip(frames, pairs, strict=True)):
        highest = max(highest, top := int(given.max()))
        if top > MAX_PROPOSALS:
            raise InputError(
                "mask.id",
                f"{files.path}: {sequence}/{frame}.png",
                f"id {top}, at most {MAX_PROPOSALS} proposals are allowed",
                "Keep the best proposals and number them from 1.",
            )
        void = pack(wanted, [VOID])[0]
        objects = shapes_of(wanted, range(1, n + 1), void)
        # The last plane is empty and stands for all proposals that this frame does not show.
        proposals = shapes_of(given, [*range(1, top + 1), VOID], void)
        j, f = pair_measures(objects, proposals)
        region[:top, :, t], region[top:, :, t] = j[:-1], j[-1]
        contour[:top, :, t], contour[top:, :, t] = f[:-1], f[-1]
    return SequenceScores(region[:highest], contour[:highest], len(frames))


def package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None:
    """Write the ZIP: sequence folders at top level, palette PNGs with the DAVIS palette."""
    package_masks(pred, out, ground_truth, settings.subset, RULES)


def schema() -> dict[str, Any]:
    """JSON Schema of the list of files of a submission."""
    return layout_schema(RULES)

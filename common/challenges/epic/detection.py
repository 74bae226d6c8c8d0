"""Format `epic-detection`: mAP of verbs, nouns and actions over tIoU 0.1, 0.2, ..., 0.5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.epic.annotations import N_NOUNS
from common.challenges.epic.detection_checks import CHALLENGE, check_bytes
from common.challenges.epic.detection_entries import (
    ActionIds,
    EntryTable,
    official_entries,
    table_of,
)
from common.challenges.epic.ground_truth import EpicTruth, read_truth
from common.challenges.epic.head import LEVELS, read_submission, require_official_head
from common.challenges.epic.schemas import detection_schema
from common.challenges.epic.writer import package_submission
from common.challenges.findings import Findings
from common.challenges.formats import Evaluation, Settings
from common.challenges.json_reading import member_place
from common.challenges.payloads import read_payload
from common.challenges.result_file import open_leniently
from common.challenges.temporal.columns import (
    Columns,
    Floats,
    Instances,
    Ints,
    Scored,
    column,
    floats,
    numbered,
    numbers,
)
from common.challenges.temporal.detection_map import DetectionScores, detection_scores
from common.core.errors import InputError

TIOU: Floats = np.linspace(0.1, 0.5, 5)
TASKS = ("verb", "noun", "action")


def evaluate_detections(
    truth: Columns, predictions: Columns, tiou: Floats = TIOU
) -> DetectionScores:
    """Score detections of one task (verb, noun or action) that are in memory.

    Args:
        truth: columns video, start, end (seconds), label (integers); the classes, ascending.
        predictions: columns video, start, end, label, score; rows of a label that the truth does
            not have are dropped, as in the official script.
        tiou: (T,) thresholds.

    Raises:
        InputError: no ground truth.
    """
    videos = numbered(column(truth, "video"))
    return _task_scores(
        _instances(truth, videos),
        Scored(_instances(predictions, videos), floats(predictions["score"])),
        tiou,
    )


def _instances(table: Columns, videos: dict[Any, int]) -> Instances:
    return Instances(
        numbers(column(table, "video"), videos),
        np.asarray(table["label"], dtype=np.intp).reshape(-1),
        floats(table["start"]),
        floats(table["end"]),
    )


def _task_scores(truth: Instances, predictions: Scored, tiou: Floats) -> DetectionScores:
    """Number the classes that the truth has, drop the other predictions, and score."""
    classes, of_truth = np.unique(truth.label, return_inverse=True)
    if not classes.size:
        raise InputError("truth.empty", "truth", "no labelled segment", "Give the annotations.")
    rows = predictions.instances
    slot = np.minimum(np.searchsorted(classes, rows.label), classes.size - 1)
    kept = np.flatnonzero(classes[slot] == rows.label)
    ours = Instances(rows.video[kept], slot[kept], rows.start[kept], rows.end[kept])
    return detection_scores(
        replace(truth, label=of_truth.astype(np.intp)),
        Scored(ours, predictions.score[kept]),
        tuple(classes.tolist()),
        tiou,
    )


def evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation:
    """The official detection scores of a submission; see `formats.evaluate`.

    Arrays: `<task>_ap` (5, C), `<task>_map` (5,), `<task>_classes` (C,) of the three tasks, `tiou`.
    """
    truth = read_truth(ground_truth, settings)
    truth.require_classes()
    file = open_leniently(read_payload(pred, "test.json"), str(pred))
    require_official_head(file.head, CHALLENGE, str(pred))
    if file.results is None:
        raise InputError("epic.results", f"{pred} $.results", "no results", "Is it the right file?")
    table = _table(file.results, pred)
    known = truth.videos
    video = np.array([known.get(name, -1) for name in file.results], dtype=np.intp)[table.video]
    scores: dict[str, Any] = {"tiou_thresholds": TIOU.tolist()}
    arrays: dict[str, Any] = {"tiou": TIOU}
    counts = {
        "videos": len(known),
        "segments": len(truth.segments),
        "predictions": int(table.score.size),
        "rows_in_other_videos": int((video < 0).sum()),
        "videos_without_predictions": len(known) - np.unique(video[video >= 0]).size,
    }
    for task in TASKS:
        labels, predicted = _labels(truth, table, task)
        result = _scored_task(truth, table, video, labels, predicted)
        kept = int(np.isin(predicted, labels).sum())
        scores[task] = _entry(task, result, kept)
        counts[f"{task}_rows_of_absent_classes"] = int(table.score.size) - kept
        arrays |= {f"{task}_ap": result.ap, f"{task}_map": result.map_per_tiou}
        arrays[f"{task}_classes"] = np.array(result.classes)
    scores |= {key: file.head[key] for key in LEVELS}
    warnings = list(truth.warnings)
    if not table.score.size:
        warnings.append("the file holds no prediction at all")
    if file.repeats_keys:
        warnings.append("a video stands more than once in results; the last one counts")
    return Evaluation(scores, counts, warnings, arrays)


def _table(results: Mapping[str, Any], pred: Path) -> EntryTable:
    entries = official_entries(results, str(pred))
    try:
        return table_of(entries, ActionIds())
    except ValueError:
        raise _bad_action(results, entries, pred) from None


def _bad_action(results: Mapping[str, Any], entries: Any, pred: Path) -> InputError:
    """The error that names the first action text that is not two classes."""
    known = ActionIds()
    for video, items in zip(results, entries, strict=True):
        for index, entry in enumerate(items):
            try:
                known[entry.action]
            except ValueError:
                place = f"{pred} {member_place('$.results', video)}[{index}].action"
                problem = (
                    f"{entry.action[:40]!r} is not a verb from 0 to 96 and a noun from 0 to 299"
                )
                return InputError("epic.action", place, problem, 'Write "verb,noun".')
    raise AssertionError("every action text is right")


def _labels(truth: EpicTruth, table: EntryTable, task: str) -> tuple[Ints, Ints]:
    """(N,) labels of the truth and (M,) of the predictions."""
    if task == "verb":
        return truth.verb, table.verb
    if task == "noun":
        return truth.noun, table.noun
    return truth.verb * N_NOUNS + truth.noun, table.action


def _scored_task(
    truth: EpicTruth, table: EntryTable, video: Ints, labels: Ints, predicted: Ints
) -> DetectionScores:
    known, times = truth.videos, truth.times
    of_truth = np.array([known[segment.video] for segment in truth.segments], dtype=np.intp)
    return _task_scores(
        Instances(of_truth, labels, times[:, 0], times[:, 1]),
        Scored(Instances(video, predicted, table.start, table.end), table.score),
        TIOU,
    )


def _entry(task: str, result: DetectionScores, kept: int) -> dict[str, Any]:
    percent = (result.map_per_tiou * 100).tolist()
    displayed = {f"{task}_map_at_0{i}": value for i, value in enumerate(percent, 1)}
    return {
        "classes": list(result.classes),
        "mAP": result.map_per_tiou.tolist(),
        "average_mAP": result.average_map,
        "displayed": displayed | {f"{task}_map_avg": result.average_map * 100},
        "n_pred_kept": kept,
        "ap": dict(zip(map(str, result.classes), result.ap.T.tolist(), strict=True)),
    }


def check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect of a detection submission; see `formats.check`."""
    truth = read_truth(ground_truth, settings) if ground_truth else None
    findings = Findings()
    data = read_submission(pred, findings)
    if data is not None:
        check_bytes(data, truth, findings)
    return findings


def package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None:
    """Write the ZIP for the server; see `formats.package`."""
    truth = read_truth(ground_truth, settings) if ground_truth else None
    package_submission(pred, out, lambda data, findings: check_bytes(data, truth, findings))


def schema() -> dict[str, Any]:
    """JSON Schema of `test.json`."""
    return detection_schema()

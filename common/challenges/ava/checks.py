"""What is wrong with a CSV of detections, line by line.

Verdicts: a defect is what the server refuses, skips or scores other than meant; a warning is what
it scores as it stands but looks like a mistake (docs, formats/ava).
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.challenges.ava.ground_truth import BoxTruth, read_excluded, read_truth
from common.challenges.ava.key_frame_rules import frame_rules
from common.challenges.ava.labels import N_ACTIONS, LabelMap, ava_label_map
from common.challenges.ava.line_findings import Level, LineFindings
from common.challenges.ava.reading import regular_rows
from common.challenges.ava.row_tables import at_frames
from common.challenges.ava.rows import RowBuilder, Rows
from common.challenges.findings import Findings
from common.challenges.formats import Settings
from common.challenges.payloads import is_gzip, is_zip, read_plain
from common.core.errors import InputError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FIX_TEXT = "Write plain UTF-8 text without byte order mark."
_FIX_BOX = "Write x1,y1,x2,y2 as fractions of width and height, top left corner first."


def check_rows(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect and warning of a CSV of detections.

    Raises:
        InputError: the ground truth cannot be used.
    """
    findings, lines = Findings(), LineFindings()
    truth = read_truth(ground_truth, settings) if ground_truth else None
    if truth is None:
        findings.note("without a ground truth, videos and excluded key frames are not checked")
    try:
        if is_zip(pred) or is_gzip(pred):
            raise InputError(
                "ava.container", str(pred), "is compressed", "Upload the plain CSV file."
            )
        data = read_plain(pred)
    except InputError as error:
        findings.reject(error.rule, "", error.problem, error.fix)
        return findings
    rows = _read(data, lines)
    _check_frames(rows, truth, settings, lines)
    _check_boxes(rows, lines)
    _check_scores(rows, lines)
    _check_actions(rows, truth.labels if truth else ava_label_map(), settings.capacity, lines)
    lines.emit(findings)
    return findings


def _read(data: bytes, found: LineFindings) -> Rows:
    """The rows that can be read; what cannot be read is noted."""
    rows = regular_rows(data)
    if rows is not None:
        return rows
    builder = RowBuilder()
    if not data:
        found.one("defect", "ava.empty", 1, "the file is empty", "Give a file of detections.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        found.one("defect", "ava.encoding", 1, "UTF-16 text, UTF-8 is expected", _FIX_TEXT)
        return builder.rows()
    if data.startswith(_BYTE_ORDER_MARK):
        found.one("defect", "ava.encoding", 1, "a byte order mark before the text", _FIX_TEXT)
        data = data.removeprefix(_BYTE_ORDER_MARK)
    for number, line in enumerate(_lines(data), 1):
        try:
            builder.add(_cells(line, number), number)
        except InputError as error:
            found.one("defect", error.rule, number, error.problem, error.fix)
    return builder.rows()


def _lines(data: bytes) -> list[bytes]:
    lines = re.split(rb"\r\n|\n|\r", data)
    return lines if lines[-1] else lines[:-1]


def _cells(line: bytes, number: int) -> list[str]:
    where = f"line {number}"
    if b"\0" in line:
        raise InputError("ava.encoding", where, "a NUL byte", _FIX_TEXT)
    if b'"' in line:
        fix = "Write plain cells; no cell of this format needs quotes."
        raise InputError("ava.quotes", where, "a quoted cell", fix)
    try:
        return line.decode("utf-8").split(",")
    except UnicodeDecodeError as error:
        raise InputError("ava.encoding", where, "is not UTF-8 text", _FIX_TEXT) from error


def _check_frames(
    rows: Rows, truth: BoxTruth | None, settings: Settings, found: LineFindings
) -> None:
    """Known videos, key frames, exclusion lists; rows with boxes and rows without."""
    rules = frame_rules(truth.rows if truth else None)
    # Without a ground truth a Kinetics clip cannot be told from a movie.
    level: Level = "defect" if truth else "warning"

    def about_video(row: int) -> tuple[str, str]:
        return rules.about_video(rows.videos[rows.video[row]])

    def about_time(row: int) -> tuple[str, str]:
        return rules.about_time(rows.videos[rows.video[row]], rows.stamps[rows.stamp[row]])

    found.many("defect", "ava.video", rows.lines, rules.unknown_videos(rows), about_video)
    found.many(level, "ava.key_frame", rows.lines, rules.wrong_times(rows), about_time)
    for frame in rows.empty:
        if not rules.knows(frame.video):
            found.one("defect", "ava.video", frame.line, *rules.about_video(frame.video))
        elif not rules.takes(frame.video, frame.stamp):
            words = rules.about_time(frame.video, frame.stamp)
            found.one(level, "ava.key_frame", frame.line, *words)
    lists = truth.files.excluded if truth else ()
    if settings.exclude is not None:
        lists = (*lists, Path(settings.exclude))
    excluded = at_frames(rows, read_excluded(lists))
    about = "a key frame of the exclusion list: ignored", "Leave these rows out."
    found.many("warning", "ava.excluded", rows.lines, excluded, lambda row: about)


def _check_boxes(rows: Rows, found: LineFindings) -> None:
    x1, y1, x2, y2 = rows.boxes
    within = np.logical_and.reduce((rows.boxes >= 0) & (rows.boxes <= 1), axis=0)

    def about_range(row: int) -> tuple[str, str]:
        box = rows.boxes[:, row]
        pixels = " (pixels?)" if np.isfinite(box).all() and box.max() > 2 else ""
        return f"box {_shown(box)} is not within [0, 1]{pixels}", _FIX_BOX

    def about_order(row: int) -> tuple[str, str]:
        return f"box {_shown(rows.boxes[:, row])} has no area: x1 < x2 and y1 < y2 must hold", (
            _FIX_BOX + " (Is this x,y,width,height?)"
        )

    found.many("defect", "ava.box_range", rows.lines, ~within, about_range)
    upright = (x1 < x2) & (y1 < y2)
    found.many("defect", "ava.box_order", rows.lines, within & ~upright, about_order)


def _check_scores(rows: Rows, found: LineFindings) -> None:
    finite = np.isfinite(rows.scores)
    beyond = finite & ~((rows.scores >= 0) & (rows.scores <= 1))
    unscored = np.zeros(len(rows), np.bool_)
    unscored[rows.unscored] = True

    def about(row: int) -> str:
        return f"score {rows.scores[row]:g}"

    fix = "Write a finite number, in [0, 1] best."
    found.many(
        "defect", "ava.score", rows.lines, ~finite, lambda r: (f"{about(r)} is not finite", fix)
    )
    problem = "is outside [0, 1]; only the order of scores matters"
    found.many(
        "warning", "ava.score_range", rows.lines, beyond, lambda r: (f"{about(r)} {problem}", fix)
    )
    told = "no score: the server takes 1.0", "Write the score as the eighth column."
    found.many("warning", "ava.no_score", rows.lines, unscored, lambda row: told)


def _check_actions(rows: Rows, labels: LabelMap, capacity: int, found: LineFindings) -> None:
    last = max(N_ACTIONS, labels.n_classes)
    exists = (rows.actions >= 1) & (rows.actions <= last)
    counted = np.isin(rows.actions, list(labels.names))

    def about_none(row: int) -> tuple[str, str]:
        fix = f"Write the id of an action, 1 to {last}."
        return f"action {rows.actions[row]} does not exist", fix

    def about_other(row: int) -> tuple[str, str]:
        problem = f"action {rows.actions[row]} is not one of the {len(labels.names)} that count"
        return f"{problem}: the row is ignored", "Leave these rows out."

    found.many("defect", "ava.action", rows.lines, ~exists, about_none)
    found.many("warning", "ava.action_other", rows.lines, exists & ~counted, about_other)
    if capacity > 0:
        _check_capacity(rows, np.flatnonzero(counted), capacity, found)


def _check_capacity(
    rows: Rows, counted: NDArray[np.int64], capacity: int, found: LineFindings
) -> None:
    """One warning for each key frame with too many rows, at the first row too many."""
    frames = rows.video[counted].astype(np.int64) * len(rows.stamps) + rows.stamp[counted]
    order = np.argsort(frames, kind="stable")
    starts = np.flatnonzero(np.diff(frames[order], prepend=-1))
    lengths = np.diff(starts, append=len(order))
    full = lengths > capacity
    surplus = counted[order[starts[full] + capacity]]
    sizes = dict(zip(surplus.tolist(), lengths[full].tolist(), strict=True))
    flags = np.zeros(len(rows), np.bool_)
    flags[surplus] = True

    def about(row: int) -> tuple[str, str]:
        problem = f"{sizes[row]} rows at this key frame, only the {capacity} best count"
        return problem, "Keep the best rows of each key frame."

    found.many("warning", "ava.capacity", rows.lines, flags, about)


def _shown(box: NDArray[np.float64]) -> str:
    return ",".join(f"{number:g}" for number in box)

"""Rows of AVA files as columns, and the row-by-row reader that explains what is wrong.

A row is `video, timestamp, x1, y1, x2, y2, action, score or person` (8 columns), the same without
the last (7), or `video, timestamp` (2): a key frame without boxes.

Source: docs, formats/ava sections 1 and 2.2.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError

COLUMNS = ("video", "timestamp", "x1", "y1", "x2", "y2", "action", "score")
SCORE_OF_SEVEN_COLUMNS = 1.0
_HUGE = 1 << 62
_FIX_COLUMNS = "Write video,timestamp,x1,y1,x2,y2,action,score on each line, and nothing else."


@dataclass(frozen=True, slots=True)
class EmptyFrame:
    """A key frame that is listed without boxes."""

    line: int
    video: str
    stamp: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one file, in file order.

    Args:
        videos: ids that occur.
        stamps: timestamps that occur, as seconds with six decimals: `902.000000`.
        video: (n,) index into `videos`.
        stamp: (n,) index into `stamps`.
        boxes: (4, n) x1, y1, x2, y2 as fractions of width and height.
        actions: (n,) action ids.
        scores: (n,) the eighth column (the person in ground truth), 1.0 where there is none.
        lines: (n,) line of each row, from 1.
        unscored: (m,) indices of the rows of seven columns.
        empty: the rows of two columns.
    """

    videos: tuple[str, ...]
    stamps: tuple[str, ...]
    video: NDArray[np.int32]
    stamp: NDArray[np.int32]
    boxes: NDArray[np.float64]
    actions: NDArray[np.int64]
    scores: NDArray[np.float64]
    lines: NDArray[np.int64]
    unscored: NDArray[np.int64]
    empty: tuple[EmptyFrame, ...] = ()

    def __len__(self) -> int:
        return len(self.actions)


def stamp_text(text: str) -> str:
    """The key of a timestamp: `902`, `0902` and `902.0` are one key frame.

    Raises:
        ValueError: not a number.
    """
    try:
        return f"{float(Decimal(text)):.6f}"
    except ArithmeticError as error:
        raise ValueError(text) from error


class RowBuilder:
    """Collects rows one by one, with the number syntax of the official program (Python's)."""

    def __init__(self) -> None:
        self._videos: dict[str, int] = {}
        self._stamps: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._video, self._stamp = array("i"), array("i")
        self._boxes, self._scores = array("d"), array("d")
        self._actions, self._lines, self._unscored = array("q"), array("q"), array("q")
        self._empty: list[EmptyFrame] = []

    def add(self, cells: Sequence[str], line: int) -> None:
        """Take one row.

        Raises:
            InputError: it is malformed; `where` is `line N`.
        """
        if len(cells) not in (2, 7, 8):
            raise _wrong_columns(cells, line)
        stamp = self._stamp_of(cells[1], line)
        if len(cells) == 2:
            self._empty.append(EmptyFrame(line, cells[0], stamp))
            return
        box = [
            _number(text, name, line) for text, name in zip(cells[2:6], COLUMNS[2:6], strict=True)
        ]
        action = _action(cells[6], line)
        score = SCORE_OF_SEVEN_COLUMNS
        if len(cells) == 8:
            score = _number(cells[7], "score", line)
        else:
            self._unscored.append(len(self._actions))
        self._video.append(self._videos.setdefault(cells[0], len(self._videos)))
        self._stamp.append(self._stamps.setdefault(stamp, len(self._stamps)))
        self._boxes.extend(box)
        self._actions.append(action)
        self._scores.append(score)
        self._lines.append(line)

    def _stamp_of(self, text: str, line: int) -> str:
        if text not in self._texts:
            try:
                self._texts[text] = stamp_text(text)
            except ValueError as error:
                header = "Leave out the header line." if line == 1 else "Write seconds, e.g. 902."
                raise _fault(
                    "ava.timestamp", line, f"timestamp {_shown(text)} is not a number", header
                ) from error
        return self._texts[text]

    def rows(self) -> Rows:
        """What was collected."""
        boxes = np.frombuffer(self._boxes, np.float64) if self._boxes else np.zeros(0)
        return Rows(
            tuple(self._videos),
            tuple(self._stamps),
            np.array(self._video, np.int32),
            np.array(self._stamp, np.int32),
            np.ascontiguousarray(boxes.reshape(-1, 4).T),
            np.array(self._actions, np.int64),
            np.array(self._scores, np.float64),
            np.array(self._lines, np.int64),
            np.array(self._unscored, np.int64),
            tuple(self._empty),
        )


def _wrong_columns(cells: Sequence[str], line: int) -> InputError:
    if not any(cells):
        return _fault("ava.columns", line, "an empty line", "Remove the line.")
    problem = f"{len(cells)} columns, expected 8 (or 2 for a key frame without boxes)"
    fix = _FIX_COLUMNS
    if len(cells) == 1:
        other = next((name for mark, name in _SEPARATORS.items() if mark in cells[0]), "")
        fix = f"Separate the columns by commas, not by {other}." if other else fix
    elif len(cells) > 8:
        fix = "Write numbers with a decimal point, not a comma. " + fix
    return _fault("ava.columns", line, problem, fix)


_SEPARATORS = {";": "semicolons", "\t": "tabs"}


def _number(text: str, name: str, line: int) -> float:
    try:
        return float(text)
    except ValueError as error:
        problem = f"{name} {_shown(text)} is not a number"
        raise _fault("ava.number", line, problem, _FIX_COLUMNS) from error


def _action(text: str, line: int) -> int:
    try:
        value = int(text)
    except ValueError as error:
        problem = f"action {_shown(text)} is not a whole number"
        fix = "Write the id of the action, from 1 to 80."
        raise _fault("ava.action_number", line, problem, fix) from error
    return value if abs(value) < _HUGE else int(math.copysign(_HUGE, value))


def _fault(rule: str, line: int, problem: str, fix: str) -> InputError:
    return InputError(rule, f"line {line}", problem, fix)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")

"""Annotation tables in CSV: columns by name, every malformed row named by its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from common.challenges.payloads import read_payload
from common.core.errors import InputError

Row = TypeVar("Row")
_NAMED = 50
_FIX = "Use the official file, or one of the same columns."


class RowFault(ValueError):
    """A fault of a row that has a rule of its own; other faults go by `table.row`."""

    def __init__(self, rule: str, problem: str) -> None:
        super().__init__(problem)
        self.rule = rule


def read_table(
    path: Path,
    columns: Sequence[str],
    parse: Callable[[Mapping[str, str]], Row],
    unique: str | None = None,
) -> list[Row]:
    """Rows of a CSV file (plain or `.gz`) with a header line.

    Args:
        path: the file.
        columns: columns that must be there; others are passed on too.
        parse: makes a row out of column name -> text; a ValueError says what is wrong with it, a
            RowFault also by which rule.
        unique: column of which no value may stand twice.

    Raises:
        InputError: unreadable file, missing column, or malformed or repeated rows; the message
            names the line of the first and lists the lines of the others.
    """
    lines = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[Row] = []
    faults: list[tuple[int, ValueError | csv.Error]] = []
    seen: dict[str, int] = {}
    try:
        header = next(lines, [])
        _check_header(header, columns, path)
        for cells in lines:
            if not cells:
                continue
            try:
                row = _cells(header, cells)
                rows.append(parse(row))
                if unique is not None:
                    _check_unique(row[unique], seen, lines.line_num)
            except ValueError as error:
                faults.append((lines.line_num, error))
    except csv.Error as error:
        faults.append((lines.line_num, error))
    if faults:
        raise _malformed(path, faults)
    return rows


def _text(path: Path) -> str:
    data = read_payload(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("table.encoding", f"{path} line {line}", "not UTF-8 text", _FIX) from error


def _check_header(header: Sequence[str], columns: Sequence[str], path: Path) -> None:
    missing = [name for name in columns if name not in header]
    if missing:
        raise InputError("table.columns", f"{path} line 1", f"no column {', '.join(missing)}", _FIX)


def _cells(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    if len(cells) != len(header):
        raise ValueError(f"{len(cells)} cells, the header has {len(header)}")
    return dict(zip(header, cells, strict=True))


def _check_unique(value: str, seen: dict[str, int], line: int) -> None:
    if value in seen:
        raise ValueError(f"{value} stands on line {seen[value]} already")
    seen[value] = line


def _malformed(path: Path, faults: Sequence[tuple[int, ValueError | csv.Error]]) -> InputError:
    line, first = faults[0]
    rule, problem = first.rule if isinstance(first, RowFault) else "table.row", str(first)
    problem += name_others([str(number) for number, _ in faults[1:]], "malformed rows, lines ")
    return InputError(rule, f"{path} line {line}", problem, _FIX)


def name_others(places: Sequence[str], what: str) -> str:
    """` (3 more malformed rows, lines 4, 6, 9)`: ends the message about the first; at most 50."""
    if not places:
        return ""
    more = ", …" if len(places) > _NAMED else ""
    return f" ({len(places):,} more {what}{', '.join(places[:_NAMED])}{more})"

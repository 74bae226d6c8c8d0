"""Read AVA files: millions of regular rows by a columnar parser, anything odd row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from common.challenges.ava.rows import (
    COLUMNS,
    SCORE_OF_SEVEN_COLUMNS,
    EmptyFrame,
    RowBuilder,
    Rows,
    stamp_text,
)
from common.challenges.csv_reading import name_others
from common.challenges.payloads import read_payload
from common.core.errors import InputError

Number = TypeVar("Number", np.float64, np.int32)
_BLOCK_BYTES = 4 << 20
_FIX_TEXT = "Write UTF-8 text without byte order mark."


def read_rows(path: Path) -> Rows:
    """The rows of a file (plain, `.gz`, or alone in a ZIP) as the official program reads them.

    Raises:
        InputError: unreadable file or malformed rows; the message names their lines.
    """
    return rows_of_bytes(read_payload(path), str(path))


def rows_of_bytes(data: bytes, where: str) -> Rows:
    """The same for the bytes of a file; `where` is its name in messages.

    Raises:
        InputError: a malformed row.
    """
    rows = regular_rows(data)
    if rows is not None:
        return rows
    builder = RowBuilder()
    faults: list[InputError] = []
    try:
        for line, cells in _official_cells(data):
            try:
                builder.add(cells, line)
            except InputError as error:
                faults.append(error)
    except InputError as error:
        faults.append(error)
    if faults:
        first, *others = faults
        problem = first.problem + name_others([e.where for e in others], "malformed rows: ")
        raise InputError(first.rule, f"{where} {first.where}", problem, first.fix)
    return builder.rows()


def _official_cells(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Cells by line as Python's csv module gives them, quotes included."""
    try:
        text = io.StringIO(data.decode("utf-8"), newline=None)
    except UnicodeDecodeError as error:
        raise encoding_fault(data, error.start) from error
    lines = csv.reader(text)
    try:
        for cells in lines:
            yield lines.line_num, cells
    except csv.Error as error:
        fix = "Write plain cells without quotes."
        raise InputError("ava.columns", f"line {lines.line_num}", str(error), fix) from error


def encoding_fault(data: bytes, at: int) -> InputError:
    """The error for bytes that are not UTF-8 text, with the line of the first."""
    line = data.count(b"\n", 0, at) + 1
    return InputError("ava.encoding", f"line {line}", "is not UTF-8 text", _FIX_TEXT)


def regular_rows(data: bytes) -> Rows | None:
    """The rows of a file without anything odd, in a fraction of the time; None otherwise.

    Regular: finite numbers of the plainest syntax, ASCII without quotes, 7 or 8 columns in all rows
    but those of 2.
    """
    first = data[: data.find(b"\n") + 1 or len(data)]
    columns = 7 if first.count(b",") == 6 else 8
    if not data or not data.isascii() or b'"' in data or b"\0" in data:
        return None
    short: list[Any] = []
    table = _parse(data, columns, short, in_order=False)
    if short and table is not None:
        # The parser counts lines only when it works alone.
        short.clear()
        table = _parse(data, columns, short, in_order=True)
    if table is None:
        return None
    try:
        return _rows_of_table(table, short)
    except (ValueError, OverflowError):  # a timestamp or an action that is no number
        return None


def _parse(data: bytes, columns: int, short: list[Any], *, in_order: bool) -> Any | None:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    irregular = False

    def odd_row(row: Any) -> str:
        nonlocal irregular
        if row.actual_columns == 2:
            short.append((row.number, row.text))
            return "skip"
        irregular = True
        return "error"

    text = pa.dictionary(pa.int32(), pa.string())
    kinds = [text, text, *[pa.float64()] * 4, text, pa.float64()]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(
                column_names=COLUMNS[:columns],
                block_size=_BLOCK_BYTES,
                use_threads=not in_order,
            ),
            parse_options=arrow_csv.ParseOptions(
                quote_char=False, ignore_empty_lines=False, invalid_row_handler=odd_row
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict(zip(COLUMNS, kinds, strict=True)),
                null_values=[],
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OverflowError):
        return None
    return None if irregular else table.unify_dictionaries()


def _rows_of_table(table: Any, short: list[tuple[int, str]]) -> Rows | None:
    boxes = np.stack([_floats(table[name]) for name in COLUMNS[2:6]])
    n = table.num_rows
    if "score" in table.column_names:
        scores, unscored = _floats(table["score"]), np.zeros(0, np.int64)
    else:
        scores, unscored = np.full(n, SCORE_OF_SEVEN_COLUMNS), np.arange(n)
    if not (np.isfinite(boxes).all() and np.isfinite(scores).all()):
        return None
    videos, video = _codes(table["video"])
    texts, stamp = _codes(table["timestamp"])
    ids, action = _codes(table["action"])
    stamps: dict[str, int] = {}
    canonical = [stamps.setdefault(stamp_text(text), len(stamps)) for text in texts]
    empty = []
    for line, row in sorted(short):
        name, text = row.split(",")
        empty.append(EmptyFrame(line, name, stamp_text(text)))
    return Rows(
        tuple(videos),
        tuple(stamps),
        video,
        np.array(canonical, np.int32)[stamp],
        boxes,
        np.array([int(text) for text in ids], np.int64)[action],
        scores,
        _line_numbers(n, [frame.line for frame in empty]),
        unscored,
        tuple(empty),
    )


def _floats(column: Any) -> NDArray[np.float64]:
    return _values(column.combine_chunks(), np.float64)


def _codes(column: Any) -> tuple[list[str], NDArray[np.int32]]:
    """Different texts of a column, and which of them stands in each row."""
    merged = column.combine_chunks()
    if not column.num_chunks:
        return [], np.zeros(0, np.int32)
    return merged.dictionary.to_pylist(), _values(merged.indices, np.int32)


def _values(array: Any, kind: type[Number]) -> NDArray[Number]:
    # Its own conversion to numpy would import pandas, which takes longer than reading the file.
    if not len(array):
        return np.zeros(0, kind)
    return np.frombuffer(array.buffers()[1], kind)[array.offset : array.offset + len(array)]


def _line_numbers(n: int, taken: list[int]) -> NDArray[np.int64]:
    lines = np.arange(1, n + len(taken) + 1)
    return np.delete(lines, np.array(taken, np.int64) - 1) if taken else lines

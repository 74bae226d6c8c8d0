"""Tables between the stages: Parquet, fixed columns, seconds as float64."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from pandas.api.types import is_float_dtype, is_string_dtype
from pyarrow import ArrowException

from common.core.errors import InputError
from common.core.files import write_with

PROPOSAL_COLUMNS = ("video", "start", "end", "score", "member")
DETECTION_COLUMNS = ("video", "start", "end", "label", "score", "member")
CLASS_SCORE_COLUMNS = ("video", "label", "score")
_NUMBERS = ("start", "end", "score")


def make_table(columns: Sequence[str], values: dict[str, object]) -> pd.DataFrame:
    """A table with exactly `columns`, in their order and types; scalars fill their column."""
    frame = pd.DataFrame({name: values[name] for name in columns})
    return frame.astype({n: "float64" if n in _NUMBERS else "str" for n in columns})


def empty_table(columns: Sequence[str]) -> pd.DataFrame:
    """A table with the columns and no row."""
    return make_table(columns, {name: [] for name in columns})


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a table atomically; equal tables give equal bytes (with the same library versions)."""
    write_with(path, lambda temporary: frame.to_parquet(temporary, index=False))


def read_table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a table and check that it has exactly these columns, in this order, of the right types.

    Raises:
        InputError: missing, not Parquet, other columns, or text where numbers belong.
    """
    try:
        frame = pd.read_parquet(path)
    except FileNotFoundError as error:
        raise _bad(path, "no such file") from error
    except (OSError, ValueError, ArrowException) as error:
        raise _bad(path, f"is not a whole Parquet file ({str(error)[:80]})") from error
    if tuple(frame.columns) != tuple(columns):
        found, expected = ", ".join(map(str, frame.columns)), ", ".join(columns)
        raise _bad(path, f"has the columns {found}; expected {expected}")
    for name in columns:
        is_right = is_float_dtype if name in _NUMBERS else is_string_dtype
        if len(frame) and not is_right(frame[name].dtype):
            raise _bad(path, f"column {name} has type {frame[name].dtype}")
    return frame


def _bad(path: Path, problem: str) -> InputError:
    return InputError("table.layout", str(path), problem, "Run the stage that makes it again.")

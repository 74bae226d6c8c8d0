"""`.safetensors` files with the same bytes each time.

The library's writer stores the metadata in the order of a randomised hash table, so two runs give
two files. Here the header is sorted afterwards; nothing else in the file changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from common.core.errors import InputError
from common.core.files import write_bytes


def write_tensors(
    path: Path, arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]
) -> None:
    """Write named arrays and text to `path`, atomically; equal content gives equal bytes.

    Raises:
        InputError: the file cannot be written.
    """
    # `ascontiguousarray` would give an array without axes one.
    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    write_bytes(path, sort_header(save(whole, dict(metadata))))


def read_tensors(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Arrays by name, and the metadata.

    Raises:
        InputError: no such file, or it is not a whole `.safetensors` file.
    """
    try:
        with safe_open(path, framework="np") as file:
            arrays = {name: file.get_tensor(name) for name in sorted(file.keys())}
            return arrays, dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise unreadable(path, error) from error


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of a file; its arrays stay on disk.

    Raises:
        InputError: no such file, or it is not a whole `.safetensors` file.
    """
    try:
        with safe_open(path, framework="np") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise unreadable(path, error) from error


def tensor_shape(path: Path, name: str) -> tuple[int, ...]:
    """The shape of one array of a file; the array stays on disk.

    Raises:
        InputError: no such file, it is not a whole `.safetensors` file, or it lacks the array.
    """
    try:
        with safe_open(path, framework="np") as file:
            return tuple(file.get_slice(name).get_shape())
    except (SafetensorError, OSError) as error:
        raise unreadable(path, error) from error


def read_rows(path: Path, name: str, first: int, stop: int) -> NDArray[Any]:
    """Rows `first` to `stop` of one array; the file is mapped only while they are copied.

    Raises:
        InputError: no such file, not a whole `.safetensors` file, or it lacks the rows.
    """
    try:
        with safe_open(path, framework="np") as file:
            rows: NDArray[Any] = np.array(file.get_slice(name)[first:stop])
            return rows
    except (SafetensorError, OSError) as error:
        raise unreadable(path, error) from error


def sort_header(data: bytes) -> bytes:
    """The bytes of a `.safetensors` file with the keys of its header in alphabetical order.

    Layout: 8 bytes of header length (little endian), the header in JSON padded with blanks to a
    multiple of 8, then the tensors at the offsets that the header gives, counted from its end.
    """
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def unreadable(path: Path, error: Exception) -> InputError:
    """The error for a `.safetensors` file that is missing or damaged."""
    if isinstance(error, FileNotFoundError):
        return InputError(
            "tensors.missing", str(path), "no such file", "Run the stage that makes it."
        )
    return InputError(
        "tensors.broken",
        str(path),
        f"is not a whole .safetensors file ({error})",
        "Delete it and run the stage that makes it again.",
    )

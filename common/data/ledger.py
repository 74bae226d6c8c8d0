"""The data folder and its two records: `pulled.json` (what came, with its hash), `links.json`
(where the user's own copies lie).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from common.core.errors import InputError
from common.core.files import write_json

_REPOSITORY = Path(__file__).resolve().parents[2]


def data_folder() -> Path:
    """The git-ignored folder `data/` of the working copy, or the folder that EMC2_DATA names."""
    return Path(os.environ.get("EMC2_DATA") or _REPOSITORY / "data")


@dataclass(frozen=True, slots=True)
class PulledFile:
    """What was pulled under one name: `file` is relative to the data folder."""

    file: str
    bytes: int
    sha256: str
    address: str


@dataclass(frozen=True, slots=True)
class Link:
    """The user's own copy of one source. `sha256` covers names and contents, or names and sizes
    only (`listing`) where hashing hundreds of gigabytes would take hours.
    """

    path: str
    files: int
    bytes: int
    hashed: Literal["content", "listing"]
    sha256: str


_Entry = TypeVar("_Entry", PulledFile, Link)


def read_pulled(folder: Path) -> dict[str, PulledFile]:
    """Name -> what was pulled into `folder`."""
    return _read(folder / "pulled.json", PulledFile)


def read_links(folder: Path) -> dict[str, Link]:
    """Name -> the user's own copy."""
    return _read(folder / "links.json", Link)


def record_pulled(folder: Path, name: str, entry: PulledFile) -> None:
    """Write one entry of `pulled.json`; the others stay."""
    _record(folder / "pulled.json", name, entry, PulledFile)


def record_link(folder: Path, name: str, entry: Link | None) -> None:
    """Write one entry of `links.json`, or remove it (None); the others stay."""
    _record(folder / "links.json", name, entry, Link)


def _read(path: Path, kind: type[_Entry]) -> dict[str, _Entry]:
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): kind(**entry) for name, entry in document.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            "data.record",
            str(path),
            f"is not a record that we wrote ({error})",
            "Move it away and run the command again.",
        ) from error


def _record(path: Path, name: str, entry: _Entry | None, kind: type[_Entry]) -> None:
    with _locked(path.parent):
        entries: dict[str, Any] = {key: asdict(old) for key, old in _read(path, kind).items()}
        entries.pop(name, None)
        if entry is not None:
            entries[name] = asdict(entry)
        write_json(path, entries)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two commands at once must not lose each other's entry."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / ".lock").open("a")
    except OSError as error:
        raise InputError(
            "file.write",
            str(folder),
            f"cannot be written ({error.strerror})",
            "Choose a data folder that you may write to (EMC2_DATA).",
        ) from error
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield

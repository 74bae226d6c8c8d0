"""The masks of a submission: a ZIP or a folder, `<sequence>/<frame>.png` at its top level."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.challenges.archive_entries import DEFAULT_LIMITS, Limits
from common.challenges.archives import Archive, refuse_unsafe
from common.challenges.findings import Finding
from common.challenges.palette import MAX_SIDE, decode_ids, read_header
from common.challenges.payloads import read_plain
from common.core.errors import InputError

_MASK_BYTES = MAX_SIDE * (MAX_SIDE + 1)


@dataclass(frozen=True, slots=True)
class MaskFiles:
    """An open submission. `names` are its files, relative, with `/`; folders are not among them."""

    path: Path
    names: tuple[str, ...]
    archive: Archive | None

    @property
    def defects(self) -> tuple[Finding, ...]:
        """What is unsafe about the archive."""
        return self.archive.defects if self.archive else ()

    def size(self, name: str) -> int:
        """Bytes of a file, as the archive claims."""
        return self.archive.size(name) if self.archive else (self.path / name).stat().st_size

    def read(self, name: str, limit: int = _MASK_BYTES) -> bytes:
        """The bytes of a file.

        Raises:
            InputError: damaged, or more than `limit` bytes.
        """
        if self.archive:
            return self.archive.read(name, limit)
        return read_plain(self.path / name, Limits(member_bytes=limit))

    def ids(self, name: str) -> NDArray[np.uint8]:
        """(H, W) object ids of a mask.

        Raises:
            InputError: no such file, not a mask, damaged.
        """
        place = f"{self.path}: {name}"
        known = name in self.archive if self.archive else (self.path / name).is_file()
        if not known:
            raise InputError("mask.missing", place, "no such mask", "Write a mask for each frame.")
        data = self.read(name)
        return decode_ids(data, read_header(data, place), place)


@contextmanager
def open_masks(path: Path) -> Iterator[MaskFiles]:
    """The masks of a ZIP or a folder.

    Raises:
        InputError: neither a folder nor a whole ZIP, or too many files.
    """
    if path.is_dir():
        yield MaskFiles(path, tuple(_walk(path, DEFAULT_LIMITS.members)), None)
        return
    with Archive(path) as archive:
        yield MaskFiles(path, archive.names, archive)


@contextmanager
def open_safe_masks(path: Path) -> Iterator[MaskFiles]:
    """The same, for evaluation: an archive with an unsafe entry is refused.

    Raises:
        InputError: also for the first unsafe entry.
    """
    with open_masks(path) as files:
        if files.archive:
            refuse_unsafe(files.archive)
        yield files


def _walk(root: Path, limit: int) -> list[str]:
    names: list[str] = []
    for folder, below, files in os.walk(root):
        below.sort()
        inner = Path(folder).relative_to(root)
        names += [(inner / name).as_posix() for name in sorted(files)]
        if len(names) > limit:
            raise InputError(
                "archive.members", str(root), f"holds more than {limit:,} files", "Remove the rest."
            )
    return names

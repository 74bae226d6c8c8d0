"""ZIP files of strangers, read member by member and counted; nothing is ever unpacked to disk.

Every name is judged before any member is read (`archive_entries.py`), and every member is counted
while it is read, because the sizes in the headers can lie.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

from common.challenges.archive_entries import (
    DEFAULT_LIMITS,
    FIX_ARCHIVE,
    Limits,
    count_entries,
    grows_too_much,
    growth_problem,
    judge_entries,
)
from common.challenges.findings import Finding
from common.core.errors import InputError
from common.core.files import atomic_path

_BLOCK = 256 * 1024
# All that the library raises for damaged archives, found by fuzzing.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
)


class Archive:
    """An open ZIP file: `defects` says what is wrong with its entries, `names` are the safe files.

    Args:
        path: the file.
        limits: bounds for opening and reading.

    Raises:
        InputError: not a whole ZIP file, or more entries than allowed.
    """

    def __init__(self, path: Path, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path, self.limits = Path(path), limits
        self._bytes_read = 0
        try:
            with self.path.open("rb") as stream:
                _check_count(self.path, count_entries(stream), limits)
            self._zip = zipfile.ZipFile(self.path)
        except _DAMAGE as error:
            raise InputError(
                "archive.open", str(path), f"is not a whole ZIP file ({error})", FIX_ARCHIVE
            ) from error
        infos = self._zip.infolist()
        _check_count(self.path, len(infos), limits)
        self.defects: tuple[Finding, ...] = tuple(
            judge_entries(infos, self.path.stat().st_size, limits)
        )
        unsafe = {finding.place for finding in self.defects}
        self._infos = {
            info.orig_filename: info
            for info in infos
            if info.orig_filename not in unsafe and not info.is_dir()
        }

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files that passed the checks, in the order of the archive."""
        return tuple(self._infos)

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def size(self, name: str) -> int:
        """Uncompressed bytes of a member, as its header claims."""
        return self._infos[name].file_size

    def read(self, name: str, limit: int | None = None) -> bytes:
        """The bytes of a member, counted while they are expanded.

        Args:
            name: one of `names`.
            limit: at most so many bytes, where the caller knows better than the general limits.

        Raises:
            InputError: no such member, damaged member, or more bytes than allowed.
        """
        if name not in self._infos:
            raise InputError(
                "archive.member",
                f"{self.path}: {name}",
                "the archive has no such member, or it is unsafe",
                FIX_ARCHIVE,
            )
        allowed = self.limits.member_bytes if limit is None else limit
        data = b"".join(self._blocks(name, allowed + 1))
        if len(data) > allowed:
            raise InputError(
                "archive.size",
                f"{self.path}: {name}",
                f"expands to more than the {allowed:,} bytes that it may have",
                FIX_ARCHIVE,
            )
        return data

    def _blocks(self, name: str, most: int) -> Iterator[bytes]:
        info, count = self._infos[name], 0
        try:
            # Bounded reads only: `read()` without a size expands all before it looks at the header.
            with self._zip.open(info) as stream:
                while count < most and (block := stream.read(min(_BLOCK, most - count))):
                    count += len(block)
                    self._bytes_read += len(block)
                    self._check_growth(info, count)
                    yield block
        except _DAMAGE as error:
            raise InputError(
                "archive.damaged",
                f"{self.path}: {name}",
                f"cannot be expanded ({error})",
                FIX_ARCHIVE,
            ) from error

    def _check_growth(self, info: zipfile.ZipInfo, count: int) -> None:
        place = f"{self.path}: {info.orig_filename}"
        if grows_too_much(count, info.compress_size, self.limits):
            raise InputError("archive.ratio", place, growth_problem(self.limits), FIX_ARCHIVE)
        if self._bytes_read > self.limits.total_bytes:
            problem = f"the archive expands to more than {self.limits.total_bytes:,} bytes"
            raise InputError("archive.size", place, problem, FIX_ARCHIVE)


def _check_count(path: Path, count: int, limits: Limits) -> None:
    if count > limits.members:
        raise InputError(
            "archive.members",
            str(path),
            f"holds {count:,} entries, at most {limits.members:,} may be read",
            FIX_ARCHIVE,
        )


def read_member(path: Path, name: str, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """One member of an archive in which nothing is unsafe.

    Raises:
        InputError: unsafe or damaged archive, no such member, more bytes than allowed.
    """
    with Archive(path, limits) as archive:
        refuse_unsafe(archive)
        return archive.read(name)


def refuse_unsafe(archive: Archive) -> None:
    """Raise the first defect of an archive's entries.

    Raises:
        InputError: there is one.
    """
    for defect in archive.defects:
        raise InputError(defect.rule, f"{archive.path}: {defect.place}", defect.problem, defect.fix)


def is_clutter(name: str) -> bool:
    """True for files that operating systems leave in archives and folders."""
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini")


def write_zip(out: Path, members: Mapping[str, bytes | Callable[[], bytes]]) -> None:
    """Write a ZIP whose bytes depend on names and contents only.

    Args:
        out: the file; it appears whole or not at all.
        members: as for `fill_zip`.

    Raises:
        InputError: `out` cannot be written.
    """
    with atomic_path(out) as temporary:
        fill_zip(temporary, members)


def fill_zip(path: Path, members: Mapping[str, bytes | Callable[[], bytes]]) -> None:
    """The same on a path that may be left half written.

    Sorted names, the date 1980-01-01, mode 0644, no folder entries. PNG files are stored (they are
    compressed already), as is whatever would shrink so well that a checker takes it for a bomb.

    Args:
        path: the file.
        members: name -> bytes, or a function that gives them when their turn comes.
    """
    stored = {name for name in members if name.endswith(".png")}
    while suspects := _write_once(path, members, stored):
        stored |= suspects


def _write_once(
    path: Path, members: Mapping[str, bytes | Callable[[], bytes]], stored: set[str]
) -> set[str]:
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            content = members[name]
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, content if isinstance(content, bytes) else content())
        return {
            info.filename
            for info in archive.infolist()
            if grows_too_much(info.file_size, info.compress_size, DEFAULT_LIMITS)
        }

"""The bytes of a result or annotation file: plain, gzip, or alone in a ZIP; always bounded."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from common.challenges.archive_entries import (
    DEFAULT_LIMITS,
    FIX_ARCHIVE,
    SMALL,
    Limits,
    growth_problem,
)
from common.challenges.archives import Archive, is_clutter, refuse_unsafe
from common.core.errors import InputError

_BLOCK = 1 << 20


def is_zip(path: Path) -> bool:
    """True if the file starts like a ZIP file (an empty archive counts)."""
    return _start(path) in (b"PK\x03\x04", b"PK\x05\x06")


def is_gzip(path: Path) -> bool:
    """True if the file starts like a gzip file."""
    return _start(path)[:2] == b"\x1f\x8b"


def read_plain(path: Path, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of a file as they are.

    Raises:
        InputError: missing, a folder, unreadable, or larger than `limits.member_bytes`.
    """
    try:
        size = path.stat().st_size
        if size <= limits.member_bytes:
            return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    raise InputError(
        "file.size",
        str(path),
        f"has {size:,} bytes, at most {limits.member_bytes:,} may be read",
        "Split the file or remove what the format does not ask for.",
    )


def read_gzip(path: Path, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The expanded bytes of a gzip file.

    Raises:
        InputError: damaged, more than `limits.member_bytes`, or growing beyond `limits.ratio`.
    """
    parts: list[bytes] = []
    count = 0
    try:
        most = min(limits.member_bytes, max(SMALL, limits.ratio * path.stat().st_size))
        with gzip.open(path, "rb") as stream:
            while block := stream.read(_BLOCK):
                count += len(block)
                if count > most:
                    raise InputError(
                        "archive.ratio", str(path), growth_problem(limits), FIX_ARCHIVE
                    )
                parts.append(block)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            "archive.damaged", str(path), f"cannot be expanded ({error})", FIX_ARCHIVE
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    return b"".join(parts)


def read_payload(path: Path, name: str | None = None, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of a plain file, of a gzip file, or of a file in a ZIP, by how the file begins.

    Args:
        path: the file.
        name: member to take from a ZIP; None, or absent from it: the ZIP must hold a single file.
        limits: bounds.

    Raises:
        InputError: missing, damaged or unsafe file, or a ZIP in which nothing fits.
    """
    if is_gzip(path):
        return read_gzip(path, limits)
    if not is_zip(path):
        return read_plain(path, limits)
    with Archive(path, limits) as archive:
        refuse_unsafe(archive)
        names = [member for member in archive.names if not is_clutter(member)]
        if name is not None and name in names:
            return archive.read(name)
        if len(names) == 1:
            return archive.read(names[0])
    wanted = f" named {name}" if name else ""
    raise InputError(
        "archive.single",
        str(path),
        f"holds {len(names)} files, expected one{wanted}",
        "Put the result file alone into the archive.",
    )


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(4)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(
        "file.read", str(path), f"cannot be read ({error.strerror})", "Give a readable file."
    )

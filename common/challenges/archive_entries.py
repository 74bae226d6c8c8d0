"""Is an entry of a ZIP file safe? Judged by the directory of the archive, before anything is read.

A hostile archive can name files outside the folder, hide links, repeat a name, let entries overlap,
or grow a few bytes to gigabytes.
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from common.challenges.findings import Finding

GIB = 1 << 30
# Below this size a member is harmless however well it compresses (an empty .DS_Store is 250:1).
SMALL = 16 * 1024
FIX_ARCHIVE = "Write the archive again, or use `emc2 package`."
_FIX_NAME = "Write the archive again with plain relative names, or use `emc2 package`."
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DRIVE = re.compile(r"[A-Za-z]:")
_LOCAL_HEADER_BYTES = 30
# A directory entry has 46 bytes and a name; more than this on average is no honest archive.
_ENTRY_BYTES = 256
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64_BYTES = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may hold.

    Args:
        members: number of entries.
        member_bytes: uncompressed bytes of one member, or of a file that is no archive.
        total_bytes: uncompressed bytes of all members.
        ratio: uncompressed bytes for one compressed byte.
    """

    members: int = 200_000
    member_bytes: int = 2 * GIB
    total_bytes: int = 8 * GIB
    ratio: int = 200


DEFAULT_LIMITS = Limits()


def count_entries(stream: BinaryIO) -> int:
    """Number of entries that the end record of a ZIP file claims, read without the directory.

    A directory of millions of entries would fill the memory before the library returns.
    """
    stream.seek(0, 2)
    length = min(stream.tell(), _END.size + 0xFFFF)
    stream.seek(-length, 2)
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return 0
    _, _, _, _, entries, directory_bytes, _, _ = _END.unpack_from(tail, at)
    before = tail[max(0, at - _LOCATOR64_BYTES - _END64.size) : at]
    at64 = before.find(b"PK\x06\x06")
    if at64 >= 0 and len(before) - at64 >= _END64.size:
        record = _END64.unpack_from(before, at64)
        entries, directory_bytes = record[7], record[8]
    # The library goes by the size of the directory, not by the count, which may lie.
    return max(int(entries), int(directory_bytes) // _ENTRY_BYTES)


def judge_entries(infos: Sequence[zipfile.ZipInfo], packed: int, limits: Limits) -> list[Finding]:
    """What is unsafe about the entries of one archive; the place of a finding is the entry's name.

    Args:
        infos: the entries, in the order of the archive.
        packed: bytes of the archive file.
        limits: bounds.
    """
    found: list[Finding] = []
    for info in infos:
        found += _judge_one(info, limits)
    found += _judge_names(infos)
    found += _judge_overlap(infos)
    total = sum(info.file_size for info in infos)
    if total > limits.total_bytes or total > max(SMALL, limits.ratio * packed):
        problem = f"the entries claim {total:,} bytes in an archive of {packed:,} bytes"
        found.append(Finding("archive.size", "", problem, FIX_ARCHIVE))
    return found


def _judge_one(info: zipfile.ZipInfo, limits: Limits) -> Iterator[Finding]:
    name = info.orig_filename
    if problem := name_problem(name):
        yield Finding("archive.name", name, problem, _FIX_NAME)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        yield Finding("archive.link", name, "is a symbolic link", "Store the file itself.")
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield Finding("archive.special", name, "is not a regular file", "Store regular files only.")
    if info.flag_bits & 0x41:
        yield Finding(
            "archive.encrypted", name, "is encrypted", "Write the archive without a password."
        )
    elif info.compress_type not in _METHODS:
        problem = f"uses compression method {info.compress_type}, expected stored or deflated"
        yield Finding("archive.method", name, problem, FIX_ARCHIVE)
    if info.file_size > limits.member_bytes:
        problem = f"claims {info.file_size:,} bytes, at most {limits.member_bytes:,} are allowed"
        yield Finding("archive.size", name, problem, FIX_ARCHIVE)
    elif grows_too_much(info.file_size, info.compress_size, limits):
        yield Finding("archive.ratio", name, growth_problem(limits), FIX_ARCHIVE)


def name_problem(name: str) -> str | None:
    """Why a name must not be used as a path below a folder, or None."""
    parts = name.rstrip("/").split("/")
    if not name or name.startswith("/"):
        return "absolute name" if name else "empty name"
    if "\\" in name:
        return "backslash in the name"
    if _DRIVE.match(name):
        return "drive letter in the name"
    if ".." in parts:
        return "name with '..'"
    if "." in parts or "" in parts:
        return "name with '.' or an empty part"
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in name):
        return "control character in the name"
    return None


def _judge_names(infos: Sequence[zipfile.ZipInfo]) -> Iterator[Finding]:
    """Two entries that would be one file: the same name, or names that differ in case only."""
    seen: dict[str, str] = {}
    parents: set[str] = set()
    for info in infos:
        name = info.orig_filename
        parts = _folded(name).rstrip("/").split("/")
        parents.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    for info in infos:
        name = info.orig_filename
        key = _folded(name)
        if key in seen:
            kind = "twice" if seen[key] == name else f"beside {seen[key]!r}, which differs in case"
            yield Finding(
                "archive.duplicate", name, f"stands in the archive {kind}", "Keep one of the two."
            )
        elif not name.endswith("/") and key in parents:
            yield Finding("archive.duplicate", name, "is a file and a folder", "Keep one of them.")
        seen.setdefault(key, name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _judge_overlap(infos: Sequence[zipfile.ZipInfo]) -> Iterator[Finding]:
    """Entries that share their bytes: how a small archive claims terabytes at a modest ratio."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            problem = "shares its bytes with another entry"
            yield Finding("archive.overlap", info.orig_filename, problem, FIX_ARCHIVE)
        end = max(end, info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size)


def grows_too_much(size: int, packed: int, limits: Limits) -> bool:
    """True if `packed` bytes that become `size` bytes look like a bomb."""
    return size > SMALL and size > limits.ratio * max(packed, 1)


def growth_problem(limits: Limits) -> str:
    """The sentence for a bomb."""
    return f"expands by more than {limits.ratio}:1"

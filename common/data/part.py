"""The growing part file of one download: its bytes, its hash so far, and which version of the file
on the server it belongs to.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from common.core.errors import InputError
from common.core.files import write_json

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Version:
    """What the server said about the file when the part was begun.

    `etag` is None for a weak one, which does not promise equal bytes.
    """

    address: str
    total: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    ranges: bool = False

    @property
    def validator(self) -> str | None:
        """What `If-Range` takes."""
        return self.etag or self.last_modified


class PartFile:
    """Bytes that came so far. Invariant: `digest` is over exactly the `size` bytes of the file, all
    of one `version`.
    """

    def __init__(self, path: Path, address: str) -> None:
        self.path, self._note = path, path.with_name(path.name + ".json")
        self.version = Version(address)
        self.size = 0
        self._sha = hashlib.sha256()
        # Unbuffered: the blocks are large, and after an error the file holds just what was written.
        self._stream = path.open("ab", buffering=0)
        kept = self._read_note()
        if kept is not None and kept.address == address and kept.ranges:
            self.version = kept
            self._rehash()
            self.joined = self.size > 0
        else:
            self.restart(Version(address))

    @property
    def complete(self) -> bool:
        """True when the server's whole file is here."""
        return self.version.total is not None and self.size == self.version.total

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes so far."""
        return self._sha.hexdigest()

    def restart(self, version: Version) -> None:
        """Throw the bytes away and begin with another version."""
        self._stream.truncate(0)
        self.size, self._sha = 0, hashlib.sha256()
        self.version, self.joined = version, False
        # Written before the first byte: after a kill the next run knows what the bytes belong to.
        write_json(self._note, asdict(version))

    def append(self, block: bytes) -> None:
        """Add bytes.

        Raises:
            InputError: the disk is full or the folder cannot be written.
        """
        try:
            rest = memoryview(block)
            while rest:
                rest = rest[self._stream.write(rest) :]
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._sha.update(block)
        self.size += len(block)

    def finish(self, target: Path) -> None:
        """Give the bytes their final name."""
        try:
            os.fsync(self._stream.fileno())
            self.path.chmod(0o644)
            self.path.replace(target)
        except OSError as error:
            raise _unwritable(target, error) from error
        self._note.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove part and note."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; what came stays on the disk."""
        self._stream.close()

    def _read_note(self) -> Version | None:
        try:
            return Version(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _rehash(self) -> None:
        with self.path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                self._sha.update(block)
                self.size += len(block)


@contextmanager
def open_part(target: Path, address: str) -> Iterator[PartFile]:
    """The part file of `target`, for this process alone.

    Raises:
        InputError: another process is fetching the same file; the folder cannot be written.
    """
    folder = target.parent / ".part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / f"{target.name}.lock").open("a")
    except OSError as error:
        raise _unwritable(target, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                "data.busy",
                str(target),
                "another process is fetching this file",
                "Wait for it, or end it and try again; it resumes.",
            ) from error
        part = PartFile(folder / target.name, address)
        try:
            yield part
        finally:
            part.close()


def _unwritable(target: Path, error: OSError) -> InputError:
    return InputError(
        "file.write",
        str(target),
        f"cannot be written ({error.strerror or error})",
        "Free some space or choose a folder that you may write to; what came so far is kept.",
    )

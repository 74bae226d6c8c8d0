"""Pull pinned files into the data folder, from their publisher or from a mirror."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from common.challenges.activitynet.annotations import decode_annotations
from common.core.errors import InputError
from common.core.files import atomic_path
from common.core.hashing import sha256_file
from common.data.fetch import Patience, Pin, fetch
from common.data.ledger import PulledFile, read_pulled, record_pulled
from common.data.sources import Source, Sources, get_source

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Pulled:
    """One file of the data folder. `first` says that its hash was not fully pinned and that this
    pull recorded it.
    """

    name: str
    path: str
    state: Literal["pulled", "present"]
    bytes: int
    sha256: str
    first: bool


def pull(
    names: Sequence[str],
    sources: Sources,
    folder: Path,
    mirror: str | None = None,
    patience: Patience | None = None,
) -> tuple[list[Pulled], list[InputError]]:
    """Pull entries of `sources.yaml`; one that fails does not keep the others from coming.

    Args:
        names: entries with a `url`.
        sources: `read_sources()`.
        folder: the data folder.
        mirror: a folder or base URL that holds the files under the same relative paths as a data
            folder; default: what EMC2_MIRROR says.
        patience: time-outs and tries.

    Returns:
        what is in place now, and what went wrong.

    Raises:
        InputError: a name that is unknown or that the user supplies; nothing was pulled.
    """
    for name in names:
        _check_fetchable(name, get_source(sources, name))
    mirror = os.environ.get("EMC2_MIRROR") if mirror is None else mirror
    done: list[Pulled] = []
    failed: list[InputError] = []
    for name in names:
        try:
            done.append(_pull_one(name, sources[name], folder, mirror or "", patience))
        except InputError as error:
            failed.append(error)
    return done, failed


def _pull_one(
    name: str, source: Source, folder: Path, mirror: str, patience: Patience | None
) -> Pulled:
    assert source.file is not None and source.url is not None  # `pull` has checked it
    target = folder / source.file
    known = read_pulled(folder).get(name)
    pin = _pin(source, known)
    if target.exists():
        n_bytes, sha256 = target.stat().st_size, sha256_file(target)
        _check_present(target, pin, n_bytes, sha256)
        address, state = (known.address if known else "found in place"), "present"
    else:
        address = _address(source, mirror)
        n_bytes, sha256 = _bring(address, target, pin, source, patience)
        state = "pulled"
    first = source.sha256 is None and known is None
    record_pulled(folder, name, PulledFile(source.file, n_bytes, sha256, address))
    return Pulled(name, str(target), state, n_bytes, sha256, first)  # type: ignore[arg-type]


def _pin(source: Source, known: PulledFile | None) -> Pin:
    """The pins of the entry; where they leave something open, what the first pull recorded."""
    return Pin(
        bytes=source.bytes or (known.bytes if known and not source.sha256 else None),
        sha256=source.sha256 or (known.sha256 if known else None),
        sha256_prefix=source.sha256_prefix,
    )


def _check_present(target: Path, pin: Pin, n_bytes: int, sha256: str) -> None:
    try:
        pin.check(str(target), n_bytes, sha256)
    except InputError as error:
        raise InputError(
            error.rule,
            str(target),
            f"lies here already, but {error.problem}",
            "Move it away and pull again; nothing was overwritten.",
        ) from error


def _address(source: Source, mirror: str) -> str:
    if not mirror:
        return source.url or ""
    if urlsplit(mirror).scheme in ("http", "https"):
        return f"{mirror.rstrip('/')}/{quote(source.file or '')}"
    base = Path(unquote(urlsplit(mirror).path)) if mirror.startswith("file:") else Path(mirror)
    return str(base / (source.file or ""))


def _bring(
    address: str, target: Path, pin: Pin, source: Source, patience: Patience | None
) -> tuple[int, str]:
    def inspect(path: Path) -> None:
        if source.kind == "annotations":
            check_annotations(path, address)

    if urlsplit(address).scheme in ("http", "https"):
        return fetch(address, target, pin, inspect, patience)
    with atomic_path(target) as temporary:
        n_bytes, sha256 = _copy(Path(address), temporary)
        pin.check(address, n_bytes, sha256)
        inspect(temporary)
    return n_bytes, sha256


def _copy(origin: Path, target: Path) -> tuple[int, str]:
    digest, n_bytes = hashlib.sha256(), 0
    try:
        stream = origin.open("rb")
    except OSError as error:
        raise InputError(
            "data.mirror",
            str(origin),
            f"the mirror has no such file ({error.strerror})",
            "Put the file there, or unset EMC2_MIRROR to take the official address.",
        ) from error
    with stream, target.open("wb") as out:
        while block := stream.read(_BLOCK):
            out.write(block)
            digest.update(block)
            n_bytes += len(block)
    return n_bytes, digest.hexdigest()


def check_annotations(path: Path, address: str) -> None:
    """A file whose hash nobody published must at least be what it claims to be, to its last byte.

    Raises:
        InputError: not JSON, cut off, or not of the layout of ActivityNet.
    """
    problem = ""
    try:
        problem = "" if decode_annotations(path).database else "its database is empty"
    except InputError as error:
        problem = error.problem
    if problem:
        raise InputError(
            "data.annotations",
            address,
            f"is not a whole annotation file ({problem})",
            "Check the address in a browser, or take a mirror (EMC2_MIRROR).",
        )


def _check_fetchable(name: str, source: Source) -> None:
    if source.url is None:
        raise InputError(
            "data.supplied", name, "is yours to supply, it cannot be pulled", source.how or ""
        )

"""One file over HTTP: resumed where it was cut, hashed while it comes, never half under its final
name.
"""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from common.core.errors import InputError
from common.core.progress import Progress
from common.data.part import PartFile, Version, open_part

_BLOCK = 1 << 18
_MEGABYTE = 1 << 20
# A server that never ends must not fill the disk where no size is pinned; the largest file we know
# of is below 1 GiB.
_MAX_BYTES = 16 << 30
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Pin:
    """What is known of a file before it comes; None where nothing is."""

    bytes: int | None = None
    sha256: str | None = None
    sha256_prefix: str | None = None

    @property
    def has_hash(self) -> bool:
        return self.sha256 is not None or self.sha256_prefix is not None

    def check(self, where: str, n_bytes: int, sha256: str) -> None:
        """Refuse a file that is not the pinned one.

        Raises:
            InputError: size or hash differ.
        """
        expected = self.sha256 or self.sha256_prefix
        if expected and not sha256.startswith(expected):
            raise InputError(
                "data.sha256",
                where,
                f"SHA-256 is {sha256}, expected {expected}{'' if self.sha256 else '…'}",
                "The file is damaged or was swapped: do not use it. Try again or take a mirror "
                "(EMC2_MIRROR); tell the project if the publisher replaced it.",
            )
        if self.bytes is not None and n_bytes != self.bytes:
            raise InputError(
                "data.bytes",
                where,
                f"{n_bytes} bytes, expected {self.bytes}",
                "The file is damaged or was swapped: do not use it.",
            )


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a bad connection is put up with: `tries` failures in a row without a new byte."""

    tries: int = 6
    timeout_s: float = 30.0
    pause: Callable[[float], None] = time.sleep


class _Cut(Exception):
    """The connection failed in a way that another try may mend."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


def fetch(
    address: str,
    target: Path,
    pin: Pin,
    inspect: Callable[[Path], None] | None = None,
    patience: Patience | None = None,
) -> tuple[int, str]:
    """Fetch `address` to `target`; returns bytes and SHA-256.

    A cut connection is resumed by `Range` with `If-Range`, so that a file that changed on the
    server in between comes anew. What came is kept for the next call only if it can be resumed.

    Args:
        address: http or https.
        target: final name; must not exist.
        pin: what the file must be.
        inspect: looks at the whole file before it gets its name; raises InputError to refuse it.
        patience: time-outs and tries.

    Raises:
        InputError: wrong size or hash, refused by the server, too many cuts, cannot be written.
    """
    patience = patience or Patience()
    with open_part(target, address) as part:
        try:
            _fetch_whole(part, pin, patience)
            if inspect is not None:
                inspect(part.path)
        except InputError as error:
            passing = error.rule in ("data.connection", "file.write")
            if not (passing and _resumable(part, pin)):
                part.discard()
            raise
        part.finish(target)
        return part.size, part.digest


def _fetch_whole(part: PartFile, pin: Pin, patience: Patience) -> None:
    """Fetch and check; a wrong file that was joined of pieces is fetched once more in one piece."""
    once_more = True
    while True:
        try:
            _fetch_bytes(part, pin, patience)
            pin.check(part.version.address, part.size, part.digest)
            return
        except InputError as error:
            # Old and new bytes may belong to different versions of the file on the server.
            if error.rule not in ("data.sha256", "data.bytes") or not (part.joined and once_more):
                raise
            once_more = False
            part.restart(Version(part.version.address))


def _resumable(part: PartFile, pin: Pin) -> bool:
    """Whether a later call can go on: the server takes ranges, and mixed versions would show."""
    return part.version.ranges and (part.version.validator is not None or pin.has_hash)


def _fetch_bytes(part: PartFile, pin: Pin, patience: Patience) -> None:
    """Try until the whole file is here."""
    failures, furthest = 0, part.size
    while not part.complete:
        try:
            _request(part, pin, patience.timeout_s)
            return
        except _Cut as cut:
            failures = 0 if part.size > furthest else failures + 1
            furthest = max(furthest, part.size)
            if failures >= patience.tries:
                raise InputError(
                    "data.connection",
                    part.version.address,
                    f"{cut} ({failures} tries in a row, {part.size} bytes so far)",
                    "Check the network and try again"
                    + (", it resumes." if _resumable(part, pin) else "."),
                ) from cut
            patience.pause(min(_LONGEST_PAUSE, max(cut.wait_s, 2.0**failures)))


def _request(part: PartFile, pin: Pin, timeout_s: float) -> None:
    """One request: go on after the bytes that are here, or begin."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "emc2"}
    if part.size and _resumable(part, pin):
        headers["Range"] = f"bytes={part.size}-"
        if part.version.validator:
            headers["If-Range"] = part.version.validator
    elif part.size:
        part.restart(Version(part.version.address))
    request = urllib.request.Request(part.version.address, headers=headers)
    try:
        with _OPENER.open(request, timeout=timeout_s) as response:
            _check_answer(part, pin, response.status, response.headers)
            _stream(part, response, response.headers)
    except urllib.error.HTTPError as error:
        with error:
            _refused(part, error)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as cut:
        reason = getattr(cut, "reason", None) or cut
        raise _Cut(f"the connection failed ({str(reason) or type(reason).__name__})") from cut


def _check_answer(part: PartFile, pin: Pin, status: int, headers: Message) -> None:
    """Make part and answer fit: a 206 must go on where we are, a 200 begins anew."""
    if headers.get("Content-Encoding", "identity") != "identity":
        raise _refusal(part, f"the server insists on {headers['Content-Encoding']} encoding")
    version = _version(part.version.address, headers)
    if status == 206:
        first, total = _content_range(headers)
        same = version.validator == part.version.validator or version.validator is None
        known = part.version.total
        if first != part.size or not same or (known and total and known != total):
            part.restart(Version(part.version.address))
            raise _Cut("the server sent another part than we asked for")
        part.joined = True
        part.version = replace(part.version, total=known or total)
    elif status == 200:
        part.restart(version)
    else:
        raise _refusal(part, f"the server answered {status}")
    total = part.version.total
    if total is not None and total > _MAX_BYTES:
        raise _refusal(part, f"the server announces {total} bytes, more than we take")
    if total is not None and pin.bytes is not None and total != pin.bytes:
        raise InputError(
            "data.bytes",
            part.version.address,
            f"the server announces {total} bytes, expected {pin.bytes}",
            "The file was swapped: do not use it.",
        )


def _stream(part: PartFile, response: Any, headers: Message) -> None:
    """Take the body block by block; fewer bytes than announced count as a cut."""
    total, limit = part.version.total, part.version.total or _MAX_BYTES
    name = Path(urlsplit(part.version.address).path).name
    with Progress(-(-(total or 0) // _MEGABYTE), f"{name} (MB)") as progress:
        progress.done = part.size // _MEGABYTE
        # read1 hands out what came, so that a cut loses nothing that is already here.
        while block := response.read1(_BLOCK):
            part.append(block)
            if part.size > limit:
                raise _refusal(part, f"the server sends more than {limit} bytes")
            done = progress.total if part.complete else part.size // _MEGABYTE
            while progress.done < done:
                progress.advance()
    if total is not None and part.size < total:
        raise _Cut(f"the connection ended at {part.size} of {total} announced bytes")


def _refused(part: PartFile, error: urllib.error.HTTPError) -> None:
    """An error answer: some pass with time, 416 may mean that all is here, the rest is final."""
    if error.code == 416:
        whole = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range", ""))
        if whole and int(whole[1]) == part.size:
            return
        part.restart(Version(part.version.address))
        raise _Cut("the server cannot go on at this byte")
    if error.code in (408, 425, 429) or error.code >= 500:
        wait = error.headers.get("Retry-After", "")
        raise _Cut(f"the server answered {error.code}", float(wait) if wait.isdigit() else 0.0)
    raise _refusal(part, f"the server answered {error.code} {error.reason}")


def _refusal(part: PartFile, problem: str) -> InputError:
    return InputError(
        "data.http",
        part.version.address,
        problem,
        "Check the address in a browser, or take a mirror (EMC2_MIRROR).",
    )


def _version(address: str, headers: Message) -> Version:
    length = headers.get("Content-Length", "")
    etag = headers.get("ETag")
    return Version(
        address,
        int(length) if length.isdigit() else None,
        etag if etag and not etag.startswith("W/") else None,
        headers.get("Last-Modified"),
        headers.get("Accept-Ranges", "").lower() == "bytes",
    )


def _content_range(headers: Message) -> tuple[int, int | None]:
    """First byte and total size of a 206; (-1, None) where the header is missing or odd."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", ""))
    if not found:
        return -1, None
    return int(found[1]), None if found[2] == "*" else int(found[2])


class SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirections to http and https only, and never from https down to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if new not in ("http", "https") or (old == "https" and new == "http"):
            raise urllib.error.HTTPError(
                req.full_url, code, f"redirects to the unsafe address {newurl}", headers, fp
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(SafeRedirects)

"""JSON of strangers: read strictly and fast, and explained with a place where it is refused.

The fast way hands out the members of an object as raw text and leaves their decoding to typed
decoders. The slow way keeps whatever a plain reader would hide (repeated keys, NaN, numbers that
are no finite float) in the document, so that a walk can name the place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from common.challenges.findings import Finding, printable

MAX_DEPTH = 64
# Children of these keys are named by the data, not by the format.
_DATA_MAPS = (".results", ".verb", ".noun", ".action", ".database")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_LONGEST_INTEGER = 400
_RAW_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_FIX_TEXT = "Write the file as UTF-8 without a byte order mark."


class BadNumber:
    """Stands in a document for a number that is no finite float: `text` is how it was written."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text if len(text) <= 24 else f"{text[:12]}… ({len(text)} characters)"


class RepeatedKeys(dict[str, Any]):
    """An object in which keys stand more than once; the last value of each counts."""

    repeated: tuple[str, ...] = ()


class TooDeep(Exception):
    """The document is nested so deeply that no reader takes it."""


def quoted(text: str) -> str:
    """A key or label as it stands in JSON, in one line and printable on any terminal."""
    text = text if len(text) <= 80 else text[:79] + "…"
    return printable(json.dumps(text, ensure_ascii=False))


def member_place(place: str, key: str) -> str:
    """Place of a member of the object at `place`: keys of the format after a dot, data in
    brackets.
    """
    if place.endswith(_DATA_MAPS) or not _PLAIN_KEY.fullmatch(key):
        return f"{place}[{quoted(key)}]"
    return f"{place}.{key}"


def text_problem(data: bytes) -> Finding | None:
    """What is wrong with the bytes before any JSON is looked at, or None."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        return Finding("json.encoding", "line 1", "UTF-16 or UTF-32 text, not UTF-8", _FIX_TEXT)
    if data.startswith(b"\xef\xbb\xbf"):
        return Finding("json.encoding", "line 1", "starts with a byte order mark", _FIX_TEXT)
    if data.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        problem = "is a compressed file, plain JSON is expected"
        return Finding("json.encoding", "line 1", problem, "Unpack it before you upload it.")
    if data.isascii():
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Finding("json.encoding", f"line {line}", "not UTF-8 text", _FIX_TEXT)
    return None


def raw_members(data: bytes | msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    """Members of an object as raw text; None unless it is a well-formed object without repeats.

    A colon outside of strings belongs to one member, so the members hold all colons of the text
    exactly if no member was lost to a repeated key.
    """
    try:
        members = _RAW_MEMBERS.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    held = sum(count_colons(value) for value in members.values())
    held += len(members) + sum(key.count(":") for key in members)
    return members if held == count_colons(data) else None


def count_colons(raw: bytes | msgspec.Raw) -> int:
    """Colons in a piece of JSON text; -1 where an escape may hide one in a string."""
    text = bytes(raw)
    # Looking for a single byte first is much faster; result files rarely hold a backslash.
    return -1 if b"\\" in text and b"\\u003" in text else text.count(b":")


def json_bytes(document: Any) -> bytes:
    """The shortest JSON text of a document, UTF-8, with a line end.

    Raises:
        ValueError: NaN or infinity in it.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def parse_slowly(data: bytes | msgspec.Raw) -> Any:
    """The document with `BadNumber` and `RepeatedKeys` in it.

    Raises:
        json.JSONDecodeError: not JSON.
        TooDeep: nested beyond what the parser bears.
    """
    try:
        return json.loads(
            bytes(data).decode("utf-8"),
            object_pairs_hook=object_of_pairs,
            parse_constant=BadNumber,
            parse_int=_integer,
            parse_float=_float,
        )
    except RecursionError:
        raise TooDeep from None


def explain_text(data: bytes) -> tuple[Any, list[Finding]]:
    """Read a document that the fast way refused.

    Returns:
        the document and what any JSON reader should refuse about it; the document is None when the
        text cannot be read at all.
    """
    try:
        document = parse_slowly(data)
    except TooDeep:
        return None, [_depth_finding("$")]
    except json.JSONDecodeError as error:
        fix = "Write the file with a JSON library; was it cut off on the way?"
        return None, [Finding("json.syntax", f"line {error.lineno}", _lower(error.msg), fix)]
    return document, list(odd_values(document, "$"))


def odd_values(value: Any, place: str, depth: int = 1) -> Iterator[Finding]:
    """Repeated keys, numbers that are no finite float, halves of surrogate pairs, and nesting
    beyond 64 levels, anywhere below.
    """
    if isinstance(value, str):
        if not _is_unicode(value):
            problem = "the text holds half of a surrogate pair, which is no character"
            yield Finding("json.text", place, problem, "Write the text as UTF-8.")
    elif isinstance(value, BadNumber):
        problem = f"{value.text} is not a finite number"
        yield Finding("json.number", place, problem, "Write a finite decimal number.")
    elif isinstance(value, dict | list) and depth > MAX_DEPTH:
        yield _depth_finding(place)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from odd_values(item, f"{place}[{index}]", depth + 1)
    elif isinstance(value, dict):
        for key in value.repeated if isinstance(value, RepeatedKeys) else ():
            problem = "the key stands more than once, a reader keeps the last silently"
            yield Finding("json.duplicate", member_place(place, key), problem, "Keep one of them.")
        for key, item in value.items():
            if not _is_unicode(key):
                yield from odd_values(key, member_place(place, key))
            if isinstance(item, dict | list | str | BadNumber):
                yield from odd_values(item, member_place(place, key), depth + 1)


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def shown(value: Any) -> str:
    """A JSON value in a message: short, on one line."""
    if isinstance(value, BadNumber):
        return value.text
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    return repr(value)[:40]


def is_number(value: Any) -> bool:
    """True for a JSON number that is a finite float (bool is no number)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def object_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; `RepeatedKeys` if a key stands more than once."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    repeated = dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    result = RepeatedKeys(members)
    result.repeated = tuple(repeated)
    return result


def _integer(text: str) -> int | BadNumber:
    if len(text) > _LONGEST_INTEGER or math.isinf(float(text)):
        return BadNumber(text)
    return int(text)


def _float(text: str) -> float | BadNumber:
    value = float(text)
    return BadNumber(text) if math.isinf(value) else value


def _depth_finding(place: str) -> Finding:
    place = place if len(place) <= 120 else place[:119] + "…"
    return Finding(
        "json.depth",
        place,
        f"nested more than {MAX_DEPTH} levels deep",
        "The formats need 6 levels; remove what does not belong there.",
    )


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]

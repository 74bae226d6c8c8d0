"""Which action ids count: label maps in the text form of protocol buffers, and AVA's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from common.challenges.archive_entries import Limits
from common.challenges.payloads import read_payload
from common.core.errors import InputError

N_ACTIONS = 80
_MAP_BYTES = Limits(member_bytes=16 << 20)
_FIX = "Use an official label map, or entries with a name and an id on lines of their own."


@dataclass(frozen=True, slots=True)
class LabelMap:
    """Action id -> name of the classes that are evaluated."""

    names: Mapping[int, str]

    @property
    def n_classes(self) -> int:
        """The largest id: the official mean runs over so many classes."""
        return max(self.names)


@cache
def ava_label_map() -> LabelMap:
    """The 60 evaluated classes of AVA (CC BY 4.0, as the file says)."""
    return read_label_map(Path(__file__).with_name("ava_actions.pbtxt"))


def read_label_map(path: Path) -> LabelMap:
    """A label map `item { name: "..." id: 1 }`, or with `label_id`, each on its own line.

    Raises:
        InputError: unreadable file, an id that is no number, is below 1, has no name or is given
            twice; with the line.
    """
    names: dict[int, str] = {}
    name: str | None = None
    for number, line in enumerate(_lines(path), 1):
        key, _, value = line.strip().partition(":")
        if key == "name":
            name = value.split('"')[1] if value.count('"') >= 2 else value.strip()
        elif key in ("id", "label_id"):
            names[_new_id(value, names, f"{path} line {number}")] = _given(
                name, f"{path} line {number}"
            )
            name = None
    if not names:
        raise InputError("ava.label_map", str(path), "holds no class", _FIX)
    return LabelMap(names)


def _lines(path: Path) -> list[str]:
    try:
        return read_payload(path, limits=_MAP_BYTES).decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("ava.label_map", str(path), "is not UTF-8 text", _FIX) from error


def _new_id(value: str, names: Mapping[int, str], where: str) -> int:
    text = value.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 0):
        raise InputError("ava.label_map", where, f"id {text!r} is not a number from 1", _FIX)
    if int(text) in names:
        raise InputError("ava.label_map", where, f"id {text} is given twice", _FIX)
    return int(text)


def _given(name: str | None, where: str) -> str:
    if name is None:
        raise InputError("ava.label_map", where, "an id without a name before it", _FIX)
    return name

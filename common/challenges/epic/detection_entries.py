"""Entries of an EPIC detection file: fast decoders, and the official reader's own checks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from common.challenges.epic.annotations import N_NOUNS, N_VERBS
from common.challenges.json_reading import count_colons, member_place, shown
from common.challenges.result_file import plain_value
from common.challenges.temporal.columns import Floats, Ints
from common.core.errors import InputError

_FIX = "Run `emc2 validate` on the file for every place."


class Entry(msgspec.Struct, gc=False):
    """One detected action."""

    verb: int
    noun: int
    action: str
    score: float
    segment: tuple[float, float]


class StrictEntry(Entry, forbid_unknown_fields=True, gc=False):
    """The same, without unknown keys."""


FIELDS = Entry.__struct_fields__
_LOOSE = msgspec.json.Decoder(list[Entry])
_STRICT = msgspec.json.Decoder(list[StrictEntry])


@dataclass(frozen=True, slots=True)
class EntryTable:
    """Entries as columns.

    Args:
        video: (N,) number of the `results` key, in file order.
        verb, noun: (N,) classes.
        action: (N,) verb * 300 + noun of the action text.
        start, end, score: (N,).
    """

    video: Ints
    verb: Ints
    noun: Ints
    action: Ints
    start: Floats
    end: Floats
    score: Floats


class ActionIds(dict[str, int]):
    """Action text "verb,noun" -> verb * 300 + noun, worked out once per text."""

    def __missing__(self, text: str) -> int:
        verb, noun = map(int, text.split(","))
        if not (0 <= verb < N_VERBS and 0 <= noun < N_NOUNS):
            raise ValueError(text)
        self[text] = verb * N_NOUNS + noun
        return self[text]


def table_of(videos: Iterable[Sequence[Any]], action_ids: ActionIds) -> EntryTable:
    """Columns of the entries of all videos.

    Raises:
        ValueError: an action text that is not two classes.
    """
    lists = list(videos)
    entries = [entry for video in lists for entry in video]
    times = np.array([e.segment for e in entries], dtype=np.float64).reshape(-1, 2)
    return EntryTable(
        np.repeat(np.arange(len(lists)), [len(video) for video in lists]),
        np.array([e.verb for e in entries], dtype=np.intp),
        np.array([e.noun for e in entries], dtype=np.intp),
        np.array([action_ids[e.action] for e in entries], dtype=np.intp),
        times[:, 0].copy(),
        times[:, 1].copy(),
        np.array([e.score for e in entries], dtype=np.float64),
    )


def decode_strictly(raw: Any) -> Sequence[StrictEntry] | None:
    """Entries of one video if they are certainly right in form (not in value), else None."""
    if not isinstance(raw, msgspec.Raw):
        return None
    try:
        entries = _STRICT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # Colons count keys: fewer keys than colons means that a key was repeated.
    return entries if count_colons(raw) == len(FIELDS) * len(entries) else None


def official_entries(results: Mapping[str, Any], where: str) -> list[Sequence[Any]]:
    """Entries of every video as the official script accepts them.

    Raises:
        InputError: what it refuses: a missing key, a class out of range, a segment that is not two
            times, NaN.
    """
    found: list[Sequence[Any]] = []
    for video, raw in results.items():
        entries = _decoded_loosely(raw)
        if entries is None:
            place = f"{where} {member_place('$.results', video)}"
            items = plain_value(raw, place)
            if not isinstance(items, list):
                problem = f"{shown(items)}, a list is expected"
                raise InputError("epic.items", place, problem, _FIX)
            found.append([_official_entry(item, f"{place}[{i}]") for i, item in enumerate(items)])
        else:
            found.append(entries)
    return found


def _decoded_loosely(raw: Any) -> Sequence[Entry] | None:
    """The fast way for what needs no closer look; classes are checked here, too."""
    if not isinstance(raw, msgspec.Raw):
        return None
    try:
        entries = _LOOSE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    in_range = all(0 <= e.verb < N_VERBS and 0 <= e.noun < N_NOUNS for e in entries)
    return entries if in_range else None


@dataclass(frozen=True, slots=True)
class _Entry:
    verb: int
    noun: int
    action: str
    score: float
    segment: tuple[float, float]


def _official_entry(item: Any, place: str) -> _Entry:
    for key in FIELDS:
        if not isinstance(item, dict) or key not in item:
            raise InputError(f"epic.{key}", f"{place}.{key}", f"no {key}", _FIX)
    segment = item["segment"]
    if not isinstance(segment, list) or len(segment) != 2:
        problem = f"{shown(segment)}, two times are expected"
        raise InputError("epic.segment", f"{place}.segment", problem, _FIX)
    for key, value in item.items():
        if isinstance(value, float) and math.isnan(value):
            here = member_place(place, key)
            raise InputError("epic.number", here, "NaN is not a number", _FIX)
    start, end = (_time(segment[i], f"{place}.segment[{i}]") for i in (0, 1))
    return _Entry(
        _class(item["verb"], N_VERBS, "epic.verb", f"{place}.verb"),
        _class(item["noun"], N_NOUNS, "epic.noun", f"{place}.noun"),
        str(item["action"]),
        _score(item["score"], f"{place}.score"),
        (start, end),
    )


def _class(value: Any, n_classes: int, rule: str, place: str) -> int:
    if isinstance(value, int | float) and 0 <= value < n_classes and value == int(value):
        return int(value)
    raise InputError(rule, place, f"{shown(value)} is not a class from 0 to {n_classes - 1}", _FIX)


def _time(value: Any, place: str) -> float:
    seconds = _score(value, place) if isinstance(value, int | float) else math.nan
    if math.isnan(seconds):
        raise InputError("epic.segment", place, f"{shown(value)} is not a time", _FIX)
    return seconds


def _score(value: Any, place: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        problem = f"{shown(value)} is not a number"
        raise InputError("epic.score", place, problem, _FIX) from None

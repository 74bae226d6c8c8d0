"""Where an ActivityNet or HACS annotation file is at fault: what a typed decoder cannot name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common.challenges.csv_reading import name_others
from common.challenges.findings import Finding
from common.challenges.json_reading import (
    BadNumber,
    explain_text,
    is_number,
    member_place,
    raw_members,
    shown,
    text_problem,
)
from common.core.errors import InputError

FIX = "Use the official annotation file, or one of the same layout."


def repeated_key(data: bytes) -> Finding | None:
    """A video, or a key of a video, that stands twice; a decoder keeps the last silently.

    Args:
        data: a file that can be decoded.
    """
    members = raw_members(data)
    videos = raw_members(members["database"]) if members else None
    if videos is not None and all(raw_members(entry) is not None for entry in videos.values()):
        return None
    # Not certain yet: an escape in a text stops the count of keys too.
    odd = explain_text(data)[1]
    return next((finding for finding in odd if finding.rule == "json.duplicate"), None)


def explained(data: bytes, path: Path, otherwise: str) -> InputError:
    """The error about a file that the typed decoder refused, with every place at fault.

    Args:
        data: the bytes of the file.
        path: its name in the message.
        otherwise: what to say where no place is found.
    """
    if problem := text_problem(data):
        return InputError(problem.rule, f"{path} {problem.place}", problem.problem, problem.fix)
    document, odd = explain_text(data)
    if odd:
        first, *others = odd
        text = first.problem + name_others([o.place for o in others], "such places: ")
        return InputError(first.rule, f"{path} {first.place}", text, first.fix)
    (place, text), *rest = list(_faults(document)) or [("$", otherwise)]
    text += name_others([place for place, _ in rest], "malformed entries: ")
    return InputError("anet.annotation", f"{path} {place}", text, FIX)


def _faults(document: Any) -> Iterator[tuple[str, str]]:
    """(place, problem) of everything that is not of the official layout."""
    if not isinstance(document, dict) or not isinstance(document.get("database"), dict):
        yield "$.database", "no object `database`"
        return
    if not isinstance(document.get("version"), str | None):
        yield "$.version", f"{shown(document['version'])}, text is expected"
    for video, entry in document["database"].items():
        yield from _entry_faults(entry, member_place("$.database", video))


def _entry_faults(entry: Any, place: str) -> Iterator[tuple[str, str]]:
    if not isinstance(entry, dict):
        yield place, f"{shown(entry)}, an object is expected"
        return
    if not isinstance(entry.get("subset"), str):
        yield f"{place}.subset", f"{shown(entry.get('subset'))}, text is expected"
    if not _is_duration(entry.get("duration", 0.0)):
        yield f"{place}.duration", f"{shown(entry['duration'])} is not a number of seconds"
    annotations = entry.get("annotations")
    if not isinstance(annotations, list | None):
        yield f"{place}.annotations", f"{shown(annotations)}, a list is expected"
        return
    for index, annotation in enumerate(annotations or ()):
        fault = _annotation_fault(annotation)
        if fault is not None:
            yield f"{place}.annotations[{index}]{fault}", "not a label and a segment"


def _annotation_fault(annotation: Any) -> str | None:
    if not isinstance(annotation, dict):
        return ""
    if not isinstance(annotation.get("label"), str):
        return ".label"
    segment = annotation.get("segment")
    if not isinstance(segment, list) or len(segment) != 2 or not all(map(is_number, segment)):
        return ".segment"
    return None


def _is_duration(value: Any) -> bool:
    if isinstance(value, str):
        try:
            return math.isfinite(float(value))
        except ValueError:
            return False
    return is_number(value) and not isinstance(value, BadNumber)

"""The outer part of a JSON result file: its members, and the predictions by video or segment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from common.challenges.findings import Findings
from common.challenges.json_reading import (
    RepeatedKeys,
    TooDeep,
    count_colons,
    explain_text,
    object_of_pairs,
    odd_values,
    parse_slowly,
    raw_members,
    shown,
    text_problem,
)
from common.core.errors import InputError

_FIX_HEAD = "Write one JSON object with the keys that the format page names."


class _Head(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """All members that any of the formats knows; None stands for a member that is absent."""

    results: dict[str, msgspec.Raw]
    version: msgspec.Raw = None  # type: ignore[assignment]
    external_data: msgspec.Raw = None  # type: ignore[assignment]
    challenge: msgspec.Raw = None  # type: ignore[assignment]
    sls_pt: msgspec.Raw = None  # type: ignore[assignment]
    sls_tl: msgspec.Raw = None  # type: ignore[assignment]
    sls_td: msgspec.Raw = None  # type: ignore[assignment]


_HEAD_DECODER = msgspec.json.Decoder(_Head)


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A result file of which the head is read.

    Args:
        head: the members beside `results`, as Python values.
        results: by video or segment: raw JSON text, or the value where the text was odd; None
            where the file has no object `results`.
        repeats_keys: a key of `results` stands more than once.
    """

    head: Mapping[str, Any]
    results: Mapping[str, Any] | None
    repeats_keys: bool = False


def open_strictly(data: bytes, findings: Findings) -> ResultFile | None:
    """Read the head and note everything that a JSON reader should refuse; None if unreadable."""
    if problem := text_problem(data):
        findings.reject(problem.rule, problem.place, problem.problem, problem.fix)
        return None
    raw = _raw_file(data)
    if raw is None:
        return _open_slowly(data, findings)
    head = {key: value_of(value, f"$.{key}", 2, findings) for key, value in raw.head.items()}
    return ResultFile(head, raw.results)


def _raw_file(data: bytes) -> ResultFile | None:
    """The members as raw text; None if that needs a closer look (repeated keys do).

    A colon outside of strings belongs to one member, so the members hold all colons of the text
    exactly if no member was lost to a repeated key.
    """
    try:
        file = _HEAD_DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _raw_file_with_other_keys(data)
    head = {
        key: value
        for key in file.__struct_fields__
        if key != "results" and (value := getattr(file, key)) is not None
    }
    members = [*head.values(), *file.results.values()]
    held = sum(map(count_colons, members)) + sum(key.count(":") for key in file.results)
    n_keys = 1 + len(members)
    return ResultFile(head, file.results) if held + n_keys == count_colons(data) else None


def _raw_file_with_other_keys(data: bytes) -> ResultFile | None:
    """The same for a file with members that no format knows; reads the text twice."""
    head = raw_members(data)
    raw = head.pop("results", None) if head else None
    results = raw_members(raw) if raw is not None else None
    return ResultFile(head, results) if head is not None and results is not None else None


def _open_slowly(data: bytes, findings: Findings) -> ResultFile | None:
    document, problems = explain_text(data)
    for problem in problems:
        findings.reject(problem.rule, problem.place, problem.problem, problem.fix)
    if document is None and problems:
        return None
    if not isinstance(document, dict):
        problem_text = f"the top level is {shown(document)}, an object is expected"
        findings.reject("json.top", "$", problem_text, _FIX_HEAD)
        return None
    has_results = "results" in document
    results = document.pop("results", None)
    if has_results and not isinstance(results, dict):
        problem_text = f"results is {shown(results)}, an object is expected"
        findings.reject("json.results", "$.results", problem_text, _FIX_HEAD)
    return ResultFile(document, results if isinstance(results, dict) else None)


def value_of(value: Any, place: str, depth: int, findings: Findings) -> Any:
    """The Python value of raw text at `place`, odd values noted; other values are done already.

    Args:
        value: raw text, or a value that `open_strictly` has looked through.
        place: its JSON path.
        depth: its level; the document is level 1.
        findings: takes the findings.
    """
    if not isinstance(value, msgspec.Raw):
        return value
    try:
        document = parse_slowly(value)
    except (TooDeep, json.JSONDecodeError):
        findings.reject("json.depth", place, "nested too deeply to be read", _FIX_HEAD)
        return None
    for problem in odd_values(document, place, depth):
        findings.reject(problem.rule, problem.place, problem.problem, problem.fix)
    return document


def open_leniently(data: bytes, where: str) -> ResultFile:
    """Read the head as a plain JSON reader does: NaN passes, the last of repeated keys counts.

    Raises:
        InputError: what no JSON reader takes, or a top level or `results` that is no object.
    """
    if problem := text_problem(data):
        raise InputError(problem.rule, f"{where} {problem.place}", problem.problem, problem.fix)
    raw = _raw_file(data)
    if raw is None:
        return _open_plainly(data, where)
    head = {key: plain_value(value, f"{where} $.{key}") for key, value in raw.head.items()}
    return ResultFile(head, raw.results)


def _open_plainly(data: bytes, where: str) -> ResultFile:
    document = plain_value(data, where)
    if not isinstance(document, dict):
        problem = f"{shown(document)}, an object is expected"
        raise InputError("json.top", f"{where} $", problem, _FIX_HEAD)
    results = document.pop("results", None)
    if results is not None and not isinstance(results, dict):
        problem = f"{shown(results)}, an object is expected"
        raise InputError("json.results", f"{where} $.results", problem, _FIX_HEAD)
    return ResultFile(document, results, isinstance(results, RepeatedKeys))


def plain_value(value: Any, where: str) -> Any:
    """Raw text or bytes as a plain JSON reader reads it; other values as they are.

    Raises:
        InputError: not JSON, too deep, or an integer without end.
    """
    if not isinstance(value, bytes | msgspec.Raw):
        return value
    try:
        return json.loads(bytes(value), object_pairs_hook=object_of_pairs)
    except RecursionError:
        problem, rule = "nested too deeply", "json.depth"
    except json.JSONDecodeError as error:
        problem, rule = f"line {error.lineno}: {error.msg}", "json.syntax"
    except ValueError as error:
        problem, rule = str(error), "json.number"
    raise InputError(rule, where, problem, "Run `emc2 validate` on the file for every place.")

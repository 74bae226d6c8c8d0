"""Validator of EPIC detection submissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.challenges.epic.annotations import N_NOUNS, N_VERBS
from common.challenges.epic.detection_entries import FIELDS, decode_strictly
from common.challenges.epic.ground_truth import EpicTruth
from common.challenges.epic.head import check_head
from common.challenges.findings import Findings
from common.challenges.json_reading import BadNumber, is_number, member_place, shown
from common.challenges.result_file import open_strictly, value_of
from common.challenges.segment_checks import ROUNDING, check_segment
from common.core.errors import did_you_mean

CHALLENGE = "action_detection"
_NO_DURATIONS = "no table of videos given: segments were not held against durations"


def check_bytes(data: bytes, truth: EpicTruth | None, findings: Findings) -> None:
    """Note every defect and warning of the JSON text of a detection submission."""
    file = open_strictly(data, findings)
    if file is None:
        return
    check_head(file.head, CHALLENGE, findings)
    if truth is None:
        findings.note("no ground truth given: videos and durations were not checked")
    elif not truth.durations:
        findings.note(_NO_DURATIONS)
    if file.results is None:
        if not any(defect.place.startswith("$.results") for defect in findings.defects):
            fix = "Add the key `results`; `emc2 validate --schema FORMAT` shows the layout."
            findings.reject("epic.results", "$.results", "no results", fix)
        return
    n_entries = _check_results(file.results, truth, findings)
    if n_entries == 0 and findings.ok:
        fix = "Is it the right file?"
        findings.reject("epic.empty", "$.results", "no prediction at all", fix)


def _check_results(results: Mapping[str, Any], truth: EpicTruth | None, findings: Findings) -> int:
    videos = truth.videos if truth else None
    durations = truth.durations if truth else {}
    served: set[str] = set()
    total = 0
    for video, raw in results.items():
        place = member_place("$.results", video)
        if videos is not None and video not in videos:
            problem = "the ground truth does not have this video"
            findings.reject("epic.video", place, problem, did_you_mean(video, videos))
        duration = durations.get(video, float("nan"))
        count = _proven_entries(raw, duration)
        if count is None:
            count = _walk(raw, place, duration, findings)
        total += count
        if count:
            served.add(video)
    for video in videos or ():
        if video not in served:
            place = member_place("$.results", video)
            problem = "no prediction for this video: its segments count as missed"
            findings.warn("epic.missing_video", place, problem, "Was it left out on purpose?")
    return total


def _proven_entries(raw: Any, duration: float) -> int | None:
    """Number of entries if all are certainly right, else None."""
    entries = decode_strictly(raw)
    if entries is None:
        return None
    right = all(
        0 <= e.verb < N_VERBS
        and 0 <= e.noun < N_NOUNS
        and e.action == f"{e.verb},{e.noun}"
        and 0 <= e.segment[0] < e.segment[1]
        and not e.segment[0] >= duration
        and not e.segment[1] > duration + ROUNDING
        for e in entries
    )
    return len(entries) if right else None


def _walk(raw: Any, place: str, duration: float, findings: Findings) -> int:
    items = value_of(raw, place, 3, findings)
    if not isinstance(items, list):
        fix = 'Write `"<video id>": [entry, ...]`.'
        findings.reject("epic.items", place, f"{shown(items)}, a list is expected", fix)
        return 0
    for index, item in enumerate(items):
        here = f"{place}[{index}]"
        if isinstance(item, dict):
            _check_entry(item, here, duration, findings)
        else:
            problem = f"{shown(item)}, an object is expected"
            findings.reject("epic.entry", here, problem, "Write one object per entry.")
    return len(items)


def _check_entry(item: dict[str, Any], here: str, duration: float, findings: Findings) -> None:
    for key in FIELDS:
        if key not in item:
            problem = f"the entry has no {key}"
            findings.reject(f"epic.{key}", f"{here}.{key}", problem, f"Add `{key}`.")
    right = [
        _check_class(item, "verb", N_VERBS, here, findings),
        _check_class(item, "noun", N_NOUNS, here, findings),
    ]
    if "action" in item:
        wanted = f"{item['verb']},{item['noun']}" if all(right) else None
        _check_action(item["action"], wanted, f"{here}.action", findings)
    score = item.get("score", 0.0)
    if not is_number(score) and not isinstance(score, BadNumber):
        problem = f"{shown(score)}, a number is expected"
        findings.reject("epic.score", f"{here}.score", problem, "Write a finite number.")
    if "segment" in item:
        check_segment(item["segment"], f"{here}.segment", duration, "epic", findings)
    for key in item:
        if key not in FIELDS:
            place = member_place(here, key)
            findings.warn("epic.unknown_key", place, "the server ignores this key", "Remove it.")


def _check_class(
    item: dict[str, Any], key: str, n_classes: int, here: str, findings: Findings
) -> bool:
    """True if the class is there and right."""
    value = item.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < n_classes:
        return True
    if key in item and not isinstance(value, BadNumber):
        problem = f"{shown(value)}, an integer from 0 to {n_classes - 1} is expected"
        fix = f"Write the {key} class as a JSON integer."
        findings.reject(f"epic.{key}", f"{here}.{key}", problem, fix)
    return False


def _check_action(value: Any, wanted: str | None, place: str, findings: Findings) -> None:
    if wanted is not None and value != wanted:
        problem = f'{shown(value)}, "{wanted}" is expected after verb and noun of the entry'
        findings.reject("epic.action", place, problem, "Write verb and noun with a comma between.")
    elif not isinstance(value, str):
        problem = f'{shown(value)}, text "verb,noun" is expected'
        findings.reject("epic.action", place, problem, "Write verb and noun with a comma between.")

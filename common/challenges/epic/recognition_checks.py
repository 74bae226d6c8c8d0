"""Validator of EPIC recognition submissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from common.challenges.epic.annotations import N_NOUNS, N_VERBS
from common.challenges.epic.ground_truth import EpicTruth
from common.challenges.epic.head import check_head
from common.challenges.epic.recognition_entries import CLASSES, N_ACTIONS, decode_strictly
from common.challenges.findings import Findings
from common.challenges.json_reading import BadNumber, is_number, member_place, quoted, shown
from common.challenges.result_file import open_strictly, value_of
from common.core.errors import did_you_mean

CHALLENGE = "action_recognition"
_FIX_SCORE = "Write a finite number."
_KEYS = ("verb", "noun", "action")


def check_bytes(data: bytes, truth: EpicTruth | None, findings: Findings) -> None:
    """Note every defect and warning of the JSON text of a recognition submission."""
    file = open_strictly(data, findings)
    if file is None:
        return
    check_head(file.head, CHALLENGE, findings)
    if truth is None:
        findings.note("no ground truth given: the set of segments was not checked")
    if file.results is None:
        if not any(defect.place.startswith("$.results") for defect in findings.defects):
            fix = "Add the key `results`; `emc2 validate --schema FORMAT` shows the layout."
            findings.reject("epic.results", "$.results", "no results", fix)
    elif not file.results:
        fix = "Is it the right file?"
        findings.reject("epic.empty", "$.results", "no prediction at all", fix)
    else:
        _check_results(file.results, truth, findings)


def _check_results(results: Mapping[str, Any], truth: EpicTruth | None, findings: Findings) -> None:
    expected = {s.narration: None for s in truth.segments} if truth else None
    without_action: list[str] = []
    for narration, raw in results.items():
        place = member_place("$.results", narration)
        if expected is not None and narration not in expected:
            problem = "the set does not have this segment"
            fix = did_you_mean(narration, expected)
            findings.reject("epic.segment_id", place, problem, fix)
        segment = decode_strictly(raw)
        if segment is None or not _right_actions(segment.action):
            has_action = _walk(raw, place, findings)
        else:
            has_action = segment.action is not msgspec.UNSET
        if not has_action:
            without_action.append(place)
    if len(without_action) < len(results):
        for place in without_action:
            problem = "no action scores, though other segments have them"
            fix = "Write them for all segments or for none."
            findings.reject("epic.action", f"{place}.action", problem, fix)
    for narration in expected or ():
        if narration not in results:
            problem = "this segment has no prediction; the server wants every one"
            place = member_place("$.results", narration)
            findings.reject("epic.missing_segment", place, problem, "Predict it too.")


def _right_actions(actions: Any) -> bool:
    if actions is msgspec.UNSET:
        return True
    return len(actions) == N_ACTIONS and all(map(_is_action, actions))


def _is_action(key: str) -> bool:
    """True for "v,n" with both classes in range, without padding."""
    verb, comma, noun = key.partition(",")
    return bool(comma) and _is_class(verb, N_VERBS) and _is_class(noun, N_NOUNS)


def _is_class(key: str, n_classes: int) -> bool:
    return key.isascii() and key.isdigit() and str(int(key)) == key and int(key) < n_classes


def _walk(raw: Any, place: str, findings: Findings) -> bool:
    """Note what is wrong with one segment; True if it has action scores."""
    item = value_of(raw, place, 3, findings)
    if not isinstance(item, dict):
        problem = f"{shown(item)}, an object with verb and noun is expected"
        findings.reject("epic.entry", place, problem, "Write one object per segment.")
        return False
    for kind in CLASSES:
        _check_scores(item, kind, place, findings)
    if "action" in item:
        _check_actions(item["action"], f"{place}.action", findings)
    for key in item:
        if key not in _KEYS:
            here = member_place(place, key)
            findings.warn("epic.unknown_key", here, "the server ignores this key", "Remove it.")
    return "action" in item


def _check_scores(item: dict[str, Any], kind: str, place: str, findings: Findings) -> None:
    here, n_classes = f"{place}.{kind}", CLASSES[kind]
    scores = item.get(kind)
    if not isinstance(scores, dict):
        problem = f"{shown(scores)}, an object class -> score is expected"
        problem = problem if kind in item else f"the segment has no {kind} scores"
        findings.reject(
            f"epic.{kind}", here, problem, f'Write {{"0": ..., "{n_classes - 1}": ...}}.'
        )
        return
    for key, score in scores.items():
        if not _is_class(key, n_classes):
            problem = f'class key {quoted(key)}, "0" to "{n_classes - 1}" are expected'
            fix = "Write class numbers without padding."
            findings.reject(f"epic.{kind}", member_place(here, key), problem, fix)
        _check_score(score, member_place(here, key), findings)
    for number in range(n_classes):
        if str(number) not in scores:
            problem = f"{kind} class {number} has no score"
            place_of = member_place(here, str(number))
            findings.reject(f"epic.{kind}", place_of, problem, "Score every class.")


def _check_actions(actions: Any, here: str, findings: Findings) -> None:
    fix = f'Write exactly {N_ACTIONS} scores under keys "verb,noun", or leave `action` out.'
    if not isinstance(actions, dict):
        findings.reject("epic.action", here, f"{shown(actions)}, an object is expected", fix)
        return
    if len(actions) != N_ACTIONS:
        problem = f"{len(actions)} action scores, {N_ACTIONS} are expected"
        findings.reject("epic.action", here, problem, fix)
    for key, score in actions.items():
        if not _is_action(key):
            problem = f'action key {quoted(key)}, "verb,noun" is expected'
            findings.reject("epic.action", member_place(here, key), problem, fix)
        _check_score(score, member_place(here, key), findings)


def _check_score(score: Any, place: str, findings: Findings) -> None:
    if not is_number(score) and not isinstance(score, BadNumber):
        problem = f"{shown(score)}, a number is expected"
        findings.reject("epic.score", place, problem, _FIX_SCORE)

"""JSON Schema of the EPIC submissions (of `test.json` in the ZIP)."""

from __future__ import annotations

from typing import Any

from common.challenges.epic.annotations import N_NOUNS, N_VERBS
from common.challenges.epic.head import LEVELS, MAX_LEVEL, VERSION
from common.challenges.epic.recognition_entries import CLASSES, N_ACTIONS

_VERB = r"([0-9]|[1-8][0-9]|9[0-6])"
_NOUN = r"([0-9]|[1-9][0-9]|[12][0-9][0-9])"


def detection_schema() -> dict[str, Any]:
    """Schema of a detection submission; what it cannot say stands in `docs/rules.md`."""
    entry = {
        "type": "object",
        "required": ["verb", "noun", "action", "score", "segment"],
        "properties": {
            "verb": {"type": "integer", "minimum": 0, "maximum": N_VERBS - 1},
            "noun": {"type": "integer", "minimum": 0, "maximum": N_NOUNS - 1},
            "action": {
                "type": "string",
                "pattern": f"^{_VERB},{_NOUN}$",
                "description": "verb and noun of the same entry",
            },
            "score": {"type": "number"},
            "segment": {
                "type": "array",
                "description": "[start, end] in seconds, 0 <= start < end",
                "items": {"type": "number", "minimum": 0},
                "minItems": 2,
                "maxItems": 2,
            },
        },
        "additionalProperties": False,
    }
    return _submission("action_detection", {"type": "array", "items": entry}, "video id")


def recognition_schema() -> dict[str, Any]:
    """Schema of a recognition submission; `action` stands in all segments or in none."""
    actions = {
        "type": "object",
        "patternProperties": {f"^{_VERB},{_NOUN}$": {"type": "number"}},
        "additionalProperties": False,
        "minProperties": N_ACTIONS,
        "maxProperties": N_ACTIONS,
    }
    segment = {
        "type": "object",
        "required": list(CLASSES),
        "properties": {kind: _class_scores(n) for kind, n in CLASSES.items()} | {"action": actions},
        "additionalProperties": False,
    }
    return _submission("action_recognition", segment, "narration id")


def _class_scores(n_classes: int) -> dict[str, Any]:
    keys = [str(number) for number in range(n_classes)]
    return {
        "type": "object",
        "required": keys,
        "propertyNames": {"enum": keys},
        "additionalProperties": {"type": "number"},
    }


def _submission(challenge: str, value: dict[str, Any], key: str) -> dict[str, Any]:
    level = {"type": "integer", "minimum": 0, "maximum": MAX_LEVEL}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": challenge,
        "type": "object",
        "required": ["version", "challenge", *LEVELS, "results"],
        "properties": {
            "version": {"const": VERSION},
            "challenge": {"const": challenge},
            **{name: level for name in LEVELS},
            "results": {
                "type": "object",
                "description": f"by {key}",
                "minProperties": 1,
                "additionalProperties": value,
            },
        },
    }

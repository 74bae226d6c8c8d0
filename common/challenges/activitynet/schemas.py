"""JSON Schema of the ActivityNet and HACS result files."""

from __future__ import annotations

from typing import Any

from common.challenges.activitynet.layout import Layout

_FIELDS: dict[str, dict[str, Any]] = {
    "label": {"type": "string", "description": "class name, as the ground truth spells it"},
    "score": {"type": "number", "description": "any finite number; scores only rank"},
    "segment": {
        "type": "array",
        "description": "[start, end] in seconds, 0 <= start < end",
        "prefixItems": [{"type": "number", "minimum": 0}, {"type": "number"}],
        "items": {"type": "number", "minimum": 0},
        "minItems": 2,
        "maxItems": 2,
    },
}


def result_schema(layout: Layout) -> dict[str, Any]:
    """The schema of one task; what it cannot say stands in `docs/rules.md`."""
    required = ["version", "results", "external_data"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": layout.format,
        "type": "object",
        "required": required if layout.head == "required" else ["results"],
        "properties": {
            "version": {"type": "string", "description": "the ground truth's, e.g. VERSION 1.3"},
            "external_data": {
                "type": "object",
                "description": "which data beyond the challenge's own were used",
                "properties": {"used": {"type": "boolean"}, "details": {"type": "string"}},
            },
            "results": {
                "type": "object",
                "description": "by video id, without the prefix v_ of feature files",
                "minProperties": 1,
                "additionalProperties": {"type": "array", "items": _entry(layout)},
            },
        },
    }


def _entry(layout: Layout) -> dict[str, Any]:
    fields = sorted(layout.fields)
    return {
        "type": "object",
        "required": fields,
        "properties": {name: _FIELDS[name] for name in fields},
        "additionalProperties": False,
    }

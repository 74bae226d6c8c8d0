"""The scores of a result file, as a program and as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from common.challenges.findings import SCHEMA_VERSION
from common.challenges.formats import Evaluation
from common.core.files import nan_to_none

# Longer lists (curves, values of single classes) are in the JSON answer only.
_LONGEST_LIST = 10


def evaluation_document(format: str, result: Evaluation) -> dict[str, Any]:
    """The JSON document of `emc2 evaluate --json`; NaN becomes null."""
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": True,
        "format": format,
        "scores": nan_to_none(result.scores),
        "counts": result.counts,
        "warnings": result.warnings,
    }


def evaluation_text(format: str, result: Evaluation) -> str:
    """Global scores and counts, one a line."""
    rows = [("scores", ""), *_leaves(result.scores, "  ")]
    rows += [("counts", ""), *((f"  {name}", f"{n:,}") for name, n in result.counts.items())]
    width = max(len(name) for name, _ in rows)
    return "\n".join([format, *(f"{name:<{width}}  {value}".rstrip() for name, value in rows)])


def _leaves(scores: dict[str, Any], indent: str) -> Iterator[tuple[str, str]]:
    for key, value in scores.items():
        if isinstance(value, dict):
            if len(value) <= 2 * _LONGEST_LIST:
                yield f"{indent}{key}", ""
                yield from _leaves(value, indent + "  ")
        elif isinstance(value, list):
            if len(value) <= _LONGEST_LIST and all(isinstance(v, float) for v in value):
                yield f"{indent}{key}", " ".join(f"{v:.4g}" for v in value)
        else:
            yield f"{indent}{key}", f"{value:.6f}" if isinstance(value, float) else str(value)

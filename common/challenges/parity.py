"""Holds our evaluators against stored values of the official programs, value by value.

A golden folder has a folder per format with `expected.json` (`cases` -> name -> values) and, for
every case, a folder with `pred.*`, `gt.*` and perhaps `params.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.challenges import formats
from common.challenges.settings import read_settings
from common.core.errors import InputError

# Where the number that ranks submissions stands in the scores of a format.
HEADLINES: Mapping[str, tuple[str, ...]] = {
    "activitynet-detection": ("average_mAP",),
    "activitynet-proposals": ("auc_percent",),
    "activitynet-classification": ("mAP",),
    "hacs-detection": ("average_mAP",),
    "epic-recognition": ("metrics", "all_action_accuracy_at_1"),
    "epic-detection": ("action", "average_mAP"),
    "ava": ("mAP@0.5IOU",),
    "davis-semi": ("global", "J&F-Mean"),
    "davis-unsup": ("global", "J&F-Mean"),
    "portrait": ("global", "J&F-Mean"),
}
# Masks: ratios of counts, compared to 1e-9; all else to the last bit.
MASKS = ("davis-semi", "davis-unsup", "portrait")
# Depends on the version of the library that computes exp; see the goldens' own notes.
_VERSION_DEPENDENT = "first_segment_top10_scores"


@dataclass(frozen=True, slots=True)
class CaseParity:
    """One golden case.

    Args:
        format, case: names.
        official, ours: the ranking number; None where the official program refuses the input.
        n_values: numbers and names compared.
        n_equal: how many of them are equal.
        refused: both programs refuse the input.
        tied: equal scores decide; the official values are those of a stable sort.
    """

    format: str
    case: str
    official: float | None
    ours: float | None
    n_values: int
    n_equal: int
    refused: bool
    tied: bool


def compare_folder(folder: Path) -> list[CaseParity]:
    """Every case of every format below a golden folder.

    Raises:
        InputError: there is none.
    """
    found = [
        _compare_case(form, folder / form / name, entry)
        for form in formats.FORMATS
        for name, entry in _cases(folder / form).items()
    ]
    if not found:
        raise InputError(
            "file.read", str(folder), "holds no FORMAT/expected.json", "Give the golden folder."
        )
    return found


def _cases(folder: Path) -> dict[str, Any]:
    path = folder / "expected.json"
    cases: dict[str, Any] = json.loads(path.read_text())["cases"] if path.is_file() else {}
    return cases


def _compare_case(form: str, folder: Path, entry: Mapping[str, Any]) -> CaseParity:
    expected = entry.get("official_stable_sort") or entry.get("official") or entry["reference"]
    if form == "epic-recognition" and "float64" in expected:
        expected = {k: v for k, v in expected["float64"].items() if k != _VERSION_DEPENDENT}
    tied = bool(entry.get("tie_order_dependent"))
    scores = _scores(form, folder)
    if scores is None or "error" in expected:
        refused = scores is None and "error" in expected
        return CaseParity(form, folder.name, None, None, 1, int(refused), refused, tied)
    verdicts = list(_verdicts(expected, scores, 1e-9 if form in MASKS else 0.0))
    official, ours = (_headline(form, values) for values in (expected, scores))
    n_equal = sum(verdicts)
    return CaseParity(form, folder.name, official, ours, len(verdicts), n_equal, False, tied)


def _scores(form: str, folder: Path) -> dict[str, Any] | None:
    settings = folder / "params.json"
    chosen = read_settings(settings if settings.is_file() else None, {})
    if form in MASKS:
        pred, truth = folder / "pred", folder / "gt"
    else:
        pred, truth = (sorted(folder.glob(f"{part}.*"))[0] for part in ("pred", "gt"))
    try:
        return formats.evaluate(form, pred, truth, chosen).scores
    except InputError:
        return None


def _headline(form: str, scores: Any) -> float | None:
    for key in HEADLINES[form]:
        scores = scores[key]
    return None if scores is None else float(scores)


def _verdicts(expected: Any, found: Any, tolerance: float) -> Iterator[bool]:
    """One verdict per expected value."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            inside = isinstance(found, dict) and key in found
            yield from _verdicts(value, found[key] if inside else _ABSENT, tolerance)
    elif isinstance(expected, list):
        same_length = isinstance(found, list) and len(found) == len(expected)
        for index, value in enumerate(expected):
            yield from _verdicts(value, found[index] if same_length else _ABSENT, tolerance)
    elif expected is None:
        yield found is None or (isinstance(found, float) and math.isnan(found))
    elif isinstance(expected, float) and isinstance(found, float):
        yield expected == found or abs(expected - found) <= tolerance
    else:
        yield type(expected) is type(found) and expected == found


_ABSENT = object()

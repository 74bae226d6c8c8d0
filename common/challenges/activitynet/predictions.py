"""Predictions of a result file as the official ActivityNet reader takes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.activitynet.ground_truth import GroundTruth
from common.challenges.activitynet.layout import Layout, TableBuilder
from common.challenges.json_reading import member_place, shown
from common.challenges.payloads import read_payload
from common.challenges.result_file import ResultFile, open_leniently, plain_value
from common.challenges.temporal.columns import Instances, Scored
from common.core.errors import InputError, did_you_mean

_FIX = "Run `emc2 validate` on the file for every place."


@dataclass(frozen=True, slots=True)
class Predictions:
    """Rows of a result file.

    Args:
        scored: video numbers are those of the ground truth, -1 for videos outside the subset.
        counts: what was read and what stood outside.
        warnings: what the official reader does silently.
    """

    scored: Scored
    counts: dict[str, int]
    warnings: list[str]


def read_predictions(path: Path, layout: Layout, truth: GroundTruth) -> Predictions:
    """Read a result file (plain, `.gz`, or alone in a ZIP) with the official checks only.

    NaN scores, times as text, third numbers in a segment and unknown keys pass, as they do there.

    Raises:
        InputError: what the official reader refuses: a missing key, a label that is no class of the
            subset, an entry without score, a text score.
    """
    file = open_leniently(read_payload(path), str(path))
    results = _checked_results(file, layout, path)
    builder = TableBuilder(layout, truth.classes)
    n_blocked = 0
    lenient = False
    for number, (video, raw) in enumerate(results.items()):
        if video in truth.blocked:
            n_blocked += 1
            continue
        entries = layout.decode_loosely(raw)
        if entries is None:
            place = f"{path} {member_place('$.results', video)}"
            entries, lenient = _lenient_entries(raw, place, layout), True
        try:
            builder.add(number, entries)
        except KeyError as error:
            raise _unknown_label(path, video, entries, truth) from error
    table = builder.build()
    known = np.array([truth.videos.get(video, -1) for video in results], dtype=np.intp)
    number_of = known[table.video]
    counts = {
        "predictions": int(table.score.size),
        "prediction_videos": len(results),
        "rows_in_other_videos": int((number_of < 0).sum()),
        "blocked_videos": n_blocked,
        "videos_without_predictions": len(truth.videos) - np.unique(number_of[number_of >= 0]).size,
    }
    instances = Instances(number_of, table.label, table.start, table.end)
    scored = Scored(instances, table.score)
    return Predictions(scored, counts, _warnings(file, table.score, lenient))


def _checked_results(file: ResultFile, layout: Layout, path: Path) -> dict[str, Any]:
    required = ("version", "external_data") if layout.head == "required" else ()
    missing = [key for key in required if key not in file.head]
    if file.results is None or missing:
        key = "results" if file.results is None else missing[0]
        raise InputError(
            "anet.head", f"{path} $.{key}", f"no {key}; the official reader requires it", _FIX
        )
    return dict(file.results)


@dataclass(slots=True)
class _Entry:
    label: str = ""
    score: float = 0.0
    segment: tuple[float, float] = (0.0, 0.0)


def _lenient_entries(raw: Any, place: str, layout: Layout) -> list[_Entry]:
    items = plain_value(raw, place)
    if not isinstance(items, list):
        raise InputError("anet.items", place, f"{shown(items)}, a list is expected", _FIX)
    return [_lenient_entry(item, f"{place}[{i}]", layout) for i, item in enumerate(items)]


def _lenient_entry(item: Any, place: str, layout: Layout) -> _Entry:
    entry = _Entry()
    for key in layout.fields:
        if not isinstance(item, dict) or key not in item:
            raise InputError(f"anet.{key}", f"{place}.{key}", f"no {key}", _FIX)
    if "segment" in layout.fields:
        entry.segment = _lenient_segment(item["segment"], f"{place}.segment")
    if "label" in layout.fields:
        entry.label = item["label"]
        if not isinstance(entry.label, str):
            problem = f"{shown(entry.label)} is not a class name"
            raise InputError("anet.label", f"{place}.label", problem, _FIX)
    if isinstance(item["score"], str):
        problem = "the score is text, which the official program would sort as text"
        raise InputError("anet.score", f"{place}.score", problem, "Write scores as numbers.")
    entry.score = _number(item["score"], "anet.score", f"{place}.score")
    return entry


def _lenient_segment(value: Any, place: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) < 2:
        problem = f"{shown(value)}, two times are expected"
        raise InputError("anet.segment", place, problem, _FIX)
    start, end = (_number(value[i], "anet.segment", f"{place}[{i}]") for i in (0, 1))
    return start, end


def _number(value: Any, rule: str, place: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(rule, place, f"{shown(value)} is not a number", _FIX) from None


def _unknown_label(path: Path, video: str, entries: Any, truth: GroundTruth) -> InputError:
    index = next(i for i, entry in enumerate(entries) if entry.label not in truth.classes)
    label = entries[index].label
    return InputError(
        "anet.label",
        f"{path} {member_place('$.results', video)}[{index}].label",
        f"{shown(label)} is not among the {len(truth.classes)} classes of the subset",
        did_you_mean(label, truth.classes),
    )


def _warnings(file: ResultFile, score: Any, lenient: bool) -> list[str]:
    found = []
    if lenient:
        found.append(
            "some entries are not as the format asks (run `emc2 validate`); they were scored as "
            "the official reader takes them"
        )
    if not score.size:
        found.append("the file holds no prediction at all")
    n_odd = int((~np.isfinite(score)).sum())
    if n_odd:
        found.append(f"{n_odd} scores are not finite; NaN ranks before every number")
    if file.repeats_keys:
        found.append("a video stands more than once in results; the last one counts")
    return found

"""Validator of ActivityNet and HACS result files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.activitynet.entry_checks import EntryChecker
from common.challenges.activitynet.ground_truth import GroundTruth, read_ground_truth
from common.challenges.activitynet.layout import GrowingClasses, Layout, Table, TableBuilder
from common.challenges.findings import Findings
from common.challenges.formats import Settings
from common.challenges.json_reading import member_place, quoted, shown
from common.challenges.payloads import read_plain
from common.challenges.result_file import ResultFile, open_strictly, value_of
from common.challenges.segment_checks import ROUNDING
from common.core.errors import did_you_mean

_HEAD = ("version", "results", "external_data")
_FIX_LIST = 'Write `"<video id>": [entry, ...]`.'


def check_file(
    pred: Path, ground_truth: Path | None, settings: Settings, layout: Layout
) -> Findings:
    """Every defect and warning of a result file.

    Raises:
        InputError: the ground truth cannot be used, or `pred` cannot be opened.
    """
    return check_bytes(read_plain(pred), truth_of(ground_truth, settings, layout), layout)


def truth_of(ground_truth: Path | None, settings: Settings, layout: Layout) -> GroundTruth | None:
    """The ground truth to check against, if one is given."""
    if ground_truth is None:
        return None
    needs_version = layout.head == "required"
    return read_ground_truth(ground_truth, settings.subset, settings.blocked, needs_version)


def check_bytes(data: bytes, truth: GroundTruth | None, layout: Layout) -> Findings:
    """Every defect and warning of the bytes of a result file."""
    findings = Findings()
    file = open_strictly(data, findings)
    if file is None:
        return findings
    if truth is None:
        findings.note("no ground truth given: videos, classes and durations were not checked")
    _check_head(file, truth, layout, findings)
    if file.results is None:
        if not any(defect.place.startswith("$.results") for defect in findings.defects):
            findings.reject("anet.head", "$.results", "no results", _fix_head("results"))
        return findings
    n_entries = _check_results(file.results, truth, layout, findings)
    if n_entries == 0 and findings.ok:
        findings.reject("anet.empty", "$.results", "no prediction at all", "Is it the right file?")
    return findings


def _check_head(
    file: ResultFile, truth: GroundTruth | None, layout: Layout, findings: Findings
) -> None:
    note = findings.reject if layout.head == "required" else findings.warn
    for key in ("version", "external_data"):
        if key not in file.head:
            note("anet.head", f"$.{key}", f"no {key}", _fix_head(key))
    for key in file.head:
        if key not in _HEAD:
            place = member_place("$", key)
            findings.warn("anet.unknown_key", place, "the server ignores this key", "Remove it.")
    version = file.head.get("version")
    wanted = truth.version if truth else None
    if "version" in file.head and wanted is not None and version != wanted:
        problem = f"{shown(version)}, the ground truth has {quoted(wanted)}"
        findings.warn("anet.version", "$.version", problem, "Was it made for another release?")


def _fix_head(key: str) -> str:
    return f"Add the key `{key}`; `emc2 validate --schema FORMAT` shows the layout."


def _check_results(
    results: Mapping[str, Any], truth: GroundTruth | None, layout: Layout, findings: Findings
) -> int:
    """Check every video; return the number of entries."""
    counts, suspects = _proven(results, truth, layout)
    checker = EntryChecker(layout, truth, findings)
    for number, (video, raw) in enumerate(results.items()):
        place = member_place("$.results", video)
        if truth is not None:
            _check_video(video, place, truth, findings)
        if number in suspects:
            items = value_of(raw, place, 3, findings)
            if not isinstance(items, list):
                problem = f"{shown(items)}, a list is expected"
                findings.reject("anet.items", place, problem, _FIX_LIST)
                continue
            counts[number] = len(items)
            checker.check(items, place, truth.duration(video) if truth else np.nan)
        if layout.entry_limit is not None and counts[number] > layout.entry_limit:
            problem = f"{counts[number]} entries; of more than {layout.entry_limit} a video the"
            problem += " measure cuts a common share"
            findings.warn("anet.many", place, problem, "Keep the best ones.")
    if truth is not None:
        for video in _unserved(results, counts, truth):
            place = member_place("$.results", video)
            problem = "no prediction for this video: its instances count as missed"
            findings.warn("anet.missing_video", place, problem, "Was it left out on purpose?")
    return sum(counts)


def _unserved(results: Mapping[str, Any], counts: list[int], truth: GroundTruth) -> Iterator[str]:
    served = {video for video, count in zip(results, counts, strict=True) if count}
    return (video for video in truth.videos if video not in served)


def _proven(
    results: Mapping[str, Any], truth: GroundTruth | None, layout: Layout
) -> tuple[list[int], set[int]]:
    """Number of entries of every video, and the videos that need a closer look.

    What decodes strictly and passes the vector checks is certainly right; all else is walked entry
    by entry, by the code that words the findings.
    """
    builder = TableBuilder(layout, truth.classes if truth else GrowingClasses())
    counts = [0] * len(results)
    suspects: set[int] = set()
    for number, raw in enumerate(results.values()):
        entries = layout.decode_strictly(raw)
        try:
            builder.add(number, entries or ())
        except KeyError:
            entries = None
        if entries is None:
            suspects.add(number)
        else:
            counts[number] = len(entries)
    table = builder.build()
    suspects.update(table.video[_doubtful(table, results, truth, layout)].tolist())
    return counts, suspects


def _doubtful(
    table: Table, results: Mapping[str, Any], truth: GroundTruth | None, layout: Layout
) -> Any:
    """Rows that may break a rule: a mask, or row numbers."""
    if "segment" not in layout.fields:
        pair = table.video * (int(table.label.max(initial=0)) + 1) + table.label
        order = np.argsort(pair, kind="stable")
        return order[1:][pair[order[1:]] == pair[order[:-1]]]
    durations = [truth.duration(video) if truth else np.nan for video in results]
    duration = np.array(durations, dtype=np.float64)[table.video]
    with np.errstate(invalid="ignore"):
        return (
            ~((table.start >= 0) & (table.end > table.start))
            | (table.start >= duration)
            | (table.end > duration + ROUNDING)
        )


def _check_video(video: str, place: str, truth: GroundTruth, findings: Findings) -> None:
    if video in truth.videos or video in truth.blocked:
        return
    if video in truth.elsewhere:
        problem = f"is a video of the subset {truth.elsewhere[video]}"
        findings.reject("anet.subset", place, problem, "Remove it, or choose that subset.")
        return
    bare = video.removeprefix("v_")
    fix = did_you_mean(video, truth.videos)
    if bare in truth.videos:
        fix = "Strip the prefix v_ of the feature files, once."
    findings.reject("anet.video", place, "the ground truth does not have this video", fix)

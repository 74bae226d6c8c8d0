"""The rules for one entry of an ActivityNet or HACS result file, with the words of each finding."""

from __future__ import annotations

from typing import Any

from common.challenges.activitynet.ground_truth import GroundTruth
from common.challenges.activitynet.layout import Layout
from common.challenges.findings import Findings
from common.challenges.json_reading import BadNumber, is_number, member_place, shown
from common.challenges.segment_checks import check_segment
from common.core.errors import did_you_mean


class EntryChecker:
    """Walks the entries of videos and notes every finding."""

    def __init__(self, layout: Layout, truth: GroundTruth | None, findings: Findings) -> None:
        self._layout, self._truth, self._findings = layout, truth, findings

    def check(self, items: list[Any], place: str, duration: float) -> None:
        """Check the entries of one video.

        Args:
            items: the list that stands in the file.
            place: JSON path of the list.
            duration: seconds of the video; NaN if unknown.
        """
        seen: set[str] = set()
        for index, item in enumerate(items):
            here = f"{place}[{index}]"
            if not isinstance(item, dict):
                problem = f"{shown(item)}, an object is expected"
                self._findings.reject("anet.entry", here, problem, "Write one object per entry.")
                continue
            self._check_entry(item, here, duration)
            label = item.get("label")
            if "segment" not in self._layout.fields and isinstance(label, str):
                self._check_repeated(label, seen, here)

    def _check_entry(self, item: dict[str, Any], here: str, duration: float) -> None:
        for key in self._layout.fields:
            if key not in item:
                problem = f"the entry has no {key}"
                self._findings.reject(f"anet.{key}", f"{here}.{key}", problem, f"Add `{key}`.")
        if "label" in item and "label" in self._layout.fields:
            self._check_label(item["label"], f"{here}.label")
        if "score" in item:
            self._check_score(item["score"], f"{here}.score")
        if "segment" in item and "segment" in self._layout.fields:
            check_segment(item["segment"], f"{here}.segment", duration, "anet", self._findings)
        for key in item:
            if key not in self._layout.fields:
                place = member_place(here, key)
                problem = "the server ignores this key"
                self._findings.warn("anet.unknown_key", place, problem, "Remove it.")

    def _check_label(self, label: Any, place: str) -> None:
        if not isinstance(label, str):
            problem = f"{shown(label)}, a class name is expected"
            self._findings.reject("anet.label", place, problem, "Write the name as text.")
        elif self._truth is not None and label not in self._truth.classes:
            known = self._truth.classes
            problem = f"{shown(label)} is not among the {len(known)} classes of the subset"
            self._findings.reject("anet.label", place, problem, did_you_mean(label, known))

    def _check_score(self, score: Any, place: str) -> None:
        if not is_number(score) and not isinstance(score, BadNumber):
            problem = f"{shown(score)}, a number is expected"
            self._findings.reject("anet.score", place, problem, "Write a finite number.")

    def _check_repeated(self, label: str, seen: set[str], here: str) -> None:
        if label in seen:
            problem = f"{shown(label)} stands twice for this video: a false positive"
            self._findings.warn("anet.repeated_label", f"{here}.label", problem, "Keep the best.")
        seen.add(label)

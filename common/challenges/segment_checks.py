"""The rules for a segment in a JSON result file; ActivityNet, HACS and EPIC share them."""

from __future__ import annotations

from typing import Any

from common.challenges.findings import Findings
from common.challenges.json_reading import BadNumber, is_number, shown

# Seconds by which an end may pass the duration: durations are published rounded to hundredths. The
# last digits of binary floats must not decide whether 0.01 s is more than 0.01 s.
ROUNDING = 0.01 + 1e-9
_FIX_ORDER = "Write [start, end] in seconds with 0 <= start < end."


def check_segment(segment: Any, place: str, duration: float, area: str, findings: Findings) -> None:
    """Note what is wrong with one segment.

    Args:
        segment: as it stands in the file.
        place: its JSON path.
        duration: seconds of the video; NaN if unknown.
        area: first part of the rule ids, `anet` or `epic`.
        findings: takes the findings. Numbers that are no finite float were noted before.
    """
    if not isinstance(segment, list) or len(segment) != 2:
        problem = f"{shown(segment)}, two times are expected"
        findings.reject(f"{area}.segment", place, problem, _FIX_ORDER)
        return
    wrong = [i for i, time in enumerate(segment) if not is_number(time)]
    for i in wrong:
        if not isinstance(segment[i], BadNumber):
            problem = f"{shown(segment[i])}, a number of seconds is expected"
            findings.reject(f"{area}.segment", f"{place}[{i}]", problem, _FIX_ORDER)
    if not wrong:
        _check_times(*segment, place=place, duration=duration, area=area, findings=findings)


def _check_times(
    start: float, end: float, *, place: str, duration: float, area: str, findings: Findings
) -> None:
    if start < 0:
        problem = f"start {start:g} s is negative"
        findings.reject(f"{area}.segment", f"{place}[0]", problem, _FIX_ORDER)
    elif not end > start:
        problem = f"end {end:g} s is not after start {start:g} s"
        findings.reject(f"{area}.segment", place, problem, _FIX_ORDER)
    elif start >= duration:
        problem = f"start {start:g} s is not before the end of the video ({duration:g} s)"
        findings.reject(f"{area}.duration", place, problem, "Are the times seconds?")
    elif end > duration + ROUNDING:
        problem = f"end {end:g} s is after the end of the video ({duration:g} s)"
        findings.warn(f"{area}.duration", f"{place}[1]", problem, "Cut it at the duration.")

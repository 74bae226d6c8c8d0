"""The timeline of one video: truth above detections, class by class, over a time axis.

Positions are percentages of the duration and sizes are pixels, so that letters stay readable at any
width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from common.submission.charts.svg import element, number, ticks, tip

_ROW = 18
_NAME = 20
_AXIS = 24
# A mark's letter needs this share of the width.
_LEAST_SHARE = 0.03
_LEAST_WIDTH = 0.004


@dataclass(frozen=True, slots=True)
class Mark:
    """One segment on the timeline.

    Args:
        start, end: seconds.
        letter, class_: its kind, twice: colour is never the only carrier.
        said: full text for hover, focus and screen readers.
        opacity: 0 to 1.
    """

    start: float
    end: float
    letter: str
    class_: str
    said: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class ClassRow:
    """The marks of one class: truth and detections, in reading order."""

    label: str
    truth: Sequence[Mark]
    found: Sequence[Mark]


def timeline(
    label: str, duration: float, rows: Sequence[ClassRow], frames: Sequence[float]
) -> Markup:
    """The chart; `frames` are the times of the key frames, in seconds."""
    parts: list[Markup] = []
    y = 4
    for row in rows:
        parts.append(element("text", row.label, x="0", y=str(y + 13), class_="lab"))
        y += _NAME
        for marks in (row.truth, row.found):
            lanes = pack([_extent(mark, duration) for mark in marks])
            for mark, lane in zip(marks, lanes, strict=True):
                parts.append(_mark(mark, duration, y + lane * _ROW))
            y += _ROW * (max(lanes) + 1 if lanes else 0)
        y += 6
    parts.append(_axis(duration, y, frames))
    return element(
        "svg",
        *parts,
        class_="strip",
        role="group",
        aria_label=label,
        width="100%",
        height=str(y + _AXIS),
    )


def pack(extents: Sequence[tuple[float, float]]) -> list[int]:
    """A lane for each (begin, end) so that no two of a lane overlap; as few lanes as can be."""
    free: list[float] = []
    lanes = [0] * len(extents)
    for index in sorted(range(len(extents)), key=lambda i: extents[i]):
        begin, end = extents[index]
        lane = next((n for n, until in enumerate(free) if until <= begin), len(free))
        if lane == len(free):
            free.append(0.0)
        free[lane] = end
        lanes[index] = lane
    return lanes


def _extent(mark: Mark, duration: float) -> tuple[float, float]:
    """Share of the width that the mark and its letter take."""
    begin, end = _span(mark, duration)
    middle, half = (begin + end) / 2, _LEAST_SHARE / 2
    return min(begin, middle - half), max(end, middle + half) + 0.002


def _span(mark: Mark, duration: float) -> tuple[float, float]:
    """Begin and end as shares of the width: inside the picture, wide enough to see."""
    begin = min(max(mark.start / duration, 0.0), 1.0 - _LEAST_WIDTH)
    return begin, max(min(mark.end / duration, 1.0), begin + _LEAST_WIDTH)


def _mark(mark: Mark, duration: float, y: int) -> Markup:
    begin, end = _span(mark, duration)
    bar = element(
        "rect",
        x=_share(begin),
        y=str(y),
        width=_share(end - begin),
        height=str(_ROW - 4),
        rx="2",
        class_=f"bar {mark.class_}",
        fill_opacity=None if mark.opacity >= 1 else number(mark.opacity),
    )
    # On a pale bar the letter must not keep the colour that fits the full one.
    tone = f"on-{mark.class_}" if mark.opacity > 0.75 else "on-pale"
    letter = element(
        "text", mark.letter, x=_share((begin + end) / 2), y=str(y + 11), class_=f"letter mid {tone}"
    )
    return element(
        "g",
        tip(mark.said),
        bar,
        letter,
        class_="seg",
        tabindex="0",
        role="button",
    )


def _axis(duration: float, y: int, frames: Sequence[float]) -> Markup:
    parts = [element("line", x1="0", y1=str(y), x2="100%", y2=str(y), class_="base")]
    values = [v for v in ticks(0.0, duration, 6) if v <= 0.96 * duration]
    for value in values:
        at = _share(value / duration)
        parts.append(element("line", x1=at, y1=str(y), x2=at, y2=str(y + 4), class_="base"))
        anchor = "start" if value == 0 else "mid"
        unit = " s" if value == values[-1] else ""
        parts.append(
            element("text", f"{value:g}{unit}", x=at, y=str(y + 16), class_=f"tick {anchor}")
        )
    for time in frames:
        at = _share(min(time / duration, 1.0))
        parts.append(element("circle", cx=at, cy=str(y), r="2.5", class_="frame-dot"))
    return Markup("".join(parts))


def _share(value: float) -> str:
    return f"{number(100 * value)}%"

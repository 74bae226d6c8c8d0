"""AP of each class over its number of training instances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from common.submission.charts.svg import (
    Plot,
    element,
    line,
    linear,
    logarithmic,
    nice_top,
    percent,
    plain,
    text,
    ticks,
    tip,
)


@dataclass(frozen=True, slots=True)
class ClassPoint:
    """One class: its training instances, its AP (fraction) and its group."""

    label: str
    n_train: int
    ap: float
    group: str


@dataclass(frozen=True, slots=True)
class Group:
    """Head, medium or tail: its look and the mean AP of its classes (NaN without any)."""

    name: str
    class_: str
    marker: str
    mean_ap: float


def class_scatter(label: str, points: Sequence[ClassPoint], groups: Sequence[Group]) -> Markup:
    """Dots with one marker shape per group on a log axis of frequency, and each group's mean.

    Classes without training instances stand at the left end, as if they had one half.
    """
    plot = Plot(height=270.0)
    look = {group.name: group for group in groups}
    at = {point.label: max(point.n_train, 0.5) for point in points}
    low, high = min(at.values(), default=1.0), max(at.values(), default=10.0)
    x = logarithmic((low / 1.25, high * 1.25), plot.x_span)
    y_top = min(1.0, nice_top(max((p.ap for p in points), default=1.0)))
    y = linear((0.0, y_top), plot.y_span)
    marks = [
        plot.y_axis(y, ticks(0.0, y_top), lambda v: f"{100 * v:g}"),
        plot.x_axis(x, _log_ticks(low, high), plain, "training instances (log axis)"),
        plot.unit("AP %"),
    ]
    for group in groups:
        inside = [x(at[p.label]) for p in points if p.group == group.name]
        if inside:
            height = y(group.mean_ap)
            ends = (min(inside) - 8, max(inside) + 8)
            marks.append(line(ends[0], height, ends[1], height, f"mean {group.class_}"))
            marks.append(text(f"{group.name} mean", ends[0], height - 5, f"mark {group.class_}"))
    for index, point in enumerate(sorted(points, key=lambda p: (-p.n_train, p.label))):
        marks.append(
            _marker(point, look[point.group], x(at[point.label]), y(point.ap), first=index == 0)
        )
    return plot.svg(label, *marks, role="group")


def _marker(point: ClassPoint, group: Group, x: float, y: float, first: bool) -> Markup:
    said = f"{point.label}: AP {percent(point.ap)}, {point.n_train} in training, {point.group}"
    # One stop of the tab key for all dots; the script walks them with the arrow keys.
    common = {
        "class_": f"dot {group.class_}",
        "role": "img",
        "tabindex": "0" if first else "-1",
    }
    if group.marker == "square":
        return element("rect", tip(said), x=x - 4, y=y - 4, width=8, height=8, **common)
    if group.marker == "triangle":
        corners = f"M{x:.2f} {y - 5.5:.2f}l5.5 9.5h-11z"
        return element("path", tip(said), d=corners, **common)
    return element("circle", tip(said), cx=x, cy=y, r=4.5, **common)


def _log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten within the data."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    values = [step * 10.0**power for power in range(first, last + 1) for step in (1, 2, 5)]
    inside = [value for value in values if low / 1.2 <= value <= high * 1.2]
    return inside if len(inside) <= 8 else [v for v in inside if math.log10(v).is_integer()]

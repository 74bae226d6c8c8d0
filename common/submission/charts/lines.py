"""Line charts: mAP by tIoU, recall by number of proposals, precision by score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from common.submission.charts.svg import (
    Plot,
    element,
    linear,
    nice_top,
    path,
    percent,
    plain,
    text,
    ticks,
    tip,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart.

    Args:
        name: what it shows; `short` stands at its right end where lines are many.
        x, y: the points.
        class_: look: `main`, `other` (dashed), `s1` to `s5`.
        dots: mark the points and say their values on hover.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    class_: str = "main"
    dots: bool = False
    short: str = ""


def line_chart(
    label: str,
    lines: Sequence[Line],
    x_name: str,
    *,
    x_domain: tuple[float, float],
    x_ticks: Sequence[float] | None = None,
    show_x: Callable[[float], str] = plain,
    top: float | None = None,
    diagonal: bool = False,
) -> Markup:
    """Lines of fractions, shown in percent from 0 up.

    Args:
        label: the message of the chart, for who cannot see it.
        x_ticks: values on the x axis; None chooses round ones.
        top: upper end of the y axis; None fits the data.
        diagonal: draw y = x.
    """
    plot = Plot(right=34.0 if any(item.short for item in lines) else 14.0)
    highest = max((max(item.y, default=0.0) for item in lines), default=1.0)
    y_top = min(1.0, nice_top(highest)) if top is None else top
    x = linear(x_domain, plot.x_span)
    y = linear((0.0, y_top), plot.y_span)
    parts = [
        plot.y_axis(y, ticks(0.0, y_top), lambda v: f"{100 * v:g}"),
        plot.x_axis(x, ticks(*x_domain) if x_ticks is None else x_ticks, show_x, x_name),
        plot.unit("%"),
    ]
    if diagonal:
        end = min(x_domain[1], y_top)
        parts.append(path([(x(0), y(0)), (x(end), y(end))], "line other"))
    for item in lines:
        points = [(x(a), y(b)) for a, b in zip(item.x, item.y, strict=True)]
        if points:
            parts.append(path(points, f"line {item.class_}"))
        if item.dots:
            parts += [
                _dot(point, item, show_x(a), b)
                for point, a, b in zip(points, item.x, item.y, strict=True)
            ]
    parts += _end_names(lines, plot, x, y)
    return plot.svg(label, *parts)


def _dot(point: tuple[float, float], item: Line, at: str, value: float) -> Markup:
    said = tip(f"{item.name}, {at}: {percent(value)}")
    return element("circle", said, cx=point[0], cy=point[1], r=3.5, class_=f"dot {item.class_}")


def _end_names(
    lines: Sequence[Line], plot: Plot, x: Callable[[float], float], y: Callable[[float], float]
) -> list[Markup]:
    """Short names at the right ends of the lines, moved apart where they would overlap."""
    ends = sorted(
        ((y(item.y[-1]), item) for item in lines if item.short and len(item.y)),
        key=lambda end: end[0],
    )
    names, floor = [], plot.top - 12.0
    for height, item in ends:
        floor = max(height, floor + 12.0)
        names.append(text(item.short, x(item.x[-1]) + 5, floor + 4, f"mark start {item.class_}"))
    return names

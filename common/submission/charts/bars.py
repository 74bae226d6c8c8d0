"""Bar charts: stacked shares, signed gains, values by bin, and the small bars inside tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from common.submission.charts.svg import (
    Plot,
    element,
    line,
    linear,
    nice_top,
    percent,
    text,
    ticks,
    tip,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of stacked bars: its name, its letter, its class, one share for each bar."""

    name: str
    letter: str
    class_: str
    shares: Sequence[float]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what stands beside it, its value (NaN = nothing to show), its class."""

    name: str
    value: float
    class_: str = "main"
    said: str = ""


def stacked_bars(label: str, names: Sequence[str], parts: Sequence[Part], x_name: str) -> Markup:
    """Bars of shares that add up to 100 %; parts high enough carry their letter."""
    plot = Plot()
    y = linear((0.0, 1.0), plot.y_span)
    left, right = plot.x_span
    step = (right - left) / max(1, len(names))
    width = step * 0.76
    marks = [plot.y_axis(y, [0.0, 0.25, 0.5, 0.75, 1.0], lambda v: f"{100 * v:g}")]
    for index, name in enumerate(names):
        start, x = 0.0, left + step * (index + 0.5)
        for part in parts:
            share = part.shares[index]
            if share <= 0:
                continue
            high, low = y(start + share), y(start)
            said = tip(f"{name}, {part.name}: {percent(share, 1)}")
            marks.append(
                element(
                    "rect",
                    said,
                    x=x - width / 2,
                    y=high,
                    width=width,
                    height=low - high,
                    class_=f"bar {part.class_}",
                )
            )
            if low - high >= 11:
                marks.append(
                    text(part.letter, x, (low + high) / 2 + 4, f"letter mid on-{part.class_}")
                )
            start += share
        marks.append(text(name, x, plot.y_span[0] + 15, "tick mid"))
    marks.append(plot.unit("%"))
    marks.append(line(left, y(0.0), right, y(0.0), "base"))
    marks.append(text(x_name, (left + right) / 2, plot.height - 5, "name mid"))
    return plot.svg(label, *marks)


def signed_bars(
    label: str, bars: Sequence[Bar], show: Literal["points", "percent"] = "points"
) -> Markup:
    """Horizontal bars from a zero line, value at the end; negative ones go left.

    Args:
        show: `points` writes +1.23 (percentage points), `percent` writes 12.34 %.
    """
    row, name_width, value_width = 26.0, 124.0, 62.0
    plot = Plot(height=row * len(bars) + 10, left=name_width, right=value_width, top=5, bottom=5)
    values = [bar.value for bar in bars if not math.isnan(bar.value)]
    low, high = min([0.0, *values]), max([0.0, *values])
    if high - low < 1e-12:
        high = 1.0
    # A bar that goes left needs room for its value on that side.
    left = plot.left + (value_width if low < 0 else 0)
    x = linear((low, high), (left, plot.width - plot.right))
    marks = []
    for index, bar in enumerate(bars):
        top = plot.top + row * index
        middle = top + row / 2 + 4
        marks.append(text(bar.name, plot.left - 8, middle, "lab end"))
        if math.isnan(bar.value):
            marks.append(text("–", x(0.0) + 5, middle, "value start"))
            continue
        ends = sorted((x(0.0), x(bar.value)))
        marks.append(
            element(
                "rect",
                tip(bar.said or f"{bar.name}: {_shown(bar.value, show)}"),
                x=ends[0],
                y=top + 4,
                width=max(ends[1] - ends[0], 0.8),
                height=row - 8,
                class_=f"bar {bar.class_}",
            )
        )
        if bar.value < 0:
            marks.append(text(_shown(bar.value, show), ends[0] - 5, middle, "value end"))
        else:
            marks.append(text(_shown(bar.value, show), ends[1] + 5, middle, "value start"))
    marks.append(line(x(0.0), plot.top, x(0.0), plot.height - plot.bottom, "base"))
    return plot.svg(label, *marks)


def column_chart(
    label: str,
    bars: Sequence[Bar],
    x_name: str,
    *,
    top: float | None = None,
    reference: float | None = None,
) -> Markup:
    """Upright bars of fractions in percent, value above each; `reference` is a dashed line."""
    plot = Plot(height=206.0, bottom=50.0)
    values = [bar.value for bar in bars if not math.isnan(bar.value)]
    highest = max([*values, reference or 0.0], default=0.0)
    y_top = min(1.0, nice_top(highest * 1.12)) if top is None else top
    y = linear((0.0, y_top), plot.y_span)
    left, right = plot.x_span
    step = (right - left) / max(1, len(bars))
    marks = [plot.y_axis(y, ticks(0.0, y_top, 4), lambda v: f"{100 * v:g}")]
    if reference is not None:
        marks.append(line(left, y(reference), right, y(reference), "line other"))
    for index, bar in enumerate(bars):
        x = left + step * (index + 0.5)
        name, _, detail = bar.name.partition("\n")
        marks.append(text(name, x, plot.y_span[0] + 15, "lab mid"))
        marks.append(text(detail, x, plot.y_span[0] + 29, "tick mid"))
        if math.isnan(bar.value):
            marks.append(text("none", x, y(0.0) - 5, "tick mid"))
            continue
        marks.append(
            element(
                "rect",
                tip(bar.said or f"{name} {detail}: {percent(bar.value)}"),
                x=x - step * 0.32,
                y=y(bar.value),
                width=step * 0.64,
                height=max(y(0.0) - y(bar.value), 0.8),
                class_=f"bar {bar.class_}",
            )
        )
        marks.append(text(f"{100 * bar.value:.1f}", x, y(bar.value) - 4, "value mid"))
    marks.append(line(left, y(0.0), right, y(0.0), "base"))
    marks.append(text(x_name, (left + right) / 2, plot.height - 4, "name mid"))
    return plot.svg(label, *marks)


def table_bar(value: float, highest: float, class_: str = "main") -> Markup:
    """A thin bar for a table cell; the number stands beside it, so it is hidden from readers."""
    width = 0.0 if math.isnan(value) or highest <= 0 else 100.0 * value / highest
    return element(
        "svg",
        element("rect", x=0, y=0, width=100, height=8, class_="rail"),
        element("rect", x=0, y=0, width=width, height=8, class_=f"bar {class_}"),
        class_="mini",
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _shown(value: float, show: Literal["points", "percent"]) -> str:
    if show == "percent":
        return percent(value)
    return f"{100 * value:+.2f}".replace("-", "−")

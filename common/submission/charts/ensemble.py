"""The picture of `emc2 ensemble`: what each member is worth, and how alike their errors are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from common.submission.charts.svg import element, line, linear, nice_top, number, percent, text

_STYLE = (
    "text{font:12px sans-serif;fill:#1f2933}.small{font-size:11px;fill:#52606d}"
    ".head{font-weight:600}.end{text-anchor:end}.mid{text-anchor:middle}"
    ".main{fill:#2f6f9f}.gain{fill:#3f8f5f}.loss{fill:#b5524a}.base{stroke:#9aa5b1}"
)
_ROW, _LEFT, _BAR = 24.0, 150.0, 170.0


@dataclass(frozen=True, slots=True)
class MemberBar:
    """One member: fractions of 1 (None: a single member) and its weight."""

    name: str
    alone: float
    gain_added: float | None
    loss_left_out: float | None
    weight: float


def ensemble_picture(
    title: str, bars: Sequence[MemberBar], correlation: Sequence[Sequence[float]]
) -> Markup:
    """A stand-alone SVG: bars of the scores with the numbers beside them, then the matrix of error
    correlations.

    Args:
        title: over the picture.
        bars: the members.
        correlation: (M, M); NaN is left empty.
    """
    n = len(bars)
    x = linear((0.0, nice_top(max(bar.alone for bar in bars))), (0.0, _BAR))
    parts = [element("style", Markup(_STYLE)), text(title, 12, 22, "head")]
    columns = (_LEFT + _BAR + 40, _LEFT + _BAR + 115, _LEFT + _BAR + 190, _LEFT + _BAR + 250)
    parts.append(text("alone", _LEFT, 46, "small"))
    for name, at in zip(("added", "left out", "weight"), columns[1:], strict=True):
        parts.append(text(name, at, 46, "small end"))
    for i, bar in enumerate(bars):
        y = 54 + i * _ROW
        parts.append(text(bar.name, _LEFT - 8, y + 15, "end"))
        parts.append(
            element("rect", x=_LEFT, y=y + 3, width=x(bar.alone), height=16, class_="main")
        )
        parts.append(text(percent(bar.alone), _LEFT + x(bar.alone) + 5, y + 15, "small"))
        for value, at in ((bar.gain_added, columns[1]), (bar.loss_left_out, columns[2])):
            parts.append(text(_points(value), at, y + 15, _tone(value)))
        parts.append(text(f"{bar.weight:.2f}", columns[3], y + 15, "end"))
    bottom = 54 + n * _ROW
    parts.append(line(_LEFT, 52, _LEFT, bottom, "base"))
    parts.append(text("correlation of errors", 12, bottom + 30, "head"))
    for i, row in enumerate(correlation):
        y = bottom + 42 + i * _ROW
        parts.append(text(bars[i].name, _LEFT - 8, y + 15, "end"))
        for j, value in enumerate(row):
            parts.append(_cell(value, _LEFT + j * 52, y))
    height, width = bottom + 56 + n * _ROW, max(columns[3] + 20, _LEFT + n * 52 + 20)
    return element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_label=title,
    )


def _points(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:+.2f}"


def _tone(value: float | None) -> str:
    if value is None or value == 0:
        return "end"
    return "end gain" if value > 0 else "end loss"


def _cell(value: float, x: float, y: float) -> Markup:
    """Darker the more alike; the number says it too."""
    if math.isnan(value):
        return text("–", x + 25, y + 15, "mid")
    shade = round(255 - 150 * min(1.0, max(0.0, value)))
    box = element("rect", x=x, y=y + 1, width=50, height=_ROW - 2, fill=f"rgb({shade},{shade},255)")
    return Markup(box + text(f"{value:.2f}", x + 25, y + 16, "mid"))

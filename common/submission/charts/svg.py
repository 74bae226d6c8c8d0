"""SVG elements as text, and the scales that put numbers on the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Scale = Callable[[float], float]


def number(value: float) -> str:
    """A coordinate with at most two decimals and no trailing zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """One SVG or HTML element.

    Args:
        children: text (escaped unless it is `Markup`).
        attributes: `class_` gives `class`, `aria_label` gives `aria-label`; None is left out.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is None:
            continue
        text = value if isinstance(value, str) else number(value)
        parts.append(f' {key.rstrip("_").replace("_", "-")}="{escape(text)}"')
    inner = "".join(escape(child) for child in children)
    parts.append(f">{inner}</{name}>" if inner else "/>")
    return Markup("".join(parts))


def text(content: str, x: float, y: float, class_: str) -> Markup:
    """A line of text; the class sets size, colour and anchor."""
    return element("text", content, x=x, y=y, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def tip(content: str) -> Markup:
    """What a browser shows on hover."""
    return element("title", content)


def path(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """An open line through points."""
    steps = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return element("path", d=f"M{steps}", class_=class_)


def linear(domain: tuple[float, float], span: tuple[float, float]) -> Scale:
    """Linear scale from values to coordinates."""
    low, high = domain
    factor = (span[1] - span[0]) / ((high - low) or 1.0)
    return lambda value: span[0] + (value - low) * factor


def logarithmic(domain: tuple[float, float], span: tuple[float, float]) -> Scale:
    """Logarithmic scale; the domain is positive."""
    inner = linear((math.log10(domain[0]), math.log10(domain[1])), span)
    return lambda value: inner(math.log10(value))


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values (1, 2 or 5 times a power of ten apart) within [low, high], about `count`."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / count))
    step = next(s * power for s in (1.0, 2.0, 5.0, 10.0) if span / (s * power) <= count)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def nice_top(highest: float) -> float:
    """The smallest round value (1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten) not below it."""
    if not highest > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    steps = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
    return next(s * power for s in steps if highest <= s * power * (1 + 1e-9))


def percent(value: float, decimals: int = 2) -> str:
    """A fraction as text in percent, `–` for NaN; number and unit never part at a line's end."""
    return "–" if math.isnan(value) else f"{100 * value:.{decimals}f}\u00a0%"


def plain(value: float) -> str:
    """A tick as text."""
    return f"{value:g}"


@dataclass(frozen=True, slots=True)
class Plot:
    """The box of a chart in its own units; charts scale to the width they are given."""

    width: float = 400.0
    height: float = 240.0
    left: float = 42.0
    right: float = 14.0
    top: float = 22.0
    bottom: float = 38.0

    @property
    def x_span(self) -> tuple[float, float]:
        """Left and right end of the plot area."""
        return self.left, self.width - self.right

    @property
    def y_span(self) -> tuple[float, float]:
        """Bottom and top end of the plot area."""
        return self.height - self.bottom, self.top

    def svg(self, label: str, *children: str, role: str = "img") -> Markup:
        """The whole chart with what a screen reader says about it."""
        return element(
            "svg",
            *children,
            class_="chart",
            role=role,
            aria_label=label,
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
        )

    def y_axis(self, scale: Scale, values: Sequence[float], show: Callable[[float], str]) -> Markup:
        """Grid lines and their values."""
        left, right = self.x_span
        parts = [line(left, scale(v), right, scale(v), "rule") for v in values]
        parts += [text(show(v), left - 6, scale(v) + 4, "tick end") for v in values]
        return Markup("".join(parts))

    def unit(self, name: str) -> Markup:
        """What the y axis is in, above its highest value."""
        return text(name, self.left - 6, self.top - 11, "tick end")

    def x_axis(
        self, scale: Scale, values: Sequence[float], show: Callable[[float], str], name: str
    ) -> Markup:
        """The base line, its values and what it measures."""
        left, right = self.x_span
        base = self.y_span[0]
        parts = [line(left, base, right, base, "base")]
        parts += [text(show(v), scale(v), base + 15, "tick mid") for v in values]
        parts.append(text(name, (left + right) / 2, self.height - 5, "name mid"))
        return Markup("".join(parts))

"""What a section of the page is made of; the template turns it into HTML."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from common.submission.charts.svg import percent


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell: its text, what it sorts by, and a small bar beside it."""

    text: str
    key: float | str | None = None
    bar: Markup | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A table column; numbers stand right."""

    name: str
    numeric: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `sortable` tables get buttons in their heads, `search` names what a box filters."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    id: str = ""
    sortable: bool = False
    search: str = ""
    marked: frozenset[int] = frozenset()
    kind: Literal["table"] = field(default="table", init=False)


@dataclass(frozen=True, slots=True)
class Legend:
    """One entry of a legend: class of its sample, letter on it, name."""

    class_: str
    name: str
    letter: str = ""
    shape: Literal["box", "line", "circle", "square", "triangle"] = "box"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its title, one sentence, its legend, and the table of its numbers.

    `wide` figures take the whole width, with the table open beside the chart; `tall` ones two rows;
    `readout` ones say below the chart what the mark in focus is.
    """

    title: str
    note: str
    chart: Markup
    table: Table
    legend: Sequence[Legend] = ()
    wide: bool = False
    tall: bool = False
    readout: bool = False
    kind: Literal["figure"] = field(default="figure", init=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values in groups, each group closed until asked for but the first."""

    groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    kind: Literal["facts"] = field(default="facts", init=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """A key frame as a data URI."""

    time: float
    source: str
    said: str


@dataclass(frozen=True, slots=True)
class VideoBlock:
    """One timeline: closed until asked for."""

    id: str
    video: str
    seconds: float
    labels: Sequence[str]
    why: Sequence[str]
    summary: str
    chart: Markup
    pictures: Sequence[Picture]


@dataclass(frozen=True, slots=True)
class Videos:
    """The timelines, their legend, and how many of how many videos they are."""

    legend: Sequence[Legend]
    items: Sequence[VideoBlock]
    note: str
    kind: Literal["videos"] = field(default="videos", init=False)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the page: where a link leads, its heading, what it says in a sentence."""

    id: str
    title: str
    lead: str
    blocks: Sequence[Figure | Table | Facts | Videos]


def percent_cell(value: float, *, bar: Markup | None = None, spread: float | None = None) -> Cell:
    """A fraction in percent, with `± spread` if there is one; NaN as `–`, sorted last."""
    text = percent(value)
    if spread is not None and not math.isnan(value):
        text = f"{100 * value:.2f} ± {100 * spread:.2f}\u00a0%"
    return Cell(text, -1.0 if math.isnan(value) else round(value, 6), bar)


def points(value: float) -> str:
    """A difference of two percentages: `+1.23`."""
    return "–" if math.isnan(value) else f"{100 * value:+.2f}".replace("-", "−")


def points_cell(value: float) -> Cell:
    """A gain or loss in percentage points."""
    return Cell(points(value), 0.0 if math.isnan(value) else round(value, 6))


def count_cell(value: float, decimals: int = 0, *, bar: Markup | None = None) -> Cell:
    """A number of things."""
    return Cell(f"{value:,.{decimals}f}", round(value, 6), bar)

"""The top of the page: the score, what it is compared with, and whether the file is valid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from common.submission.charts.bars import Bar, signed_bars
from common.submission.charts.svg import percent
from common.submission.report.blocks import Cell, Column, Figure, Table, percent_cell, points
from common.submission.report.data import ReportData, Score


@dataclass(frozen=True, slots=True)
class Chip:
    """A short fact in a pill; `class_` is `good`, `bad` or empty."""

    text: str
    class_: str = ""


@dataclass(frozen=True, slots=True)
class SmallScore:
    """One of the other scores, as text."""

    name: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Head:
    """What the top of the page shows, as text and one chart."""

    path: Sequence[str]
    title: str
    name: str
    value: str
    spread: str
    note: str
    chips: Sequence[Chip]
    ladder: Figure
    scores: Sequence[SmallScore]
    notes: Sequence[str]


def page_head(data: ReportData, other: ReportData | None) -> Head:
    """The head of the page; `other` is the submission that it is compared with."""
    headline = data.headline
    spread = "" if headline.spread is None else f"± {100 * headline.spread:.2f} over seeds"
    if other is not None:
        change = points(headline.value - other.headline.value)
        spread = f"{spread} · ".lstrip(" ·") + f"{change} points against {_name(other)}"
    return Head(
        (data.track, f"profile {data.profile}", f"subset {data.subset}", data.format),
        data.title,
        headline.name,
        percent(headline.value),
        spread,
        headline.note,
        _chips(data),
        _ladder(data, other),
        [_small(score, other) for score in data.scores],
        data.notes,
    )


def _chips(data: ReportData) -> list[Chip]:
    chips = []
    if data.verdict is not None:
        chips.append(_verdict(data.verdict.ok, data.verdict.defects, data.verdict.warnings))
    if data.seeds:
        name = "seed" if len(data.seeds) == 1 else "seeds"
        chips.append(Chip(f"{name} {', '.join(map(str, data.seeds))}"))
    commit = data.provenance.get("commit")
    if commit:
        chips.append(Chip(f"commit {str(commit)[:10]}"))
    if data.provenance.get("dirty"):
        chips.append(Chip("uncommitted changes", "bad"))
    return chips


def _verdict(ok: bool, defects: int, warnings: int) -> Chip:
    warned = f", {_plural(warnings, 'warning')}" if warnings else ""
    if ok:
        return Chip(f"✓ the validator takes it{warned}", "good")
    return Chip(f"✗ {_plural(defects, 'defect')}{warned}", "bad")


def _ladder(data: ReportData, other: ReportData | None) -> Figure:
    """Bars of the headline beside floors, the best member and the other submission."""
    steps = [(score.name, score, "floor") for score in data.floors]
    singles = [row for row in data.members if row.kind == "member"]
    if singles:
        best = max(singles, key=lambda row: (row.score, row.name))
        steps.append(("best member", Score(best.name, best.score, best.spread), "floor"))
    if other is not None:
        steps.append((_name(other), other.headline, "floor"))
    steps.append(("this submission", data.headline, "main"))
    bars = [Bar(_short(name), score.value, class_) for name, score, class_ in steps]
    label = ", ".join(f"{name} {percent(score.value)}" for name, score, _ in steps)
    rows = [
        [Cell(name), percent_cell(score.value, spread=score.spread), Cell(score.note)]
        for name, score, _ in steps
    ]
    columns = [Column("", numeric=False), Column(data.headline.name), Column("note", numeric=False)]
    better = max((s.value for s in data.floors), default=math.nan)
    title = f"{data.headline.name} beside its floors"
    if better > 0:
        title += f": {data.headline.value / better:.1f} × the better one"
    return Figure(
        title,
        "",
        signed_bars(f"{data.headline.name}: {label}", bars, "percent"),
        Table("Headline score beside its floors", columns, rows),
    )


def _small(score: Score, other: ReportData | None) -> SmallScore:
    value = percent(score.value)
    if score.spread is not None:
        value = f"{100 * score.value:.2f} ± {100 * score.spread:.2f}\u00a0%"
    note = score.note
    before = {s.name: s.value for s in other.scores} if other is not None else {}
    if score.name in before:
        note = f"{points(score.value - before[score.name])} points {note}".strip()
    return SmallScore(score.name, value, note)


def _name(data: ReportData) -> str:
    return str(data.provenance.get("name") or data.profile)


def _short(name: str) -> str:
    return name if len(name) <= 20 else f"{name[:10]}…{name[-9:]}"


def _plural(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"

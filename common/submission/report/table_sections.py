"""Sections that are tables: ensemble, long tail, provenance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from common.submission.charts.bars import table_bar
from common.submission.charts.svg import percent
from common.submission.report.analysis import FREQUENCIES, Analysis
from common.submission.report.blocks import (
    Cell,
    Column,
    Facts,
    Section,
    Table,
    percent_cell,
    points,
    points_cell,
)
from common.submission.report.data import ClassifierRow, MemberRow, ReportData


def ensemble_section(members: Sequence[MemberRow], measure: str) -> Section:
    """Members with weights and what is lost without each; then the combinations.

    `measure` is the name of their score.
    """
    singles = [row for row in members if row.kind == "member"]
    best = max(singles, key=lambda row: (row.score, row.name))
    combined = [row for row in members if row.kind != "member"]
    lead = f"Best single member: {best.name}, {percent(best.score)}."
    if combined:
        said = "; ".join(
            f"{row.name} {percent(row.score)} ({points(row.score - best.score)} points)"
            for row in combined
        )
        lead += f" Together: {said}."
    # Leave-one-out compares with the fitted ensemble, the last combination that is listed.
    full = combined[-1].score if combined else float("nan")
    heaviest = max((row.weight or 0.0 for row in singles), default=0.0)
    highest = max(row.score for row in members)
    rows = [_member_cells(row, full, heaviest, highest) for row in [*singles, *combined]]
    columns = [
        Column("member", numeric=False),
        Column(measure),
        Column("weight"),
        Column("change without it", hint=f"points of {measure} when the member is left out"),
    ]
    marked = frozenset(range(len(singles), len(rows)))
    table = Table("Members of the ensemble and their combinations", columns, rows, marked=marked)
    return Section("ensemble", "Ensemble", lead, [table])


def _member_cells(row: MemberRow, full: float, heaviest: float, highest: float) -> list[Cell]:
    weight = Cell("")
    if row.weight is not None:
        weight = Cell(f"{row.weight:.3f}", row.weight, table_bar(row.weight, heaviest, "count"))
    change = Cell("") if row.without is None else points_cell(row.without - full)
    bar = table_bar(row.score, highest)
    score = percent_cell(row.score, bar=bar, spread=row.spread)
    return [Cell(row.name, row.name, strong=row.kind != "member"), score, weight, change]


def classifier_section(rows: Sequence[ClassifierRow], analysis: Analysis | None) -> Section:
    """Accuracy of each classifier over all classes and by frequency group."""
    lead, table = classifier_table(rows)
    blocks = [table]
    if analysis is not None:
        blocks.append(_detection_by_frequency(analysis))
    return Section("long-tail", "Long tail", lead, blocks)


def classifier_table(rows: Sequence[ClassifierRow]) -> tuple[str, Table]:
    """What the rows say in a sentence, and their table."""
    chosen = next((row for row in rows if row.chosen), rows[0])
    best = max(rows, key=lambda row: (-1.0 if row.tail is None else row.tail, row.name))
    lead = f"Chosen: {chosen.name}, {percent(chosen.overall)} overall."
    if best.tail is not None:
        lead += (
            f" On tail classes it has {percent(_number(chosen.tail))}, "
            f"the best is {best.name} with {percent(best.tail)}."
        )
    columns = [Column("classifier", numeric=False), Column("overall")]
    columns += [Column(name) for name in FREQUENCIES]
    cells = [
        [
            Cell(f"{row.name} (chosen)" if row.chosen else row.name, row.name, strong=row.chosen),
            percent_cell(row.overall, bar=table_bar(row.overall, 1.0), spread=row.spread),
            _group_cell(row.head, "head"),
            _group_cell(row.medium, "medium"),
            _group_cell(row.tail, "tail", row.tail_spread),
        ]
        for row in rows
    ]
    marked = frozenset(index for index, row in enumerate(rows) if row.chosen)
    table = Table(
        "Accuracy of the classifiers by training frequency", columns, cells, marked=marked
    )
    return lead, table


def _detection_by_frequency(analysis: Analysis) -> Table:
    rows = [
        [
            Cell(name, float(index)),
            Cell(str(sum(row.frequency == name for row in analysis.classes))),
            percent_cell(
                analysis.group_ap(name), bar=table_bar(analysis.group_ap(name), 1.0, name)
            ),
        ]
        for index, name in enumerate(FREQUENCIES)
    ]
    columns = [Column("group", numeric=False), Column("classes"), Column("mean AP")]
    return Table("Detection: mean AP by training frequency", columns, rows)


def provenance_section(data: ReportData) -> Section:
    """What the manifest says, and what to type to make it again."""
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    if data.commands:
        groups.append(("commands", [("", command) for command in data.commands]))
    # Sorted, because a page that is made again from its own JSON has lost the first order.
    entries = sorted(data.provenance.items())
    simple = [(k, _shown(v)) for k, v in entries if not isinstance(v, Mapping)]
    if simple:
        groups.append(("submission", simple))
    for name, value in entries:
        if isinstance(value, Mapping) and value:
            groups.append((name, list(_leaves(value))))
    lead = "All that the manifest names, so that anyone can make the same file again."
    return Section("provenance", "Provenance", lead, [Facts(groups)])


def _leaves(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in sorted(values.items()):
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            rows += _leaves(value, f"{name}.")
        else:
            rows.append((name, _shown(value)))
    return rows


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item) for item in value) or "none"
    return str(value)


def _group_cell(value: float | None, frequency: str, spread: float | None = None) -> Cell:
    number = _number(value)
    return percent_cell(number, bar=table_bar(number, 1.0, frequency), spread=spread)


def _number(value: float | None) -> float:
    return math.nan if value is None else value

"""Sections with the official curves and the classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from common.submission.analysis.recall import MOST_PROPOSALS, RecallByLength
from common.submission.analysis.sensitivity import BIN_NAMES
from common.submission.charts.bars import table_bar
from common.submission.charts.lines import Line, line_chart
from common.submission.charts.scatter import ClassPoint, Group, class_scatter
from common.submission.charts.svg import percent
from common.submission.report.analysis import FREQUENCIES, Analysis, ClassResult, Frequency
from common.submission.report.blocks import (
    Cell,
    Column,
    Figure,
    Legend,
    Section,
    Table,
    count_cell,
    percent_cell,
    points_cell,
)
from common.submission.report.data import RecallCurve, ReferenceCurve, ReportData

_SHOWN_PROPOSALS = (1, 5, 10, 20, 50, 100)
_MARKERS = {"head": "circle", "medium": "square", "tail": "triangle"}


def map_section(analysis: Analysis, references: Sequence[ReferenceCurve]) -> Section:
    """mAP by tIoU, with dashed lines for what it is compared with."""
    thresholds = [float(t) for t in analysis.matches.thresholds]
    curve = [float(v) for v in analysis.map_per_tiou]
    average = float(np.mean(curve))
    lead = (
        f"Average mAP {percent(average)}: {percent(curve[0], 1)} at tIoU 0.5, "
        f"{percent(curve[5], 1)} at 0.75, {percent(curve[-1], 1)} at 0.95."
    )
    lines = [Line("this submission", thresholds, curve, "main", dots=True)]
    lines += [
        Line(item.name, thresholds, item.map_per_tiou, f"other o{index + 1}", dots=True)
        for index, item in enumerate(references)
    ]
    chart = line_chart(
        lead,
        lines,
        "tIoU threshold",
        x_domain=(0.48, 0.97),
        x_ticks=[0.5, 0.6, 0.7, 0.8, 0.9],
        show_x=lambda value: f"{value:.2f}".rstrip("0"),
    )
    legend = [Legend("main", "this submission", shape="line")]
    legend += [
        Legend(f"other o{index + 1}", item.name, shape="line")
        for index, item in enumerate(references)
    ]
    figure = Figure(
        "mAP by tIoU",
        "How strict the overlap must be: the further right, the more exact the borders.",
        chart,
        _map_table(thresholds, curve, references),
        legend,
        wide=True,
    )
    return Section("map", "Detection score", lead, [figure])


def _map_table(
    thresholds: Sequence[float], curve: Sequence[float], references: Sequence[ReferenceCurve]
) -> Table:
    columns = [Column("tIoU"), Column("mAP"), *(Column(item.name) for item in references)]
    curves = [curve, *(item.map_per_tiou for item in references)]
    rows = [
        [Cell(f"{threshold:.2f}", threshold), *(percent_cell(values[index]) for values in curves)]
        for index, threshold in enumerate(thresholds)
    ]
    means = [percent_cell(float(np.mean(values))) for values in curves]
    rows.append([Cell("average", 2.0, strong=True), *means])
    return Table("mAP at each tIoU threshold", columns, rows)


def recall_section(recall: RecallCurve, bins: Sequence[RecallByLength]) -> Section:
    """AR by number of proposals, and by length of the segment."""
    by_number = dict(zip(recall.proposals, recall.recall, strict=True))
    last = by_number[recall.proposals[-1]]
    lead = f"Area under the AR–AN curve {percent(recall.auc)}; AR {percent(last, 1)} at its end."
    chart = line_chart(
        lead,
        [Line("average recall", recall.proposals, recall.recall)],
        "proposals per video (AN)",
        x_domain=(0.0, max(recall.proposals)),
        top=1.0,
    )
    shown = [_at(recall, number) for number in _SHOWN_PROPOSALS]
    table = Table(
        "Average recall by number of proposals",
        [Column("AN"), Column("AR")],
        [[count_cell(an), percent_cell(ar)] for an, ar in shown],
    )
    figures = [Figure("AR–AN", "Average recall over the ten tIoU thresholds.", chart, table)]
    if any(item.recall for item in bins):
        figures.append(_recall_by_length(bins))
    return Section("recall", "Proposals", lead, figures)


def _at(recall: RecallCurve, number: float) -> tuple[float, float]:
    """The point of the curve nearest to a number of proposals."""
    index = int(np.argmin(np.abs(np.asarray(recall.proposals) - number)))
    return recall.proposals[index], recall.recall[index]


def _recall_by_length(bins: Sequence[RecallByLength]) -> Figure:
    numbers = list(range(1, MOST_PROPOSALS + 1))
    filled = [(index, item) for index, item in enumerate(bins) if item.recall]
    lines = [
        Line(item.bounds, numbers, item.recall, f"s{index + 1}", short=BIN_NAMES[index])
        for index, item in filled
    ]
    ends = ", ".join(f"{BIN_NAMES[i]} {percent(item.recall[-1], 1)}" for i, item in filled)
    columns = [
        Column("length", numeric=False),
        Column("segments"),
        *(Column(f"AR@{number}") for number in _SHOWN_PROPOSALS),
    ]
    rows = [
        [
            Cell(f"{BIN_NAMES[index]} {item.bounds}", float(index)),
            count_cell(item.n_truth),
            *(percent_cell(item.recall[number - 1]) for number in _SHOWN_PROPOSALS),
        ]
        for index, item in filled
    ]
    return Figure(
        "AR–AN by length",
        "Of the segments of each length, the share that the best proposals of a video find.",
        line_chart(
            f"average recall by length at 100 proposals: {ends}",
            lines,
            "proposals per video (AN)",
            x_domain=(0.0, float(MOST_PROPOSALS)),
            top=1.0,
        ),
        Table("Average recall by length of the segment", columns, rows),
        [
            Legend(f"s{index + 1}", f"{item.bounds} ({item.n_truth})", BIN_NAMES[index], "line")
            for index, item in filled
        ],
    )


def class_section(data: ReportData, analysis: Analysis, other: Analysis | None) -> Section:
    """AP of each class beside its frequency in training."""
    groups = [Group(name, name, _MARKERS[name], analysis.group_ap(name)) for name in FREQUENCIES]
    said = ", ".join(
        f"{name} {percent(analysis.group_ap(name), 1)} ({_size(analysis, name)})"
        for name in FREQUENCIES
    )
    settings = data.settings
    lead = f"Mean AP by training frequency: {said}."
    chart = class_scatter(
        lead,
        [ClassPoint(c.label, c.n_train, c.ap, c.frequency) for c in analysis.classes],
        groups,
    )
    bounds = {
        "head": f"head: more than {settings.head_above}",
        "medium": f"medium: {settings.tail_below} to {settings.head_above}",
        "tail": f"tail: fewer than {settings.tail_below}",
    }
    legend = [Legend(n, bounds[n], shape=_MARKERS[n]) for n in FREQUENCIES]  # type: ignore[arg-type]
    figure = Figure(
        "AP by training frequency",
        "Each mark is a class. Arrow keys walk from class to class.",
        chart,
        _class_table(analysis, other),
        legend,
        wide=True,
        readout=True,
    )
    return Section("classes", "Classes", lead, [figure])


def _size(analysis: Analysis, name: Frequency) -> str:
    n = sum(row.frequency == name for row in analysis.classes)
    return f"{n} class" if n == 1 else f"{n} classes"


def _class_table(analysis: Analysis, other: Analysis | None) -> Table:
    before = {row.label: row.ap for row in other.classes} if other else {}
    most = max(row.n_train for row in analysis.classes)
    columns = [
        Column("class", numeric=False),
        Column("AP"),
        *([Column("change", hint="points of AP against the other submission")] if other else []),
        Column("in training"),
        Column("AP at 0.5"),
        Column("in subset"),
        Column("group", numeric=False),
    ]
    rows = [_class_row(row, most, before, other is not None) for row in analysis.classes]
    return Table("AP of each class", columns, rows, "class-table", sortable=True, search="classes")


def _class_row(row: ClassResult, most: int, before: dict[str, float], compared: bool) -> list[Cell]:
    cells = [
        Cell(row.label, row.label),
        percent_cell(row.ap, bar=table_bar(row.ap, 1.0, row.frequency)),
        count_cell(row.n_train, bar=table_bar(row.n_train, most, "count")),
        percent_cell(row.ap_half),
        count_cell(row.n_truth),
        Cell(row.frequency, float(FREQUENCIES.index(row.frequency))),
    ]
    if compared:
        cells.insert(2, points_cell(row.ap - before.get(row.label, float("nan"))))
    return cells

"""The section of one classification of given segments: its classes and its classifiers."""

from __future__ import annotations

from collections.abc import Mapping

from common.core.params.report import ReportParams
from common.submission.charts.bars import table_bar
from common.submission.charts.svg import percent
from common.submission.report.blocks import Cell, Column, Section, Table, count_cell, percent_cell
from common.submission.report.data import TaskReport
from common.submission.report.table_sections import classifier_table

_SHOWN_CONFUSIONS = 3


def task_section(task: TaskReport, settings: ReportParams) -> Section:
    """Every class by training frequency with what it is taken for, and the long-tail table."""
    lead = f"Top-1 of the {task.name}: {percent(task.top1)}."
    blocks = [_class_table(task, settings)]
    if task.classifiers:
        said, table = classifier_table(task.classifiers)
        lead += f" {said}"
        blocks.append(table)
    return Section(task.name, f"{task.name.capitalize()}s", lead, blocks)


def _class_table(task: TaskReport, settings: ReportParams) -> Table:
    columns = [
        Column(task.name, numeric=False),
        Column("training segments"),
        Column("group", numeric=False),
        Column("segments"),
        Column("right"),
        Column("mostly taken for", numeric=False),
    ]
    order = sorted(task.hits, key=lambda name: (-task.train_counts[name], name))
    rows = []
    for name in order:
        right, total = task.hits[name]
        group = _group(task.train_counts[name], settings)
        share = right / total
        rows.append(
            [
                Cell(name, name),
                count_cell(task.train_counts[name]),
                Cell(group, group),
                count_cell(total),
                percent_cell(share, bar=table_bar(share, 1.0, group)),
                Cell(_confusions(task.taken_for[name])),
            ]
        )
    caption = f"Every {task.name} by training frequency"
    return Table(caption, columns, rows, id=f"classes-{task.name}", sortable=True)


def _group(n_train: int, settings: ReportParams) -> str:
    if n_train > settings.head_above:
        return "head"
    return "tail" if n_train < settings.tail_below else "medium"


def _confusions(taken_for: Mapping[str, int]) -> str:
    worst = sorted(taken_for.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN_CONFUSIONS]
    return ", ".join(f"{name} {count}" for name, count in worst)

"""The section that says whether scores can be trusted as probabilities."""

from __future__ import annotations

import math

import numpy as np

from common.submission.analysis.calibration import Calibration
from common.submission.charts.bars import Bar, column_chart
from common.submission.charts.lines import Line, line_chart
from common.submission.charts.svg import percent, plain
from common.submission.report.blocks import (
    Cell,
    Column,
    Figure,
    Legend,
    Section,
    Table,
    count_cell,
    percent_cell,
)


def calibration_section(result: Calibration) -> Section:
    """Reliability curve and histogram of the scores."""
    lead = (
        f"Scores are off by {percent(result.error, 1)} on average "
        "(expected calibration error at tIoU 0.5)."
    )
    some = [i for i in range(len(result.count)) if result.count[i]]
    top = float(result.edges[-1])
    line = Line(
        "precision",
        [float(result.mean_score[i]) for i in some],
        [float(result.precision[i]) for i in some],
        dots=True,
    )
    rows = [
        [
            Cell(_span(result, i), float(i)),
            count_cell(int(result.count[i])),
            Cell(_three(float(result.mean_score[i]))),
            percent_cell(float(result.precision[i])),
        ]
        for i in range(len(result.count))
    ]
    table = Table(
        "Detections by score",
        [
            Column("score", numeric=False),
            Column("detections"),
            Column("mean score"),
            Column("precision"),
        ],
        rows,
    )
    reliability = Figure(
        "Precision by score",
        "On the dashed line a score of 0.7 is right seven times in ten.",
        line_chart(lead, [line], "score", x_domain=(0.0, top), show_x=plain, diagonal=True),
        table,
        [Legend("main", "this submission", shape="line"), Legend("other", "ideal", shape="line")],
    )
    return Section("calibration", "Calibration", lead, [reliability, _histogram(result)])


def _histogram(result: Calibration) -> Figure:
    total = int(result.count.sum())
    shares = result.count / max(total, 1)
    most = int(np.argmax(shares))
    bars = [
        Bar(
            f"{result.edges[i]:g}\n",
            float(shares[i]),
            "count",
            f"score {_span(result, i)}: {int(result.count[i]):,} detections",
        )
        for i in range(len(shares))
    ]
    said = f"{percent(float(shares[most]), 1)} of {total:,} detections score {_span(result, most)}"
    table = Table(
        "Share of detections by score",
        [Column("score", numeric=False), Column("share")],
        [[Cell(_span(result, i)), percent_cell(float(shares[i]))] for i in range(len(shares))],
    )
    return Figure(
        "How scores are spread",
        f"All {total:,} detections; a bar starts at the score below it.",
        column_chart(said, bars, "score", top=None),
        table,
    )


def _span(result: Calibration, index: int) -> str:
    return f"{result.edges[index]:g}–{result.edges[index + 1]:g}"


def _three(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"

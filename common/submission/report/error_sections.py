"""Sections that say what goes wrong: the errors, and the segments that suffer."""

from __future__ import annotations

from common.submission.analysis.fixes import FIXES, Fix
from common.submission.analysis.matching import ERROR_KINDS, KIND_LETTER, KIND_NAME, Kind
from common.submission.analysis.profile import RANK_INTERVALS, mean_counts
from common.submission.analysis.sensitivity import BinResult
from common.submission.charts.bars import Bar, Part, column_chart, signed_bars, stacked_bars
from common.submission.charts.svg import percent
from common.submission.report.analysis import Analysis
from common.submission.report.blocks import (
    Cell,
    Column,
    Figure,
    Legend,
    Section,
    Table,
    count_cell,
    percent_cell,
    points,
    points_cell,
)

KIND_CLASS = {kind: f"k{KIND_LETTER[kind]}" for kind in Kind}
KIND_LEGEND = tuple(Legend(KIND_CLASS[k], KIND_NAME[k], KIND_LETTER[k]) for k in Kind)
_KIND_RULE = {
    Kind.TRUE_POSITIVE: "matched",
    Kind.DOUBLE: "good overlap and label, but the segment is taken",
    Kind.WRONG_LABEL: "good overlap, other label",
    Kind.LOCALISATION: "right label, overlap between 0.1 and the threshold",
    Kind.CONFUSION: "other label, overlap between 0.1 and the threshold",
    Kind.BACKGROUND: "overlaps nothing by 0.1 or more",
}
_FIX_NAME: dict[Fix, str] = {
    "label": "wrong label",
    "localisation": "localisation",
    "both": "label + place",
    "double": "double",
    "background": "background",
    "missed": "missed",
}
_FIX_CLASS: dict[Fix, str] = {
    "label": KIND_CLASS[Kind.WRONG_LABEL],
    "localisation": KIND_CLASS[Kind.LOCALISATION],
    "both": KIND_CLASS[Kind.CONFUSION],
    "double": KIND_CLASS[Kind.DOUBLE],
    "background": KIND_CLASS[Kind.BACKGROUND],
    "missed": "truth",
}
_CHARACTERISTIC = {
    "length": "length of the segment",
    "coverage": "share of its video that the segment covers",
    "instances": "segments of the same class in the video",
}


def error_section(analysis: Analysis) -> Section:
    """Profile by rank, gains by removal, gains by repair."""
    gain = analysis.gains.gain
    worst = max(gain, key=lambda kind: (gain[kind], -int(kind)))
    lead = (
        f"Most would be gained without {KIND_NAME[worst]} errors: "
        f"{points(gain[worst])} points of average mAP."
        if gain[worst] > 0
        else "No kind of error costs anything."
    )
    if analysis.matches.n_ignored:
        lead += (
            f" {analysis.matches.n_ignored:,} detections of classes that the ground truth lacks "
            "are left out, as the official score does."
        )
    return Section(
        "errors", "Errors", lead, [_profile(analysis), _gains(analysis), _fixes(analysis)]
    )


def _profile(analysis: Analysis) -> Figure:
    profile = analysis.profile
    names = [f"{index + 1}G" for index in range(RANK_INTERVALS)]
    filled = [index for index in range(RANK_INTERVALS) if profile.counts[index].sum() > 0]
    parts = [
        Part(KIND_NAME[k], KIND_LETTER[k], KIND_CLASS[k], profile.shares[:, k].tolist())
        for k in Kind
    ]
    first = percent(float(profile.shares[0, Kind.TRUE_POSITIVE]), 1)
    counts = mean_counts(analysis.matches)
    rows = [
        [Cell(names[i], float(i)), *(percent_cell(float(profile.shares[i, k])) for k in Kind)]
        for i in filled
    ]
    rows.append([Cell("number, all ranks", 99.0), *(count_cell(counts[k], 1) for k in Kind)])
    columns = [
        Column("rank", numeric=False),
        *(Column(f"{KIND_LETTER[k]} {KIND_NAME[k]}", hint=_KIND_RULE[k]) for k in Kind),
    ]
    return Figure(
        "What detections are, by rank",
        "1G holds each class’s best detections, as many as it has ground truth; 2G the next as "
        "many. Mean over the ten thresholds.",
        stacked_bars(
            f"of the best ranked detections (1G) {first} are true positives",
            names,
            parts,
            "rank, in units of the number of ground truth segments",
        ),
        Table("Share of each kind by rank interval", columns, rows),
        KIND_LEGEND,
        tall=True,
    )


def _gains(analysis: Analysis) -> Figure:
    gains = analysis.gains
    said = ", ".join(f"{KIND_NAME[k]} {points(gains.gain[k])}" for k in ERROR_KINDS)
    bars = [
        Bar(
            f"{KIND_LETTER[k]} {KIND_NAME[k].removesuffix(' detection')}",
            gains.gain[k],
            KIND_CLASS[k],
        )
        for k in ERROR_KINDS
    ]
    rows = [
        [
            Cell(f"{KIND_LETTER[k]} {KIND_NAME[k]}"),
            points_cell(gains.gain[k]),
            points_cell(gains.gain_normalised[k]),
        ]
        for k in ERROR_KINDS
    ]
    rows.append(
        [
            Cell("average mAP as it stands", strong=True),
            percent_cell(gains.base),
            percent_cell(gains.base_normalised),
        ]
    )
    return Figure(
        "Gain if the errors were removed",
        "Points of average mAP without all detections of one kind.",
        signed_bars(f"gain in average mAP by removal, points: {said}", bars),
        Table(
            "Gain by removal, points",
            [
                Column("kind", numeric=False),
                Column("average mAP"),
                Column("normalised", hint="precision normalised, so that class sizes compare"),
            ],
            rows,
        ),
    )


def _fixes(analysis: Analysis) -> Figure:
    said = ", ".join(f"{_FIX_NAME[f]} {points(analysis.fixes[f])}" for f in FIXES)
    bars = [Bar(_FIX_NAME[f], analysis.fixes[f], _FIX_CLASS[f]) for f in FIXES]
    rows = [[Cell(_FIX_NAME[f]), points_cell(analysis.fixes[f])] for f in FIXES]
    return Figure(
        "Gain if the errors were put right",
        "Points of mAP at tIoU 0.5. Another question than removal, so other numbers: a repaired "
        "detection becomes a true positive.",
        signed_bars(f"gain in mAP at 0.5 by repair, points: {said}", bars),
        Table(
            "Gain by repair, points", [Column("error", numeric=False), Column("mAP at 0.5")], rows
        ),
    )


def sensitivity_section(analysis: Analysis) -> Section:
    """Normalised AP and missed segments by characteristic."""
    filled = [row for row in analysis.bins if row.n_truth]
    hardest = max(filled, key=lambda row: (row.missed, row.characteristic, row.name))
    lead = (
        f"Missed most: {_CHARACTERISTIC[hardest.characteristic]} {hardest.bounds} "
        f"({percent(hardest.missed, 1)} of {hardest.n_truth} segments without a match)."
    )
    figures = []
    for characteristic in _CHARACTERISTIC:
        rows = [row for row in analysis.bins if row.characteristic == characteristic]
        figures += [_bin_figure(rows, analysis.gains.base_normalised, missed=False)]
        figures += [_bin_figure(rows, None, missed=True)]
    return Section("sensitivity", "Hard segments", lead, figures)


def _bin_figure(rows: list[BinResult], reference: float | None, *, missed: bool) -> Figure:
    name = _CHARACTERISTIC[rows[0].characteristic]
    values = [row.missed if missed else row.ap for row in rows]
    bars = [
        Bar(
            f"{row.name}\n{row.bounds}",
            value,
            "truth" if missed else "main",
            f"{row.name} {row.bounds}: {percent(value)} ({row.n_truth} segments)",
        )
        for row, value in zip(rows, values, strict=True)
    ]
    said = ", ".join(
        f"{row.bounds} {percent(v, 1)}" for row, v in zip(rows, values, strict=True) if row.n_truth
    )
    short = rows[0].characteristic
    what = "Missed" if missed else "Normalised average mAP"
    note = (
        "Share of segments without a match, mean over the ten thresholds."
        if missed
        else "Only the segments of one bin count; the dashed line is the score on all."
    )
    table = Table(
        f"{what} by {name}",
        [Column("bin", numeric=False), Column("segments"), Column(what)],
        [
            [Cell(f"{row.name} {row.bounds}"), count_cell(row.n_truth), percent_cell(value)]
            for row, value in zip(rows, values, strict=True)
        ],
    )
    return Figure(
        f"{what} by {short}",
        note,
        column_chart(
            f"{what.lower()} by {name}: {said}",
            bars,
            name,
            reference=reference,
        ),
        table,
    )

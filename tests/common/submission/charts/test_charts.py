"""Each chart for fixed input: its text, what it says, what it draws."""

import xml.etree.ElementTree as ET

import pytest

from common.submission.charts.bars import (
    Bar,
    Part,
    column_chart,
    signed_bars,
    stacked_bars,
    table_bar,
)
from common.submission.charts.lines import Line, line_chart
from common.submission.charts.scatter import ClassPoint, Group, class_scatter
from common.submission.charts.strip import ClassRow, Mark, pack, timeline

NAN = float("nan")


def parsed(svg):
    return ET.fromstring(svg)


def classes(svg, tag):
    return [node.get("class") for node in parsed(svg).iter(tag)]


def texts(svg):
    return [node.text for node in parsed(svg).iter("text")]


def test_line_chart_text():
    svg = line_chart(
        "falls", [Line("a", [0.5, 0.9], [0.4, 0.1], dots=True)], "tIoU", x_domain=(0.5, 0.9)
    )
    assert svg == (
        '<svg class="chart" role="img" aria-label="falls" viewBox="0 0 400 240">'
        '<line x1="42" y1="202" x2="386" y2="202" class="rule"/>'
        '<line x1="42" y1="157" x2="386" y2="157" class="rule"/>'
        '<line x1="42" y1="112" x2="386" y2="112" class="rule"/>'
        '<line x1="42" y1="67" x2="386" y2="67" class="rule"/>'
        '<line x1="42" y1="22" x2="386" y2="22" class="rule"/>'
        '<text x="36" y="206" class="tick end">0</text>'
        '<text x="36" y="161" class="tick end">10</text>'
        '<text x="36" y="116" class="tick end">20</text>'
        '<text x="36" y="71" class="tick end">30</text>'
        '<text x="36" y="26" class="tick end">40</text>'
        '<line x1="42" y1="202" x2="386" y2="202" class="base"/>'
        '<text x="42" y="217" class="tick mid">0.5</text>'
        '<text x="128" y="217" class="tick mid">0.6</text>'
        '<text x="214" y="217" class="tick mid">0.7</text>'
        '<text x="300" y="217" class="tick mid">0.8</text>'
        '<text x="386" y="217" class="tick mid">0.9</text>'
        '<text x="214" y="235" class="name mid">tIoU</text>'
        '<text x="36" y="11" class="tick end">%</text>'
        '<path d="M42 22L386 157" class="line main"/>'
        '<circle cx="42" cy="22" r="3.5" class="dot main">'
        "<title>a, 0.5: 40.00\u00a0%</title></circle>"
        '<circle cx="386" cy="157" r="3.5" class="dot main">'
        "<title>a, 0.9: 10.00\u00a0%</title></circle></svg>"
    )


def test_names_at_line_ends_do_not_overlap():
    lines = [Line(n, [0, 1], [0, 0.5], short=n) for n in ("XS", "S", "M")]
    svg = line_chart("all equal", lines, "AN", x_domain=(0, 1))
    heights = [float(n.get("y")) for n in parsed(svg).iter("text") if n.text in ("XS", "S", "M")]
    assert all(b - a >= 12 for a, b in zip(sorted(heights), sorted(heights)[1:], strict=False))


def test_stacked_bars_fill_the_plot_and_carry_letters():
    parts = [Part("true", "T", "kT", [0.75, 0.0]), Part("background", "B", "kB", [0.25, 0.0])]
    svg = stacked_bars("shares", ["1G", "2G"], parts, "rank")
    bars = [node for node in parsed(svg).iter("rect")]
    assert [bar.get("class") for bar in bars] == ["bar kT", "bar kB"]
    assert sum(float(bar.get("height")) for bar in bars) == pytest.approx(240 - 22 - 38)
    assert "T" in texts(svg) and "B" in texts(svg) and "2G" in texts(svg)
    assert bars[0].find("title").text == "1G, true: 75.0\u00a0%"


def test_signed_bars_go_both_ways_from_one_zero_line():
    svg = signed_bars("gains", [Bar("up", 0.02), Bar("down", -0.01), Bar("none", NAN)])
    up, down = (node for node in parsed(svg).iter("rect"))
    zero = float(up.get("x"))
    assert float(down.get("x")) + float(down.get("width")) == pytest.approx(zero)
    assert {"+2.00", "−1.00", "–"} <= set(texts(svg))


def test_column_chart_says_none_for_empty_bins():
    svg = column_chart("bins", [Bar("XS\n0–30 s", 0.5), Bar("S\n30–60 s", NAN)], "length")
    assert len(classes(svg, "rect")) == 1
    assert {"50.0", "none", "XS", "30–60 s"} <= set(texts(svg))


def test_table_bar_is_hidden_from_readers_and_as_long_as_its_share():
    svg = table_bar(0.3, 0.6)
    assert parsed(svg).get("aria-hidden") == "true"
    assert [n.get("width") for n in parsed(svg).iter("rect")] == ["100", "50"]
    assert [n.get("width") for n in parsed(table_bar(NAN, 0.6)).iter("rect")] == ["100", "0"]


def test_scatter_has_one_tab_stop_and_a_shape_for_each_group():
    groups = [
        Group("head", "head", "circle", 0.5),
        Group("medium", "medium", "square", NAN),
        Group("tail", "tail", "triangle", 0.2),
    ]
    points = [ClassPoint("push", 90, 0.5, "head"), ClassPoint("kick", 0, 0.2, "tail")]
    svg = class_scatter("by frequency", points, groups)
    stops = [n.get("tabindex") for n in parsed(svg).iter() if n.get("tabindex")]
    assert stops == ["0", "-1"]
    assert classes(svg, "circle") == ["dot head"]
    assert classes(svg, "path") == ["dot tail"]
    labels = [n.find("title").text for n in parsed(svg).iter("circle")]
    assert labels == ["push: AP 50.00\u00a0%, 90 in training, head"]


def test_timeline_marks_are_buttons_in_reading_order():
    row = ClassRow(
        "push box",
        [Mark(1, 3, "G", "truth", "ground truth")],
        [Mark(1, 2, "L", "kL", "first", 0.4), Mark(5, 9, "T", "kT", "second")],
    )
    svg = timeline("one video", 10.0, [row], [2.0])
    marks = [n for n in parsed(svg).iter("g")]
    assert [m.find("title").text for m in marks] == ["ground truth", "first", "second"]
    assert all(m.get("tabindex") == "0" and m.get("role") == "button" for m in marks)
    second = marks[2].find("rect")
    assert (second.get("x"), second.get("width")) == ("50%", "40%")
    assert marks[1].find("rect").get("fill-opacity") == "0.4"
    assert [n.get("cx") for n in parsed(svg).iter("circle")] == ["20%"]


def test_marks_beyond_the_video_stay_inside_the_picture():
    row = ClassRow("a", [], [Mark(-5, 400, "B", "kB", "long"), Mark(100, 101, "B", "kB", "late")])
    svg = timeline("v", 10.0, [row], [])
    for rect in parsed(svg).iter("rect"):
        assert 0 <= float(rect.get("x").rstrip("%")) <= 100
        assert float(rect.get("width").rstrip("%")) <= 100


def test_packing_uses_few_lanes_and_never_overlaps():
    extents = [(0, 2), (1, 3), (2, 4), (3, 5), (0, 9)]
    lanes = pack(extents)
    assert max(lanes) == 2
    for i, a in enumerate(extents):
        for j, b in enumerate(extents):
            if i < j and lanes[i] == lanes[j]:
                assert a[1] <= b[0] or b[1] <= a[0]

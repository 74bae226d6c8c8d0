"""Elements, scales and ticks."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.submission.charts.svg import (
    element,
    linear,
    logarithmic,
    nice_top,
    number,
    percent,
    ticks,
)


@pytest.mark.parametrize(
    "value, text", [(1.0, "1"), (0.126, "0.13"), (-0.001, "0"), (12.5, "12.5"), (100, "100")]
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_text_and_attributes_are_escaped():
    hostile = '</text><script>alert("1")</script>'
    made = element("text", hostile, class_="a", aria_label=hostile, x=None)
    parsed = ET.fromstring(made)
    assert parsed.text == hostile
    assert parsed.attrib == {"class": "a", "aria-label": hostile}


def test_markup_children_are_kept_and_empty_elements_close():
    assert element("g", element("rect", x=1.0), id="a") == '<g id="a"><rect x="1"/></g>'


@given(st.floats(0, 1e6), st.floats(1e-3, 1e6))
def test_ticks_lie_within_and_are_evenly_spread(low, span):
    values = ticks(low, low + span)
    assert len(values) <= 6
    # A billionth of the step is rounding.
    assert all(low - 1e-6 * span <= v <= low + span + 1e-6 * span for v in values)
    steps = {round((b - a) / span, 6) for a, b in zip(values, values[1:], strict=False)}
    assert len(steps) <= 1


def test_ticks_are_round():
    assert ticks(0, 1) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(0, 47.3, 6) == [0, 10, 20, 30, 40]


@pytest.mark.parametrize("highest, top", [(0.0, 1.0), (0.034, 0.04), (0.5, 0.5), (7.3, 8.0)])
def test_nice_top(highest, top):
    assert nice_top(highest) == pytest.approx(top)


def test_scales_hit_their_ends():
    assert linear((0, 10), (100, 200))(5) == 150
    assert linear((3, 3), (0, 1))(3) == 0
    assert logarithmic((1, 100), (0, 2))(10) == pytest.approx(1.0)


def test_percent():
    assert percent(0.38174) == "38.17\u00a0%"
    assert percent(float("nan")) == "–"

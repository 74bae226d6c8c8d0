"""Bins of the truth: their borders, what is missed in them, their score."""

import numpy as np
import pandas as pd
import pytest

from common.submission.analysis.matching import match_detections
from common.submission.analysis.sensitivity import LENGTH_EDGES, cut, sensitivity

DURATIONS = {"v1": 60.0, "v2": 120.0, "v3": 30.0}


def of(results, characteristic):
    return {row.name: row for row in results if row.characteristic == characteristic}


@pytest.mark.parametrize(
    "seconds, name",
    [(0.5, 0), (30.0, 0), (30.1, 1), (60.0, 1), (120.0, 2), (180.0, 3), (180.1, 4)],
)
def test_bins_are_right_closed(seconds, name):
    assert cut(np.array([seconds]), LENGTH_EDGES)[0] == name
    edges = [0.0, *LENGTH_EDGES, np.inf]
    assert pd.cut([seconds], edges, labels=False)[0] == name


def test_characteristics_by_hand(golden_truth, golden_detections):
    results = sensitivity(match_detections(golden_truth, golden_detections), DURATIONS)
    length, coverage = of(results, "length"), of(results, "coverage")
    instances = of(results, "instances")
    # Six segments: 10 10 10 | 40 40 | 20 s; A twice in v1; 20 of 30 s in v3.
    assert [length[name].n_truth for name in length] == [4, 2, 0, 0, 0]
    assert [coverage[name].n_truth for name in coverage] == [3, 2, 0, 1, 0]
    assert [instances[name].n_truth for name in instances] == [4, 2, 0, 0]
    assert [row.bounds for row in length.values()] == [
        "0–30 s", "30–60 s", "60–120 s", "120–180 s", "> 180 s",
    ]  # fmt: skip


def test_missed_by_hand(golden_truth, golden_detections):
    results = sensitivity(match_detections(golden_truth, golden_detections), DURATIONS)
    length = of(results, "length")
    # A 22-30 of 20-30 has tIoU 0.8: found at 7 of 10. B 41-50 has 0.9: found at 9.
    # A 5-24 of 5-25 has 0.95 and A 0-10 is exact: found at all. Long: B 0-36 of 0-40 has 0.9,
    # A 55-90 of 60-100 has 30/45: found at 4.
    assert length["XS"].missed == pytest.approx((0.3 + 0.1 + 0.0 + 0.0) / 4)
    assert length["S"].missed == pytest.approx((0.1 + 0.6) / 2)
    assert np.isnan(length["M"].missed)
    assert np.isnan(length["M"].ap)


def test_a_bin_with_all_the_truth_has_the_score_of_all(golden_truth, golden_detections):
    matches = match_detections(golden_truth, golden_detections)
    results = sensitivity(matches, DURATIONS, [100.0, 200.0, 300.0, 400.0])
    assert of(results, "length")["XS"].ap == pytest.approx(0.699245, abs=5e-7)

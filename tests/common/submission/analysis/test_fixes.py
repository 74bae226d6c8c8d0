"""Gains by repair, by hand at tIoU 0.5."""

import pandas as pd
import pytest

from common.submission.analysis.fixes import FIXES, fix_gains
from common.submission.analysis.matching import match_detections


def gains(truth, found):
    truth = pd.DataFrame(truth, columns=["video", "start", "end", "label"])
    found = pd.DataFrame(found, columns=["video", "start", "end", "label", "score"])
    return fix_gains(match_detections(truth, found))


def test_the_example_by_hand(golden_truth, golden_detections):
    # A: TP .95, double .90, TP .80, TP .75, TP .55, then errors: AP = (1 + 3 x 4/5) / 4 = 0.85.
    # B: TP .85, wrong .70, TP .65: AP = (1 + 2/3) / 2 = 0.8333. Without the double A is 1.
    # The wrong labels (truth A 20-30 and A 60-100) are found already, so they go: B is 1.
    got = fix_gains(match_detections(golden_truth, golden_detections))
    assert got["double"] == pytest.approx((1 - 0.85) / 2)
    assert got["label"] == pytest.approx((1 - 5 / 6) / 2)
    for fix in ("localisation", "both", "background", "missed"):
        assert got[fix] == pytest.approx(0.0), fix


def test_a_wrong_label_put_right_becomes_a_true_positive_of_the_other_class():
    got = gains([("v", 0.0, 10.0, "A"), ("v", 50.0, 60.0, "B")], [("v", 0.0, 10.0, "B", 0.9)])
    assert got["label"] == pytest.approx(0.5)
    # B 50-60 is missed and nothing is near it; A has a repairable detection, so it is not missed.
    # Without B's truth its AP stays 0.
    assert got["missed"] == pytest.approx(0.0)


def test_of_two_poor_ones_the_better_is_put_right_and_the_other_goes():
    truth = [("v", 0.0, 10.0, "A"), ("v", 50.0, 60.0, "A")]
    found = [("v", 0.0, 4.0, "A", 0.9), ("v", 0.0, 3.0, "A", 0.8), ("v", 50.0, 60.0, "A", 0.7)]
    # Before: FP, FP, TP: AP = 1/2 x 1/3. After: TP, gone, TP: 1.
    assert gains(truth, found)["localisation"] == pytest.approx(1 - 1 / 6)


def test_a_missed_segment_no_longer_counts():
    truth = [("v", 0.0, 10.0, "A"), ("w", 0.0, 10.0, "A")]
    assert gains(truth, [("v", 0.0, 10.0, "A", 0.9)])["missed"] == pytest.approx(0.5)


def test_confusion_and_background_are_taken_away():
    truth = [("v", 0.0, 10.0, "A"), ("v", 80.0, 90.0, "B")]
    found = [
        ("v", 80.0, 83.0, "A", 0.9),
        ("v", 40.0, 50.0, "A", 0.8),
        ("v", 0.0, 10.0, "A", 0.7),
    ]
    got = gains(truth, found)
    # A: FP, FP, TP has AP 1/3; without one of them 1/2. B has 0.
    assert got["both"] == pytest.approx((1 / 2 - 1 / 3) / 2)
    assert got["background"] == pytest.approx((1 / 2 - 1 / 3) / 2)


def test_perfect_detections_gain_nothing(make_truth):
    truth, _ = make_truth(6)
    got = fix_gains(match_detections(truth, truth.assign(score=0.5)))
    assert got == {fix: pytest.approx(0.0) for fix in FIXES}

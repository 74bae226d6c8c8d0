"""Counts, profile by rank, and gains of the published program's example."""

import numpy as np
import pytest

from common.submission.analysis.matching import ERROR_KINDS, Kind, match_detections
from common.submission.analysis.profile import error_profile, mean_counts, removal_gains


@pytest.fixture
def matches(golden_truth, golden_detections):
    return match_detections(golden_truth, golden_detections)


def test_golden_counts(matches):
    counts = mean_counts(matches)
    assert [counts[kind] for kind in Kind] == pytest.approx([4.9, 0.9, 2.0, 2.2, 1.0, 3.0])


def test_golden_gains(matches):
    gains = removal_gains(matches)
    assert gains.base == pytest.approx(0.695, abs=5e-7)
    plain = [0.052917, 0.075, 0.010417, 0.0, 0.0]
    normalised = [0.064863, 0.056250, 0.011429, 0.0, 0.0]
    assert [gains.gain[k] for k in ERROR_KINDS] == pytest.approx(plain, abs=5e-7)
    assert [gains.gain_normalised[k] for k in ERROR_KINDS] == pytest.approx(normalised, abs=5e-7)


def test_profile_by_hand(matches):
    # 1G: the best 4 of class A (.95 .90 .80 .75) and the best 2 of class B (.85 .70).
    profile = error_profile(matches)
    assert profile.counts[0] == pytest.approx([3.6, 0.9, 1.0, 0.5, 0.0, 0.0])
    assert profile.counts.sum() == pytest.approx(14.0)
    assert profile.shares[:3].sum(axis=1) == pytest.approx([1.0, 1.0, 1.0])
    assert not profile.shares[3:].any()


def test_ranks_beyond_ten_times_the_truth_are_left_out(golden_truth, golden_detections):
    one = golden_truth.iloc[:1]
    many = golden_detections.iloc[[0] * 15].assign(score=np.linspace(0.9, 0.1, 15))
    profile = error_profile(match_detections(one, many))
    assert profile.counts.sum() == pytest.approx(10.0)
    assert profile.shares[0, Kind.TRUE_POSITIVE] == 1.0
    assert (profile.shares[1:, Kind.DOUBLE] == 1.0).all()

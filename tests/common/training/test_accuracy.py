"""Accuracy and average precision by class, and by head, medium and tail."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from common.training.accuracy import (
    average_precisions,
    by_group,
    class_accuracies,
    micro_average_precision,
    shot_groups,
)

COUNTS = np.array([500, 101, 100, 20, 19, 0])


def test_the_limits_belong_to_the_medium_group():
    groups = shot_groups(COUNTS)
    assert groups.head.tolist() == [True, True, False, False, False, False]
    assert groups.medium.tolist() == [False, False, True, True, False, False]
    assert groups.tail.tolist() == [False, False, False, False, True, True]
    assert groups.sizes() == {"head": 2, "medium": 2, "tail": 2}


@given(
    npst.arrays(np.int64, st.integers(1, 30), elements=st.integers(0, 2000)),
    st.integers(0, 200),
    st.integers(0, 200),
)
def test_every_class_is_in_exactly_one_group(counts, head_above, tail_below):
    groups = shot_groups(counts, max(head_above, tail_below), tail_below)
    assert (groups.head + 0 + groups.medium + groups.tail == 1).all()


def test_an_empty_group_is_none_and_never_zero():
    score = by_group(np.array([1.0, 0.5]), shot_groups(np.array([5, 5])))
    assert score.to_dict() == {"all": 0.75, "head": None, "medium": None, "tail": 0.75}


def test_a_class_without_test_samples_does_not_count():
    scores = np.eye(3)[[0, 1, 1]]
    per_class = class_accuracies(scores, np.array([0, 0, 1]))
    assert per_class.tolist()[:2] == [0.5, 1.0]
    assert np.isnan(per_class[2])
    assert by_group(per_class, shot_groups(np.array([200, 50, 5]))).tail is None


def test_average_precision_of_a_known_ranking():
    scores = np.array([[0.9], [0.8], [0.7], [0.6]])
    truth = np.array([[True], [False], [True], [False]])
    assert average_precisions(scores, truth)[0] == pytest.approx((1 + 2 / 3) / 2)
    assert np.isnan(average_precisions(scores, np.zeros_like(truth))[0])


@given(npst.arrays(np.float64, (12, 3), elements=st.floats(-5, 5), unique=True))
def test_average_precision_depends_on_the_ranking_alone(scores):
    truth = np.random.default_rng(0).random((12, 3)) < 0.4
    stretched = 7 * scores**3 - np.array([1.0, 20.0, -3.0])
    unequal = all(len(np.unique(column)) == 12 for column in stretched.T)
    if unequal:
        assert np.array_equal(
            average_precisions(scores, truth), average_precisions(stretched, truth), equal_nan=True
        )


def test_micro_average_precision_pools_the_classes():
    scores = np.array([[0.9, 0.8], [0.1, 0.7]])
    truth = np.array([[True, False], [False, True]])
    assert micro_average_precision(scores, truth) == pytest.approx((1 + 2 / 3) / 2)

"""Samplers: the chances of classes, and what is really drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from common.training.longtail import (
    ClassDraws,
    class_probabilities,
    instance_weights,
    norms_grow_with_counts,
)

COUNTS = np.array([64, 16, 4, 0])


@pytest.mark.parametrize(
    ("sampling", "progress", "expected"),
    [
        ("instance", 0.0, [64 / 84, 16 / 84, 4 / 84, 0]),
        ("sqrt", 0.0, [8 / 14, 4 / 14, 2 / 14, 0]),
        ("class", 0.0, [1 / 3, 1 / 3, 1 / 3, 0]),
        ("progressive", 0.0, [64 / 84, 16 / 84, 4 / 84, 0]),
        (
            "progressive",
            0.5,
            [0.5 * (64 / 84 + 1 / 3), 0.5 * (16 / 84 + 1 / 3), 4 / 168 + 1 / 6, 0],
        ),
        ("progressive", 1.0, [1 / 3, 1 / 3, 1 / 3, 0]),
    ],
)
def test_chances_of_the_classes(sampling, progress, expected):
    assert class_probabilities(COUNTS, sampling, progress) == pytest.approx(expected)


@given(
    npst.arrays(np.int64, st.integers(1, 20), elements=st.integers(0, 500)).filter(np.any),
    st.sampled_from(["instance", "sqrt", "class", "progressive"]),
    st.floats(0, 1),
)
def test_chances_sum_to_one_and_empty_classes_have_none(counts, sampling, progress):
    chances = class_probabilities(counts, sampling, progress)
    assert chances.sum() == pytest.approx(1)
    assert (chances[counts == 0] == 0).all()
    assert (chances[counts > 0] > 0).all()


def _single_label():
    return np.eye(4, dtype=bool)[np.repeat(np.arange(4), COUNTS)]


def test_natural_draws_go_through_all_instances_before_any_comes_again():
    draws = ClassDraws(_single_label(), np.random.default_rng(0))
    assert sorted(draws.draw(84, "instance")) == list(range(84))


def test_class_balanced_draws_serve_all_classes_alike_and_use_all_instances():
    draws = ClassDraws(_single_label(), np.random.default_rng(0))
    drawn = draws.draw(3000, "class")
    assert draws.realised(drawn)[:3] == pytest.approx([1 / 3] * 3, abs=0.03)
    times = np.bincount(drawn, minlength=84)
    assert (times > 0).all()
    assert np.ptp(times[80:]) <= 1  # the four rare ones take turns


def test_with_several_labels_head_classes_come_along():
    """Every instance of the rare class 1 also has the frequent class 0."""
    truth = np.zeros((100, 2), dtype=bool)
    truth[:90, 0] = truth[80:90, 1] = True
    draws = ClassDraws(truth, np.random.default_rng(0))
    realised = draws.realised(draws.draw(2000, "class"))
    assert realised[1] > 0.5
    assert realised[0] == pytest.approx(1.0)


def test_instance_weights_serve_the_rarest_label_of_each_instance():
    truth = np.array([[True, False], [True, True], [True, False], [True, False]])
    weights = instance_weights(truth, "class")
    # wanted 1/2 each; natural 1 and 1/4: ratios 0.5 and 2, the largest one counts.
    assert weights == pytest.approx(np.array([0.5, 2, 0.5, 0.5]) / 3.5)


def test_growth_of_the_norms_is_seen():
    counts = np.array([100, 10, 1, 0])
    weight = np.array([[3.0, 0], [2, 0], [1, 0], [50, 0]])
    assert norms_grow_with_counts(weight, counts) == pytest.approx(1.0)
    assert norms_grow_with_counts(weight[[2, 1, 0, 3]], counts) == pytest.approx(-1.0)

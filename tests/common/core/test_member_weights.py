"""Weights of one member alone and of all alike."""

import pytest

from common.core.member_weights import alone, uniform


def test_each_member_alone_in_the_order_of_the_members():
    assert alone(["a", "b"]) == {"a": (1.0, 0.0), "b": (0.0, 1.0)}


@pytest.mark.parametrize("n", [1, 3, 7])
def test_uniform_weights_are_equal_and_sum_to_one(n):
    weights = uniform([str(i) for i in range(n)])
    assert len(set(weights)) == 1
    assert sum(weights) == pytest.approx(1.0)

"""Motion is what tells a reversed pair apart: no single frame does, three in order do."""

import pytest

from common.core.params.world import World
from common.world.reversed_pairs import Accuracy, measure_pair


@pytest.fixture(scope="module")
def accuracy(sample: World) -> Accuracy:
    assert sample.rendered is not None
    return measure_pair(("pick up ball", "put down ball"), sample.rendered)


def test_one_frame_of_a_reversed_pair_is_at_chance(accuracy):
    assert abs(accuracy.one_frame - 0.5) <= 0.1


def test_three_ordered_frames_tell_a_reversed_pair_apart(accuracy):
    assert accuracy.in_order >= 0.75


def test_the_same_frames_without_their_order_do_not(accuracy):
    assert abs(accuracy.without_order - 0.5) <= 0.15

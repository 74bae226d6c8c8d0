"""Numbers of instances by rank, and the table of actions."""

from hypothesis import given
from hypothesis import strategies as st

from common.world.actions import ACTS
from common.world.cast import ACTIONS, EARLIER, MIRRORED, zipf_counts


def test_zipf_counts_of_a_known_case():
    # 1 : 1/2 : 1/3 : 1/4 of 50 is 24, 12, 8, 6.
    assert zipf_counts(4, 50, 1.0, 1) == [24, 12, 8, 6]


def test_a_flat_law_shares_equally():
    assert zipf_counts(4, 22, 0.0, 1) == [6, 6, 5, 5]


@given(st.integers(2, 40), st.integers(1, 500), st.floats(0, 2), st.integers(1, 6))
def test_zipf_counts_fall_and_keep_the_total_or_the_floor(n, total, exponent, least):
    counts = zipf_counts(n, total, exponent, least)
    assert len(counts) == n
    assert counts == sorted(counts, reverse=True)
    assert min(counts) >= least
    if total >= n * max(least, 1) and min(counts) > least:
        assert sum(counts) == total
    assert sum(counts) >= total


def test_every_action_can_be_drawn_and_follows_known_ones():
    for action in ACTIONS.values():
        assert action.verb in ACTS
        assert all(name in ACTIONS for name in action.follow)
        low, median, high = action.seconds
        assert 1.0 <= low <= median <= high <= 30.0


def test_what_is_carried_can_be_picked_up_and_mirror_images_come_in_pairs():
    assert all(carried in ACTIONS and picked in ACTIONS for carried, picked in EARLIER.items())
    assert all(MIRRORED[MIRRORED[label]] == label for label in MIRRORED)

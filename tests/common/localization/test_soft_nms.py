"""Soft-NMS: the golden table, equality with a plain loop, nothing lost, order of ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.core.params.localization import SoftNms
from common.localization.bench_nms import plain_soft_nms, run
from common.localization.soft_nms import soft_nms

SEGMENTS = np.array(
    [
        [0.10, 0.30],
        [0.11, 0.31],
        [0.10, 0.50],
        [0.40, 0.60],
        [0.42, 0.62],
        [0.05, 0.95],
        [0.06, 0.94],
        [0.70, 0.80],
        [0.71, 0.80],
        [0.12, 0.29],
    ]
)
SCORES = np.array([0.90, 0.85, 0.80, 0.75, 0.70, 0.65, 0.60, 0.55, 0.50, 0.45])

# Values of mmaction2 1.2.0, localizers/utils/proposal_utils.py, soft_nms.
GOLDEN = {
    (0.4, 0.5, 0.9): (
        [0, 2, 3, 5, 7, 4, 1, 8, 6, 9],
        [0.9, 0.8, 0.75, 0.65, 0.55]
        + [0.131305493, 0.109809944, 0.065996922, 0.054971023, 0.012142936],
    ),
    (0.4, 0.0, 0.0): (
        [0, 3, 7, 5, 2, 4, 8, 1, 6, 9],
        [0.9, 0.75, 0.55, 0.492352333, 0.236461302]
        + [0.109387676, 0.064367452, 0.051950654, 0.018454643, 0.006441037],
    ),
    (0.4, 0.25, 0.9): (
        [0, 3, 5, 7, 2, 4, 1, 8, 6, 9],
        [0.9, 0.75, 0.65, 0.55, 0.428209143]
        + [0.131305493, 0.109809944, 0.065996922, 0.054971023, 0.012142936],
    ),
    (0.75, 0.65, 0.9): (
        [0, 2, 3, 5, 7, 4, 1, 8, 6, 9],
        [0.9, 0.8, 0.75, 0.65, 0.55]
        + [0.286723504, 0.285367420, 0.169797763, 0.167703434, 0.065534775],
    ),
}


@pytest.mark.parametrize("constants", GOLDEN)
def test_the_golden_table(constants):
    alpha, low, high = constants
    kept, scores = soft_nms(SEGMENTS, SCORES, SoftNms(alpha=alpha, low=low, high=high))
    ids, values = GOLDEN[constants]
    assert kept.tolist() == ids
    assert np.abs(scores - values).max() < 5e-10


def random_proposals(rng, n):
    ends = np.sort(rng.integers(0, 60, (n, 2)) / 60, axis=1) + np.array([0.0, 1 / 60])
    return np.clip(ends, 0, 1), rng.random(n)


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 60),
    low=st.sampled_from([0.0, 0.25, 0.5]),
    top_k=st.sampled_from([1, 5, 100]),
    decimals=st.sampled_from([1, 16]),
)
@settings(max_examples=400, deadline=None)
def test_it_equals_the_plain_loop(seed, n, low, top_k, decimals):
    """With one decimal many scores are equal."""
    segments, scores = random_proposals(np.random.default_rng(seed), n)
    scores = scores.round(decimals)
    spec = SoftNms(low=low, top_k=top_k)
    kept, values = soft_nms(segments, scores, spec)
    expected = plain_soft_nms(segments, scores, spec)
    assert kept.tolist() == expected[0]
    assert values.tolist() == expected[1]


@given(seed=st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_the_order_of_the_input_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    segments, scores = random_proposals(rng, 40)
    order = rng.permutation(40)
    kept, values = soft_nms(segments, scores, SoftNms())
    shuffled, shuffled_values = soft_nms(segments[order], scores[order], SoftNms())
    assert order[shuffled].tolist() == kept.tolist()
    assert np.array_equal(values, shuffled_values)


def test_equal_scores_keep_their_order():
    segments = np.array([[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]])
    kept, _ = soft_nms(segments, np.array([0.5, 0.5, 0.5]), SoftNms())
    assert kept.tolist() == [0, 1, 2]


def test_a_short_list_loses_nothing_and_an_empty_one_stays_empty():
    kept, scores = soft_nms(SEGMENTS[:2], SCORES[:2], SoftNms())
    assert sorted(kept.tolist()) == [0, 1] and len(scores) == 2
    kept, scores = soft_nms(np.zeros((0, 2)), np.zeros(0), SoftNms())
    assert len(kept) == len(scores) == 0


def test_the_input_is_not_changed():
    segments, scores = SEGMENTS.copy(), SCORES.copy()
    soft_nms(segments, scores, SoftNms())
    assert np.array_equal(segments, SEGMENTS) and np.array_equal(scores, SCORES)


def test_the_benchmark_compares_equal_results():
    table = run(sizes=(60,))
    assert table.rows[0][0] == 60 and table.rows[0][3] > 1
    assert "differ by at most inf" not in table.notes[-1]

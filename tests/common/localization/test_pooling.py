"""Mean features of intervals."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from common.core.timebase import SnippetGrid
from common.localization.pooling import pool_intervals

GRID = SnippetGrid(0.5, 1.0, 4)  # cells [0, 1), [1, 2), [2, 3), [3, 4)
RAMP = np.array([[0.0, 1.0], [10.0, 1.0], [20.0, 1.0], [30.0, 1.0]])


def _pool(*interval):
    return pool_intervals(RAMP, GRID, np.array([interval]))[0].tolist()


def test_whole_cells_are_averaged():
    assert _pool(1.0, 3.0) == [15.0, 1.0]


def test_a_part_of_a_cell_counts_by_its_share():
    np.testing.assert_allclose(_pool(0.5, 1.25), [(0.5 * 0 + 0.25 * 10) / 0.75, 1.0])


def test_what_lies_outside_does_not_count():
    assert _pool(-5.0, 1.0) == [0.0, 1.0]
    assert _pool(3.0, 99.0) == [30.0, 1.0]


def test_an_interval_of_no_length_takes_the_nearest_snippet():
    assert _pool(2.5, 2.5) == [20.0, 1.0]
    assert _pool(7.0, 9.0) == [30.0, 1.0]
    assert _pool(-3.0, -2.0) == [0.0, 1.0]


@given(st.integers(1, 30), st.integers(0, 10_000))
def test_it_equals_a_plain_sum_over_cells(n, seed):
    rng = np.random.default_rng(seed)
    array, grid = rng.normal(size=(n, 3)), SnippetGrid(0.3, 0.6, n)
    start, end = sorted(rng.uniform(0, 0.6 * n, 2))
    if end - start < 1e-3:
        return
    edges = 0.6 * np.arange(n + 1)
    overlap = np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], start), 0, None)
    expected = (overlap[:, None] * array).sum(0) / overlap.sum()
    found = pool_intervals(array, grid, np.array([[start, end]]))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)

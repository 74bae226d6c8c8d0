"""Windows become one map: against slow loops, and what must not change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.localization.maps import ScoreMaps
from common.localization.windows.fusion import fuse_windows
from common.localization.windows.grid import WindowGrid

GRIDS = st.integers(3, 12).flatmap(
    lambda positions: st.integers(1, positions - 1).flatmap(
        lambda step: st.integers(1, positions - step).map(
            lambda durations: WindowGrid(positions, durations, step, 1.0, 0.1)
        )
    )
)


def whole(windows, grid, size):
    columns = list(fuse_windows(windows, grid, size))
    return (
        np.concatenate([c.start for c in columns]),
        np.concatenate([c.end for c in columns]),
        np.concatenate([c.confidence for c in columns], axis=2),
    )


def cells_inside(size, durations):
    return [(d, s) for d in range(durations) for s in range(size) if d + s < size]


@settings(max_examples=60)
@given(grid=GRIDS, seconds=st.integers(1, 40), seed=st.integers(0, 1000))
def test_every_value_is_the_mean_of_the_windows_that_know_it(random_windows, grid, seconds, seed):
    size, n_windows = grid.n_positions(seconds), grid.n_windows(seconds, "v")
    windows = random_windows(grid, n_windows, seed)
    start, end, confidence = whole(windows, grid, size)
    assert start.shape == end.shape == (size,)
    assert confidence.shape == (2, grid.durations, size)
    for t in range(size):
        local = [(w, t - k * grid.step) for k, w in enumerate(windows)]
        local = [(w, i) for w, i in local if 0 <= i < grid.positions]
        assert start[t] == pytest.approx(np.mean([w.start[i] for w, i in local]), rel=1e-6)
        assert end[t] == pytest.approx(np.mean([w.end[i] for w, i in local]), rel=1e-6)
    for d, s in cells_inside(size, grid.durations):
        local = [(w, s - k * grid.step) for k, w in enumerate(windows)]
        local = [(w, i) for w, i in local if i >= 0 and i + d < grid.positions]
        expected = np.mean([w.confidence[:, d, i] for w, i in local], axis=0)
        assert confidence[:, d, s] == pytest.approx(expected, rel=1e-6)


@given(grid=GRIDS, seconds=st.integers(1, 40), value=st.floats(0, 1, width=32))
def test_constant_maps_fuse_to_the_constant(grid, seconds, value):
    flat = np.full(grid.positions, value, np.float32)
    confidence = np.full((2, grid.durations, grid.positions), value, np.float32)
    one = ScoreMaps("v", grid.window_seconds, flat, flat, confidence)
    size = grid.n_positions(seconds)
    start, end, fused = whole([one] * grid.n_windows(seconds, "v"), grid, size)
    assert (start == np.float32(value)).all() and (end == np.float32(value)).all()
    assert all(
        (fused[:, d, s] == np.float32(value)).all() for d, s in cells_inside(size, len(fused[0]))
    )


@given(seed=st.integers(0, 1000))
def test_a_box_in_the_overlap_has_one_score_whichever_window_saw_it(random_windows, seed):
    grid = WindowGrid(10, 5, 5, 1.0, 0.1)
    a, b = random_windows(grid, 2, seed)
    fused = whole([a, b], grid, 10)[2]
    # The two windows exchange what they say of the boxes in the overlap.
    a2, b2 = a.confidence.copy(), b.confidence.copy()
    for d in range(5):
        n = 5 - d
        a2[:, d, 5 : 5 + n], b2[:, d, :n] = b.confidence[:, d, :n], a.confidence[:, d, 5 : 5 + n]
    windows = [ScoreMaps("v", 10.0, w.start, w.end, c) for w, c in ((a, a2), (b, b2))]
    swapped = whole(windows, grid, 10)[2]
    for d, s in cells_inside(10, 5):
        assert (fused[:, d, s] == swapped[:, d, s]).all()


def test_columns_leave_as_soon_as_they_are_final(random_windows):
    grid = WindowGrid(10, 5, 5, 1.0, 0.1)
    taken = []

    def watched():
        for i, one in enumerate(random_windows(grid, 6, 0)):
            taken.append(i)
            yield one

    seen = [(len(taken), len(columns.start)) for columns in fuse_windows(watched(), grid, 32)]
    assert seen == [(2, 5), (3, 5), (4, 5), (5, 5), (6, 5), (6, 7)]


def test_a_missing_window_is_no_shorter_video(random_windows):
    grid = WindowGrid(10, 5, 5, 1.0, 0.1)
    with pytest.raises(ValueError, match="position 15 of 20"):
        list(fuse_windows(random_windows(grid, 2, 0), grid, 20))

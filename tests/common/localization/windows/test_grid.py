"""Which windows a video has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.errors import InputError
from common.localization.windows.grid import WindowGrid

PUBLISHED = WindowGrid()


def test_the_published_window_lasts_53_seconds():
    assert PUBLISHED.window_seconds == pytest.approx(53.3333, abs=1e-4)


@pytest.mark.parametrize(
    ("duration", "windows", "positions"),
    [
        (0.2, 1, 1),
        (26.7, 1, 101),
        (26.66667 + 0.21, 2, 101),
        (53.3333333, 2, 200),
        (60.0, 3, 225),
        (3600.0, 135, 13_500),
    ],
)
def test_windows_of_a_video(duration, windows, positions):
    assert PUBLISHED.n_windows(duration, "v") == windows
    assert PUBLISHED.n_positions(duration) == positions


def test_a_video_shorter_than_the_shortest_window_is_named():
    with pytest.raises(InputError, match=r"video P01_11: lasts 0\.19 s.*windows\.none"):
        PUBLISHED.n_windows(0.19, "P01_11")


@pytest.mark.parametrize(
    "sizes",
    [
        {"step": 101},
        {"durations": 101},
        {"step": 0},
        {"min_seconds": 27.0},
        {"min_seconds": 0.0},
        {"min_seconds": 0.0},
    ],
)
def test_sizes_that_lose_a_proposal_are_refused(sizes):
    with pytest.raises(ValueError):
        WindowGrid(**sizes)


@given(
    positions=st.integers(2, 30),
    step=st.integers(1, 29),
    duration=st.floats(0.3, 200.0),
    min_seconds=st.floats(0.01, 0.3),
)
def test_every_proposal_of_the_video_lies_in_a_window(positions, step, duration, min_seconds):
    step = min(step, positions - 1)
    grid = WindowGrid(positions, positions - step, step, 0.5, min_seconds)
    size, n_windows = grid.n_positions(duration), grid.n_windows(duration, "v")
    # The last window that begins at or before a position is the one that reaches furthest.
    for s in range(size):
        first = min(s // step, n_windows - 1) * step
        longest = min(grid.durations, size - s)
        assert s + longest <= first + positions

"""Seconds, frames, snippets: one module converts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from common.core.timebase import (
    SnippetGrid,
    frame_times,
    frames_at,
    grid_for,
    resize_positions,
    resize_sequence,
    sequence_at,
)


@given(st.floats(0.01, 4000.0), st.sampled_from([0.13333, 0.5, 2 / 3, 1.0]))
def test_a_grid_covers_its_video_to_half_a_stride(duration, stride):
    grid = grid_for(duration, stride)
    start, end = grid.span()
    assert abs(start) < 1e-12
    assert grid.n_snippets >= 1
    if duration >= stride:
        assert abs(end - duration) <= stride / 2 + 1e-9
    assert len(grid.centers()) == grid.n_snippets


def test_centres_of_a_known_grid():
    np.testing.assert_allclose(SnippetGrid(0.5, 2.0, 3).centers(), [0.5, 2.5, 4.5])


def test_frames_of_a_clip_lie_around_its_centre():
    np.testing.assert_allclose(frame_times(1.0, 4, 0.25), [0.625, 0.875, 1.125, 1.375])


def test_the_frame_on_screen_is_the_last_one_presented():
    presented = np.array([0.0, 0.1, 0.35, 0.4])
    times = np.array([-1.0, 0.0, 0.0999, 0.1, 0.3, 0.35, 9.0])
    assert frames_at(times, presented).tolist() == [0, 0, 0, 1, 1, 2, 3]


@given(st.integers(1, 500), st.sampled_from([10.0, 23.976, 29.97, 59.94]))
def test_a_frames_own_time_gives_the_frame(n_frames, fps):
    presented = np.arange(n_frames) / fps
    assert frames_at(presented, presented).tolist() == list(range(n_frames))


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from(["ends", "half_pixel"]))
def test_resizing_keeps_channels_and_constants(n, size, rule):
    x = np.tile(np.array([[1.0, -2.0, 3.0]], dtype=np.float32), (n, 1))
    resized = resize_sequence(x, size, rule)
    assert resized.shape == (size, 3) and resized.dtype == np.float32
    np.testing.assert_allclose(resized, np.tile(x[:1], (size, 1)), rtol=1e-6)


@given(st.integers(2, 60))
def test_resizing_to_the_same_length_changes_nothing(n):
    x = np.random.default_rng(n).normal(size=(n, 4))
    np.testing.assert_allclose(resize_sequence(x, n), x, atol=1e-12)


def test_both_rules_read_where_they_say():
    np.testing.assert_allclose(resize_positions(5, 3, "ends"), [0, 2, 4])
    np.testing.assert_allclose(resize_positions(4, 2, "half_pixel"), [0.5, 2.5])


@given(st.integers(1, 40), st.floats(0.1, 2.0), st.floats(0.0, 1.0))
def test_a_sequence_read_at_its_centres_is_itself_and_is_held_beyond_its_ends(n, stride, first):
    grid = SnippetGrid(first, stride, n)
    x = np.random.default_rng(n).normal(size=(n, 3))
    np.testing.assert_allclose(sequence_at(x, grid, grid.centers()), x, atol=1e-10)
    beyond = sequence_at(x, grid, np.array([-5.0, first + n * stride + 5.0]))
    np.testing.assert_array_equal(beyond, x[[0, -1]])


def test_between_two_centres_a_sequence_is_linear():
    x = np.array([[0.0], [10.0]], dtype=np.float32)
    read = sequence_at(x, SnippetGrid(1.0, 2.0, 2), np.array([1.5, 2.0, 2.9]))
    np.testing.assert_allclose(read[:, 0], [2.5, 5.0, 9.5], rtol=1e-6)
    assert read.dtype == np.float32

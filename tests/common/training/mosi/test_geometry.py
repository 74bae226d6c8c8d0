"""Where the window stands: published values, and that it never leaves the still."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.training.mosi.geometry import (
    draw_jitter,
    middle_start,
    start_range,
    travel,
    window_offsets,
)

FAST = [0, 13, 27, 41, 55, 69, 83, 97, 110, 124, 138, 152, 166, 180, 194, 208]
SLOW = [52, 58, 65, 72, 79, 86, 93, 100, 107, 114, 121, 128, 135, 142, 149, 156]


def evaluation(side, speed):
    room = side - 112
    distance = travel(room, speed / 2)
    start = middle_start(room, distance)
    return distance, start, window_offsets(room, distance, start, 16).tolist()


@pytest.mark.parametrize(
    ("speed", "distance", "start", "offsets"),
    [
        (2, 208, 0, FAST),
        (1, 104, 52, SLOW),
        (0, 0, 104, [104] * 16),
        (-1, -104, 156, [156, 149, 142, 135, 128, 121, 114, 107, 100, 93, 86, 79, 72, 65, 58, 52]),
        (-2, -208, 208, [208, 194, 180, 166, 152, 138, 124, 110, 97, 83, 69, 55, 41, 27, 13, 0]),
    ],
)
def test_offsets_over_320_pixels(speed, distance, start, offsets):
    assert evaluation(320, speed) == (distance, start, offsets)


def test_offsets_over_224_pixels():
    assert evaluation(224, 1)[2] == [
        28, 31, 35, 39, 42, 46, 50, 54, 57, 61, 65, 69, 72, 76, 80, 84
    ]  # fmt: skip
    assert evaluation(224, 2)[2] == [
        0, 7, 14, 22, 29, 37, 44, 52, 59, 67, 74, 82, 89, 97, 104, 112
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("speed", "starts"), [(2, (0, 0)), (-2, (208, 208)), (1, (0, 104)), (-1, (104, 208))]
)
def test_starts_of_training(speed, starts):
    assert start_range(208, travel(208, speed / 2)) == starts


@given(st.integers(0, 300), st.floats(-1, 1), st.integers(2, 32), st.data())
def test_the_window_stays_inside_and_moves_one_way(room, factor, n_frames, data):
    distance = travel(room, factor)
    low, high = start_range(room, distance)
    start = data.draw(st.integers(low, high))
    offsets = window_offsets(room, distance, start, n_frames)
    assert offsets.min() >= 0 and offsets.max() <= room
    assert np.all(np.diff(offsets) * np.sign(distance) >= 0)
    assert low <= middle_start(room, distance) <= high
    assert abs(offsets[-1] - offsets[0] - distance) <= 1


@given(st.floats(0.5, 1.0), st.floats(1.0, 1.9), st.integers(0, 9))
def test_jitter_never_drives_a_window_out(low, high, seed):
    rng = np.random.default_rng(seed)
    assert low <= draw_jitter(0.5, low, high, rng) <= high
    assert low <= draw_jitter(-1.0, low, high, rng) <= 1.0

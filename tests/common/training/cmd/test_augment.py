"""Crops and mirrors of CMD: motion stays with its picture, mirrored motion points the other way."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.training.cmd.augment import (
    CmdAugmentation,
    View,
    central_view,
    cut_motion,
    cut_pictures,
    draw_view,
    recolour,
)

WHOLE = View(0, 0, 1, 1, False)
MIRRORED = View(0, 0, 1, 1, True)
SAME_SIZE = {"size": 32, "motion_size": 32}


def moved_texture(dx, dy):
    """Two pictures (32, 32): what is at (x, y) in the first is at (x + dx, y + dy) in the second.

    The left half of the texture differs from the right one, so a mirror image is told.
    """
    rng = np.random.default_rng(0)
    texture = cv2.resize(rng.uniform(0, 255, (24, 24, 3)), (48, 48)).astype(np.uint8)
    first = texture[8:40, 8:40]
    return np.stack([first, texture[8 - dy : 40 - dy, 8 - dx : 40 - dx]])


def warp_error(pictures, flow):
    """Mean difference, inside, between the second picture and the first one moved by the flow."""
    y, x = np.mgrid[:32, :32].astype(np.float32)
    moved = cv2.remap(pictures[0], x - flow[0], y - flow[1], cv2.INTER_LINEAR)
    inside = np.s_[6:-6, 6:-6]
    return np.abs(moved[inside].astype(float) - pictures[1][inside]).mean()


@pytest.mark.parametrize("negate", [True, False])
def test_flow_still_fits_a_mirrored_clip_only_if_x_is_negated(negate):
    pictures = moved_texture(3, -2)
    flow = np.broadcast_to(np.float32([3, -2]), (1, 32, 32, 2))
    how = CmdAugmentation(**SAME_SIZE, flip_negate_x=negate)
    assert warp_error(pictures, 10 * cut_motion(flow, WHOLE, how)[:, 0]) < 1
    turned = cut_pictures(pictures, MIRRORED, 32)
    error = warp_error(turned, 10 * cut_motion(flow, MIRRORED, how)[:, 0])
    assert bool(error < 1) is negate


@pytest.mark.parametrize("negate", [True, False])
def test_mirroring_twice_changes_nothing(negate):
    flow = np.random.default_rng(1).uniform(-9, 9, (3, 32, 32, 2)).astype(np.float32)
    how = CmdAugmentation(**SAME_SIZE, flip_negate_x=negate)
    once = 10 * cut_motion(flow, MIRRORED, how).transpose(1, 2, 3, 0)
    twice = cut_motion(once, MIRRORED, how)
    assert np.allclose(twice, cut_motion(flow, WHOLE, how), atol=1e-6)


def test_vectors_are_cut_at_ten_pixels_and_rescaled_only_on_wish():
    flow = np.broadcast_to(np.float32([4, -40]), (1, 32, 32, 2))
    half = View(0.25, 0.25, 0.5, 0.5, False)
    plain = cut_motion(flow, half, CmdAugmentation(**SAME_SIZE))
    assert np.allclose(plain[:, 0, 0, 0], [0.4, -1.0])
    wished = cut_motion(flow, half, CmdAugmentation(**SAME_SIZE, mv_rescale=True))
    assert np.allclose(wished[0], 0.8)  # half the picture on the same number of pixels
    coarse = cut_motion(flow, half, CmdAugmentation(**SAME_SIZE, mv_rescale=True), cell=2)
    assert np.allclose(coarse[0], 0.4)


@given(st.floats(0.5, 2.5), st.integers(0, 2**32 - 1))
def test_a_view_lies_in_the_picture_and_keeps_enough_of_it(aspect, seed):
    view = draw_view(0.2, aspect, np.random.default_rng(seed))
    assert 0 <= view.left <= view.left + view.width <= 1 + 1e-9
    assert 0 <= view.top <= view.top + view.height <= 1 + 1e-9
    assert view.width * view.height >= 0.2 - 1e-9
    assert 3 / 4 - 1e-9 <= view.width / view.height * aspect <= 4 / 3 + 1e-9


def test_the_central_view_is_a_square_of_pixels():
    view = central_view(4 / 3)
    assert (view.width * 4 / 3, view.height) == (pytest.approx(1), 1)
    assert view.left == pytest.approx(0.125)


def test_colours_change_alike_in_all_frames_and_stay_in_range():
    frames = np.random.default_rng(0).integers(0, 255, (1, 8, 8, 3), np.uint8).repeat(3, axis=0)
    for seed in range(8):
        coloured = recolour(frames, 0.4, np.random.default_rng(seed))
        assert np.array_equal(coloured[0], coloured[2])
        assert coloured.min() >= 0 and coloured.max() <= 255
    grey = np.full((1, 4, 4, 3), 90, np.uint8)
    assert np.ptp(recolour(grey, 0.4, np.random.default_rng(5)), axis=-1).max() < 1e-3

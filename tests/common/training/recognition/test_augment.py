"""Crops, colours and erased boxes of training clips."""

import numpy as np
import pytest

from common.core.params.recognition import RecognitionAugmentation
from common.training.recognition.augment import erase, random_crop, recolour, view_crop

NOTHING = RecognitionAugmentation(
    short_side=(32, 32),
    flip=0.0,
    brightness=0.0,
    contrast=0.0,
    saturation=0.0,
    hue=0.0,
    colour_p=1.0,
    grey_p=0.0,
    erase_p=0.0,
)


@pytest.fixture
def frames():
    ramp = np.arange(48, dtype=np.uint8)[None, None, :, None] * 4
    return np.broadcast_to(ramp, (3, 32, 48, 3)).copy()


def test_three_views_lie_at_both_ends_and_in_the_middle(frames):
    left, middle, right = (view_crop(frames, 32, position, 3) for position in range(3))
    assert np.array_equal(left, frames[:, :, :32])
    assert np.array_equal(middle, frames[:, :, 8:40])
    assert np.array_equal(right, frames[:, :, 16:])
    assert np.array_equal(view_crop(frames, 32, 0, 1), middle)


def test_a_view_takes_the_whole_short_side(frames):
    small = view_crop(frames, 16, 0, 3)
    assert small.shape == (3, 16, 16, 3)
    assert small[0, 0, 0, 0] == pytest.approx(2, abs=1)  # mean of columns 0 and 1


@pytest.mark.parametrize("seed", range(5))
def test_a_random_crop_is_the_same_part_of_every_frame(frames, seed):
    found = random_crop(frames, 16, (16, 32), np.random.default_rng(seed))
    assert found.shape == (3, 16, 16, 3)
    assert np.array_equal(found[0], found[2])
    steps = np.diff(found[0, 0, :, 0].astype(int))
    assert 4 <= steps.mean() <= 8.5  # between the scale of the picture and half of it


def test_colours_that_are_off_leave_the_clip(frames):
    assert np.allclose(recolour(frames, NOTHING, np.random.default_rng(0)), frames, atol=1e-3)


def test_grey_has_three_equal_channels():
    coloured = np.random.default_rng(0).integers(0, 255, (2, 8, 8, 3)).astype(np.uint8)
    grey = NOTHING.model_copy(update={"grey_p": 1.0})
    found = recolour(coloured, grey, np.random.default_rng(0))
    assert np.allclose(found[..., 0], found[..., 1], atol=1e-2)
    assert np.allclose(found[..., 0], found[..., 2], atol=1e-2)


def test_an_erased_box_is_fresh_noise_at_one_place_of_all_frames():
    clip = np.full((3, 4, 40, 60), 9.0, np.float32)
    erase(clip, 1.0, np.random.default_rng(2))
    gone = clip != 9.0
    assert (gone == gone[0, 0]).all()
    assert 0.02 <= gone[0, 0].mean() <= 0.35
    noise = clip[gone]
    assert abs(noise.mean()) < 0.1 and noise.std() == pytest.approx(1, abs=0.1)


def test_no_erasing_without_probability():
    clip = np.ones((3, 1, 8, 8), np.float32)
    assert (erase(clip, 0.0, np.random.default_rng(0)) == 1).all()

"""Frames of a CMD item: the published golden values, and negatives that never touch the future."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.training.cmd.sampling import (
    CmdSampling,
    can_sample,
    crop_frames,
    crop_starts,
    sample_item,
)

PUBLISHED = CmdSampling()


def test_the_published_lengths_and_future():
    assert (PUBLISHED.clip_length, PUBLISHED.least_frames) == (61, 71)
    item = sample_item(71, np.arange(0, 71, 12), PUBLISHED, np.random.default_rng(0))
    assert item.clip.tolist() == list(range(0, 61, 4))
    assert item.futures[0].tolist() == list(range(63, 71))
    assert item.futures.shape == (4, 8)


@given(st.integers(71, 400), st.integers(0, 2**32 - 1))
def test_an_item_lies_in_the_video_and_negatives_beside_its_future(n_frames, seed):
    keys = np.arange(0, n_frames, 12)
    item = sample_item(n_frames, keys, PUBLISHED, np.random.default_rng(seed))
    assert item.clip[0] >= 0 and item.futures.min() >= 0 and item.futures.max() < n_frames
    assert item.futures[0, 0] == item.clip[-1] + 3
    for negative in item.futures[1:]:
        assert not set(negative) & set(item.futures[0])
    assert item.key in keys and item.clip[0] - 5 <= item.key <= item.clip[-1] + 5


def test_without_an_i_frame_near_the_clip_the_nearest_is_taken():
    sampling = CmdSampling(clip_frames=2, clip_stride=1, negatives=0)
    item = sample_item(400, np.array([0]), sampling, np.random.default_rng(3))
    assert item.clip[0] > 5 and item.key == 0


@pytest.mark.parametrize(
    ("n_frames", "sampling", "fits"),
    [
        (70, PUBLISHED, False),
        (71, PUBLISHED, True),
        (20, CmdSampling(2, 1, 0, 8, negatives=3), False),
        (20, CmdSampling(2, 1, 0, 8, negatives=0), True),
    ],
)
def test_short_videos_are_told(n_frames, sampling, fits):
    assert can_sample(n_frames, sampling) is fits


def test_the_golden_middles_of_ten_test_clips():
    assert crop_starts(100, 61, 10).tolist() == [1, 5, 9, 13, 17, 21, 25, 29, 33, 37]


def test_a_short_video_starts_over_instead_of_standing_still():
    frames = crop_frames(10, 16, 4, 3)
    assert frames.shape == (3, 16)
    assert frames[0].tolist() == [0, 4, 8] + [0] * 13
    assert (frames == frames[0]).all()

"""Times of decoded frames: the order of presentation is kept, the times never go back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.video.order import with_times

_STAMPS = st.lists(st.integers(0, 10_000), min_size=1, max_size=60, unique=True).map(sorted)


def _times(stamps, step=0.04):
    frames = list(enumerate(stamps))
    paired = list(with_times(frames, lambda frame: frame[1], step))
    assert [frame for frame, _ in paired] == frames
    return [time for _, time in paired]


@settings(deadline=None)
@given(_STAMPS)
def test_good_stamps_are_only_moved_to_start_at_zero(stamps):
    assert _times(stamps) == [stamp - stamps[0] for stamp in stamps]


@settings(deadline=None)
@given(_STAMPS, st.randoms(use_true_random=False))
def test_stamps_that_jump_within_a_few_frames_are_put_in_order(stamps, random):
    blocks = [stamps[start : start + 4] for start in range(0, len(stamps), 4)]
    for block in blocks:
        random.shuffle(block)
    jumbled = [stamp for block in blocks for stamp in block]
    assert _times(jumbled) == [stamp - stamps[0] for stamp in stamps]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1000)), min_size=1, max_size=50))
def test_times_start_at_zero_and_never_decrease(stamps):
    times = _times(stamps)
    assert times[0] == 0.0
    assert (np.diff(times) >= 0).all()


def test_without_stamps_frames_are_one_step_apart():
    assert _times([None] * 12, step=0.5) == pytest.approx(0.5 * np.arange(12))


def test_stamps_that_start_again_go_on_after_the_last_frame():
    first, second = [0.1 * i for i in range(30)], [0.1 * i for i in range(30)]
    assert _times(first + second, step=0.1) == pytest.approx(0.1 * np.arange(60))

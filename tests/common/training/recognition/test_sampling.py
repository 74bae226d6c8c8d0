"""Which frames a clip takes: the published values, and what must hold for any video."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.training.recognition.sampling import FrameRule

RULE = FrameRule(32, 2, 60.0)


def _taken(rule, n_frames, fps, view=0, views=1):
    start = rule.view_start(n_frames, fps, view, views)
    return rule.indices(n_frames, fps, start).tolist()


def test_one_central_view_at_the_target_rate():
    assert RULE.view_start(200, 60.0, 0, 1) == 68
    found = _taken(RULE, 200, 60.0)
    assert found[:3] == [68, 70, 72] and found[-3:] == [126, 128, 131]


def test_view_three_of_ten():
    assert RULE.view_start(200, 60.0, 3, 10) == pytest.approx(40.8)
    found = _taken(RULE, 200, 60.0, 3, 10)
    assert found[:9] == [40, 42, 44, 46, 48, 50, 52, 55, 57] and found[-2:] == [101, 103]


def test_another_rate_covers_the_same_time():
    assert RULE.span(50.0) == pytest.approx(53.33, abs=0.01)
    found = _taken(RULE, 200, 50.0)
    assert found[:8] == [73, 75, 76, 78, 80, 81, 83, 85] and found[-3:] == [122, 123, 125]


def test_a_short_clip_repeats_its_last_frame():
    found = _taken(RULE, 40, 60.0)
    assert found[:3] == [0, 2, 4] and found[19:23] == [38, 39, 39, 39] and found[-1] == 39


def test_sixteen_frames_four_apart():
    found = _taken(FrameRule(16, 4, 30.0), 300, 30.0)
    assert found == [
        118, 122, 126, 130, 134, 139, 143, 147, 151, 155, 160, 164, 168, 172, 176, 181
    ]  # fmt: skip


def test_the_last_view_reaches_the_end_only_when_asked():
    assert _taken(RULE, 200, 60.0, 9, 10)[-1] < 199
    assert _taken(FrameRule(32, 2, 60.0, cover_end=True), 200, 60.0, 9, 10)[-1] == 199


@given(
    st.integers(1, 64),
    st.integers(1, 8),
    st.integers(1, 400),
    st.floats(5, 120),
    st.integers(0, 2**32 - 1),
)
def test_frames_are_of_the_video_and_in_order(frames, stride, n_frames, fps, seed):
    rule = FrameRule(frames, stride, 30.0)
    start = rule.train_start(n_frames, fps, np.random.default_rng(seed))
    found = rule.indices(n_frames, fps, start)
    assert len(found) == frames
    assert found.min() >= 0 and found.max() < n_frames and (np.diff(found) >= 0).all()

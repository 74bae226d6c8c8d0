"""Views of segments, shifted copies, and the long-term feature bank."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.challenges.epic.annotations import EpicSegment
from common.core.errors import InputError
from common.core.params.epic_recognition import FeatureBank, Views
from common.core.timebase import grid_for
from common.features.store import Features, write_features
from common.recognition.clip_features import (
    ClipFeatures,
    pool_segments,
    read_clips,
    shifted_intervals,
    view_intervals,
    write_clips,
)
from common.recognition.feature_bank import bank_context, bank_times

NO_BANK = FeatureBank(operator="none", window_s=40.0)


def segment(start, end, narration="a_0"):
    return EpicSegment(narration, "P00", "a", start, end, 0, 0)


def test_views_are_spread_and_the_last_one_reaches_the_end():
    found = view_intervals(np.array([[10.0, 14.0]]), Views(count=3, share=0.5))
    assert found[0].tolist() == [[10.0, 12.0], [11.0, 13.0], [12.0, 14.0]]


def test_one_view_lies_in_the_middle():
    found = view_intervals(np.array([[10.0, 14.0]]), Views(count=1, share=0.5))
    assert found[0].tolist() == [[11.0, 13.0]]


@given(st.floats(0, 50), st.floats(0.1, 20), st.integers(0, 4), st.floats(0, 0.49))
def test_shifted_copies_stay_near_and_keep_their_order(start, length, jitters, share):
    found = shifted_intervals([segment(start, start + length)], jitters, share, 7)[0]
    assert found.shape == (1 + jitters, 2)
    assert found[0].tolist() == [start, start + length]
    assert (found >= 0).all() and (found[:, 0] < found[:, 1]).all()
    assert (np.abs(found - found[0]) <= share * length + 1e-9).all()


def test_a_copy_does_not_depend_on_the_other_segments():
    both = shifted_intervals([segment(1, 3, "a_0"), segment(5, 9, "a_1")], 2, 0.2, 7)
    alone = shifted_intervals([segment(5, 9, "a_1")], 2, 0.2, 7)
    assert (both[1] == alone[0]).all()


def store(folder, array, duration):
    grid = grid_for(duration, 1.0)
    write_features(
        folder,
        Features("a", array, None, None, grid, duration, 12.0, "x", "0" * 64, "1" * 64, "key"),
    )


def test_segments_are_pooled_over_their_views_and_the_bank_stands_beside_them(tmp_path):
    array = np.arange(20, dtype=np.float32)[:, None]
    store(tmp_path, array, 20.0)
    views = view_intervals(np.array([[4.0, 8.0]]), Views(count=2, share=0.5))
    plain = pool_segments(tmp_path, [segment(4.0, 8.0)], views, NO_BANK)
    assert plain.views[0].ravel().tolist() == [4.5, 6.5]
    bank = FeatureBank(operator="max", window_s=10.0)
    both = pool_segments(tmp_path, [segment(4.0, 8.0)], views, bank)
    assert both.views[0].tolist() == [[4.5, 10.0], [6.5, 10.0]]


def test_bank_entries_lie_in_the_window_and_in_the_video():
    spec = FeatureBank(operator="avg", window_s=4.0)
    assert bank_times((0.0, 1.0), 30.0, spec).tolist() == [0.5, 1.5, 2.5]
    outside = FeatureBank(operator="avg", window_s=4.0, include_self=False)
    assert bank_times((0.0, 1.0), 30.0, outside).tolist() == [1.5, 2.5]


def test_a_segment_that_fills_its_window_sees_itself():
    spec = FeatureBank(operator="avg", window_s=4.0, include_self=False)
    assert len(bank_times((0.0, 30.0), 30.0, spec)) == 4


def test_operators_of_the_bank():
    array = np.arange(10, dtype=np.float32)[:, None]
    segments = np.array([[4.0, 6.0]])
    for operator, expected in (("avg", 4.5), ("max", 6.0)):
        spec = FeatureBank(operator=operator, window_s=4.0)
        found = bank_context(array, grid_for(10.0, 1.0), 10.0, segments, spec)
        assert found[0, 0] == pytest.approx(expected)


def test_files_of_other_segments_are_refused(tmp_path):
    path = tmp_path / "fold.safetensors"
    clips = ClipFeatures(("a_0",), np.zeros((1, 1, 2), dtype=np.float32))
    write_clips(path, clips)
    assert read_clips(path, [segment(0, 1)]).views.shape == (1, 1, 2)
    with pytest.raises(InputError, match="no features of the segments"):
        read_clips(path, [segment(0, 1, "a_9")])

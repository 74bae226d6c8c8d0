"""Proposals without learning."""

import numpy as np
import pytest

from common.core.records import LabelledSegment, Video
from common.localization.floors import (
    sliding_window_proposals,
    uniform_random_proposals,
    window_scales,
)
from common.localization.tables import PROPOSAL_COLUMNS

VIDEOS = [Video("a", "test", 30.0), Video("b", "test", 4.0)]


def test_random_proposals_lie_in_the_video_and_are_repeated_by_the_seed():
    found = uniform_random_proposals(VIDEOS, 50, np.random.default_rng(3))
    assert tuple(found.columns) == PROPOSAL_COLUMNS
    assert found.groupby("video").size().to_dict() == {"a": 50, "b": 50}
    assert (found["start"] >= 0).all() and (found["start"] < found["end"]).all()
    assert (found["end"] <= found["video"].map({"a": 30.0, "b": 4.0})).all()
    again = uniform_random_proposals(VIDEOS, 50, np.random.default_rng(3))
    assert found.equals(again)


def test_windows_cover_the_video_at_every_scale_and_long_ones_are_the_whole_video():
    found = sliding_window_proposals(VIDEOS, [2.0, 8.0], 100)
    a = found[found["video"] == "a"]
    for scale in (2.0, 8.0):
        starts = np.sort(a.loc[np.isclose(a["end"] - a["start"], scale), "start"])
        assert starts[0] == 0 and starts[-1] == pytest.approx(30.0 - scale)
        assert np.diff(starts).max() <= scale * 0.75
    b = found[found["video"] == "b"]
    assert ((b["start"] == 0.0) & (b["end"] == 4.0)).sum() == 1


def test_windows_are_at_most_as_many_as_asked_for_and_the_first_few_are_spread():
    found = sliding_window_proposals(VIDEOS[:1], [1.0, 3.0, 9.0], 30)
    assert len(found) <= 30
    few = found.head(10)
    assert len(set((few["end"] - few["start"]).round(6))) == 3
    assert few["start"].max() - few["start"].min() > 15
    assert (found["score"].diff().dropna() < 0).all() and found["score"].min() > 0.999


def test_scales_split_the_training_lengths_evenly():
    segments = [LabelledSegment("v", 0.0, float(n), "x") for n in range(1, 101)]
    assert window_scales(segments, 4) == pytest.approx([13.375, 38.125, 62.875, 87.625])


def test_no_videos_give_an_empty_table():
    assert len(sliding_window_proposals([], [1.0], 5)) == 0
    assert len(uniform_random_proposals([], 5, np.random.default_rng(0))) == 0

"""Windows that teach, and what they teach."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.errors import InputError
from common.core.params.localization import Bmn
from common.core.records import LabelledSegment
from common.core.timebase import grid_for
from common.features.rows import open_features
from common.features.store import Features, write_features
from common.localization.windows.grid import WindowGrid
from common.localization.windows.training import WindowDataset, training_windows

GRID = WindowGrid(16, 8, 8, 0.5, 0.2)
SPEC = Bmn(positions=16, durations=8, samples=4, groups=1)


def segment(start, end):
    return LabelledSegment("v", start, end, "action")


def test_a_window_teaches_the_actions_that_it_holds_whole():
    found = training_windows([segment(1.0, 3.0), segment(5.0, 7.0), segment(7.0, 9.0)], GRID, 3)
    starts = [(window, [(s.start, s.end) for s in inside]) for window, inside in found]
    assert starts == [(0, [(1.0, 3.0), (5.0, 7.0)]), (1, [(1.0, 3.0), (3.0, 5.0)])]


@given(start=st.floats(0, 60), length=st.floats(0.1, 4.0))
def test_every_action_up_to_the_longest_proposal_teaches(start, length):
    assert training_windows([segment(start, start + length)], GRID, 20)


def test_an_action_longer_than_a_window_teaches_nothing():
    assert training_windows([segment(0.0, 8.1)], GRID, 5) == []


@pytest.fixture
def stores(tmp_path):
    grid = grid_for(20.0, 0.25)
    array = np.random.default_rng(0).normal(size=(grid.n_snippets, 3)).astype(np.float32)
    write_features(tmp_path, Features("v", array, None, None, grid, 20.0, 10.0, "x", "w", "s", "k"))
    return {"v": [open_features(tmp_path, "v")]}


def test_items_have_labels_in_the_time_of_their_window(stores):
    data = WindowDataset(stores, {"v": [segment(5.0, 7.0)]}, SPEC, GRID)
    assert len(data) == 2
    for item, first in zip([data[0], data[1]], (10, 2), strict=True):
        assert item["features"].shape == (3, 16)
        # 2 s are 4 positions: the cell of this very action has tIoU 1.
        assert item["iou"][3, first] == pytest.approx(1.0)
    assert (
        data.fingerprint
        != WindowDataset(stores, {"v": [segment(5.0, 6.9)]}, SPEC, GRID).fingerprint
    )


def test_videos_without_a_whole_action_are_an_error(stores):
    with pytest.raises(InputError, match="windows.empty"):
        WindowDataset(stores, {"other": [segment(1.0, 2.0)]}, SPEC, GRID)

"""Feature files in, proposals out."""

import numpy as np
import pytest

from common.core.errors import InputError
from common.core.params.localization import Bmn
from common.core.timebase import SnippetGrid
from common.features.rows import open_features
from common.features.store import Features, write_features
from common.localization.maps import ScoreMaps
from common.localization.networks import build_network, predict_maps
from common.localization.proposals import proposals_table
from common.localization.windows.fusion import fuse_windows
from common.localization.windows.grid import WindowGrid
from common.localization.windows.proposals import PUBLISHED_NMS, PUBLISHED_RULE, window_proposals
from common.localization.windows.sequences import window_rows, window_sequences

GRID = WindowGrid(16, 8, 8, 0.5, 0.2)


@pytest.fixture(scope="module")
def network():
    sizes = dict(hidden_1d=16, proposal_channels=16, hidden_3d=16, hidden_2d=8, groups=1)
    return build_network(Bmn(positions=16, durations=8, samples=6, **sizes), 4, None, 0)


def store(folder, video, duration, stride=0.25, first=0.125):
    n = int((duration - first) / stride) + 1
    array = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    array[:, 0] = first + stride * np.arange(n)  # the time of the snippet
    grid = SnippetGrid(first, stride, n)
    write_features(
        folder, Features(video, array, None, None, grid, duration, 10.0, "x", "w", "s", "k")
    )
    return open_features(folder, video)


def test_a_window_holds_the_snippets_of_its_time(tmp_path):
    rows = store(tmp_path, "v", 30.0)
    times = window_rows(rows, GRID, 2, "half_pixel")[:, 0]
    assert times == pytest.approx(8.0 + 0.5 * (np.arange(16) + 0.5), abs=1e-5)
    ends = window_rows(rows, GRID, 2, "ends")[:, 0]
    assert ends[[0, -1]] == pytest.approx([8.125, 15.875])


def test_a_window_is_zero_after_the_end_of_the_video(tmp_path):
    rows = store(tmp_path, "v", 10.0)
    last = list(window_sequences([rows], GRID, "half_pixel"))[-1].array
    assert last.shape == (4, 16) and last[:, :12].any() and not last[:, 12:].any()


def test_channels_of_several_stores_are_joined(tmp_path):
    a, b = store(tmp_path / "a", "v", 9.0), store(tmp_path / "b", "v", 9.0, 0.5, 0.25)
    window = next(iter(window_sequences([a, b], GRID)))
    assert window.array.shape == (8, 16)
    assert np.array_equal(window.array[4:], window_rows(b, GRID, 0, "ends").T)


def test_streaming_gives_the_proposals_of_the_whole_map(tmp_path, network):
    rows = store(tmp_path, "v", 33.2)
    found = window_proposals(network, [rows], GRID, member="m")
    size = GRID.n_positions(33.2)
    columns = list(fuse_windows(predict_maps(network, window_sequences([rows], GRID)), GRID, size))
    start, end = (np.concatenate([getattr(c, n) for c in columns]) for n in ("start", "end"))
    confidence = np.concatenate([c.confidence for c in columns], axis=2)
    maps = ScoreMaps("v", size * GRID.position_seconds, start, end, confidence)
    nms = PUBLISHED_NMS.model_copy(update={"top_k": 34})
    expected = proposals_table([maps], PUBLISHED_RULE, nms, "m")
    assert len(found) == len(expected) > 10
    # Equal scores may stand in another order: candidates come by start, not by length.
    key = ["score", "start", "end"]
    a, b = (table.sort_values(key)[key].to_numpy() for table in (found, expected))
    assert a[:, 0] == pytest.approx(b[:, 0], rel=1e-9)
    assert a[:, 1:] == pytest.approx(np.minimum(b[:, 1:], 33.2), abs=1e-9)


def test_one_proposal_a_second_and_none_beyond_the_end(tmp_path, network):
    rows = store(tmp_path, "v", 33.2)
    found = window_proposals(network, [rows], GRID, member="m")
    assert len(found) == 34
    assert found["end"].max() <= 33.2 and (found["start"] < found["end"]).all()
    assert (found["end"] - found["start"]).max() <= 4.0 + 1e-9


def test_the_batch_of_windows_decides_nothing(tmp_path, network):
    rows = store(tmp_path, "v", 20.0)
    a, b = (window_proposals(network, [rows], GRID, member="m", batch_size=n) for n in (1, 3))
    assert np.allclose(a[["start", "end"]], b[["start", "end"]])
    assert np.allclose(a["score"], b["score"], rtol=1e-5)


def test_a_video_without_a_window_is_an_error_of_its_own(tmp_path, network):
    short = store(tmp_path, "short", 0.19, 0.1, 0.05)
    with pytest.raises(InputError, match=r"video short.*windows\.none"):
        window_proposals(network, [short], GRID, member="m")


def test_a_damaged_file_is_named(tmp_path, network):
    rows = store(tmp_path, "v", 20.0)
    rows.path.write_bytes(rows.path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"v\.safetensors.*tensors\.broken"):
        window_proposals(network, [rows], GRID, member="m")

"""Import and export of other people's features: placed in time, or refused with the reason."""

import json

import h5py
import numpy as np
import pytest

from common.core.errors import InputError
from common.features.export import export_features
from common.features.importing import Layout, import_features
from common.features.store import check_one_extractor, list_features, read_features
from common.features.summary import compare, summarise

SNIPPETS = Layout(fps=15.0, stride_frames=8, first_center_frames=16)


def _durations(path, **seconds):
    rows = {video: {"duration": value, "subset": "training"} for video, value in seconds.items()}
    path.write_text(json.dumps({"version": "1.3", "database": rows}))
    return path


def _array(rows, channels=6, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, channels)).astype(np.float32)


@pytest.fixture
def source(tmp_path):
    """Arrays of two videos of 20 s and 9 s, a row every 8 frames of 15 a second from frame 16."""
    folder = tmp_path / "npy"
    folder.mkdir()
    np.save(folder / "v_a.npy", _array(36))
    np.save(folder / "v_b.npy", _array(16, seed=1))
    return folder


@pytest.fixture
def durations(tmp_path):
    return _durations(tmp_path / "anet.json", a=20.0, b=9.0, c=5.0)


def test_rows_are_placed_in_time(tmp_path, source, durations):
    done = import_features(source, tmp_path / "out", durations, "slowfast", SNIPPETS, prefix="v_")
    assert (done.videos, done.channels, done.without_features) == (2, 6, ("c",))
    found = read_features(tmp_path / "out", "a")
    np.testing.assert_array_equal(found.array, _array(36))
    assert found.grid.first_center_seconds == pytest.approx(16 / 15)
    assert found.grid.stride_seconds == pytest.approx(8 / 15)
    assert (found.duration, found.fps, found.scores) == (20.0, 15.0, None)
    assert check_one_extractor(tmp_path / "out").extractor == "slowfast"


def test_export_gives_the_arrays_back(tmp_path, source, durations):
    import_features(source, tmp_path / "out", durations, "slowfast", SNIPPETS, prefix="v_")
    assert export_features(tmp_path / "out", tmp_path / "again") == 2
    np.testing.assert_array_equal(np.load(tmp_path / "again" / "a.npy"), _array(36))
    header, first, _ = (tmp_path / "again" / "index.csv").read_text().splitlines()
    row = dict(zip(header.split(","), first.split(","), strict=True))
    assert (row["video"], row["rows"], row["channels"]) == ("a", "36", "6")
    assert float(row["stride_seconds"]) == pytest.approx(8 / 15)
    with pytest.raises(InputError, match="is there and not empty"):
        export_features(tmp_path / "out", tmp_path / "again")
    index = tmp_path / "again" / "index.csv"  # says how long the videos are, and is no features
    import_features(tmp_path / "again", tmp_path / "back", index, "slowfast", SNIPPETS)
    likeness = compare(tmp_path / "out", tmp_path / "back")
    assert [row.cosine for row in likeness] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("kind", ["npz", "csv", "plain csv", "h5", "h5 groups"])
def test_other_containers_give_the_same_features(tmp_path, durations, kind):
    folder, key = tmp_path / "in", None
    folder.mkdir()
    array = _array(36)
    if kind == "npz":
        np.savez(folder / "a.npz", rgb=array, flow=array * 2)
        key = "rgb"
    elif kind.endswith("csv"):
        header = "" if kind == "plain csv" else ",".join(f"rgb-{i}" for i in range(6))
        np.savetxt(folder / "a.csv", array, fmt="%.9g", delimiter=",", header=header, comments="")
    else:
        with h5py.File(tmp_path / "all.h5", "w") as file:
            if kind == "h5":
                file["a"] = array
            else:
                file["a/c3d_features"] = array
                key = "c3d_features"
        folder = tmp_path / "all.h5"
    import_features(folder, tmp_path / "out", durations, "x", SNIPPETS, key=key)
    np.testing.assert_array_equal(read_features(tmp_path / "out", "a").array, array)


def test_features_resized_to_a_number_of_steps_cover_what_was_seen(tmp_path):
    """The published 100-step TSN features: the last incomplete 16 frames of a video are dropped."""
    folder = tmp_path / "csv"
    folder.mkdir()
    np.savetxt(folder / "v_a.csv", _array(100), delimiter=",", fmt="%.9g")
    durations = tmp_path / "video_info_new.csv"
    durations.write_text(
        "video,numFrame,seconds,fps,rfps,subset,featureFrame\nv_a,250,10.0,25.0,25.0,training,240\n"
    )
    import_features(
        folder, tmp_path / "out", durations, "tsn_cuhk", Layout(None, steps=100), prefix="v_"
    )
    found = read_features(tmp_path / "out", "a")
    assert found.duration == pytest.approx(9.6)
    assert found.fps == 25.0
    assert found.grid.stride_seconds == pytest.approx(0.096)
    assert found.grid.span() == pytest.approx((0.0, 9.6))


def test_mmaction_annotations_give_the_corrected_duration(tmp_path):
    folder = tmp_path / "npy"
    folder.mkdir()
    np.save(folder / "v_a.npy", _array(100))
    durations = tmp_path / "anet_anno_val.json"
    row = {"duration_second": 10.0, "duration_frame": 250, "feature_frame": 240, "annotations": []}
    durations.write_text(json.dumps({"v_a": row}))
    import_features(folder, tmp_path / "out", durations, "tsn_cuhk", Layout(None, steps=100))
    assert read_features(tmp_path / "out", "v_a").duration == pytest.approx(9.6)


def test_rows_at_the_videos_own_rate(tmp_path):
    folder = tmp_path / "npy"
    folder.mkdir()
    np.save(folder / "a.npy", _array(50))
    durations = tmp_path / "videos.csv"
    durations.write_text("video,duration,fps\na,20.0,20.0\n")
    layout = Layout(None, stride_frames=8, first_center_frames=4)
    import_features(folder, tmp_path / "out", durations, "videomae", layout)
    assert read_features(tmp_path / "out", "a").grid.stride_seconds == pytest.approx(0.4)


def test_turned_arrays_are_refused_with_both_shapes(tmp_path, durations):
    folder = tmp_path / "npy"
    folder.mkdir()
    np.save(folder / "a.npy", _array(36, 2304).T)
    problem = r"shape \(2304, 36\), which is \(C, T\).* so \(T, C\) is \(36, 2304\).*--transpose"
    with pytest.raises(InputError, match=problem):
        import_features(folder, tmp_path / "out", durations, "x", SNIPPETS)
    turned = Layout(15.0, 8, 16, transpose=True)
    import_features(folder, tmp_path / "out", durations, "x", turned)
    np.testing.assert_array_equal(read_features(tmp_path / "out", "a").array, _array(36, 2304))


def test_turned_step_arrays_are_refused_with_both_shapes(tmp_path, durations):
    folder = tmp_path / "npy"
    folder.mkdir()
    np.save(folder / "a.npy", _array(400, 100))
    with pytest.raises(InputError, match=r"shape \(400, 100\), which is \(C, T\)"):
        import_features(folder, tmp_path / "out", durations, "x", Layout(25.0, steps=100))


@pytest.mark.parametrize(
    ("layout", "told"),
    [
        (Layout(30.0, 8, 16), "has 36 rows, expected about 74"),
        (Layout(15.0, 16, 16), "has 36 rows, expected about 19"),
        (Layout(15.0, steps=100), "has 36 rows, expected 100 steps"),
    ],
)
def test_a_wrong_rate_stride_or_step_count_is_refused(tmp_path, source, durations, layout, told):
    with pytest.raises(InputError, match=told):
        import_features(source, tmp_path / "out", durations, "x", layout, prefix="v_")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "told",
    [
        {"fps": 15.0},
        {"fps": 15.0, "stride_frames": 8},
        {"fps": 15.0, "stride_frames": 8, "first_center_frames": 4, "steps": 100},
        {"fps": 0.0, "steps": 100},
        {"fps": 15.0, "stride_frames": 0, "first_center_frames": 4},
        {"fps": float("nan"), "steps": 100},
        {"fps": 15.0, "stride_frames": 8, "first_center_frames": -4},
    ],
)
def test_nothing_about_time_is_guessed(told):
    with pytest.raises(InputError, match="layout"):
        Layout(**told)


def test_a_video_of_unknown_duration_is_named(tmp_path, source, durations):
    with pytest.raises(InputError, match=r"v_a\.npy: .* has no video 'v_a' \(it has a, b, c"):
        import_features(source, tmp_path / "out", durations, "x", SNIPPETS)


def test_two_widths_are_refused(tmp_path, source, durations):
    np.save(source / "v_b.npy", _array(16, 7))
    with pytest.raises(InputError, match="has 7 channels, the ones before have 6"):
        import_features(source, tmp_path / "out", durations, "x", SNIPPETS, prefix="v_")
    assert not (tmp_path / "out").exists()


def test_a_value_that_is_no_number_is_named_with_its_row(tmp_path, source, durations):
    array = _array(36)
    array[7, 2] = np.inf
    np.save(source / "v_a.npy", array)
    with pytest.raises(InputError, match="features of a row 7"):
        import_features(source, tmp_path / "out", durations, "x", SNIPPETS, prefix="v_")


def test_an_existing_folder_is_left_alone(tmp_path, source, durations):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="is there and not empty"):
        import_features(source, tmp_path / "out", durations, "x", SNIPPETS, prefix="v_")
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.pkl"])
def test_a_file_that_would_run_code_is_refused_and_does_not(tmp_path, durations, name):
    folder, marker = tmp_path / "evil", tmp_path / "marker"
    folder.mkdir()
    array = np.array([Evil(marker)], dtype=object)
    if name.endswith("npz"):
        np.savez(folder / name, array)
    else:
        np.save(folder / "a.npy", array, allow_pickle=True)
        (folder / "a.npy").rename(folder / name)
    with pytest.raises(InputError, match=r"cannot be read as an array|can run code"):
        import_features(folder, tmp_path / "out", durations, "x", SNIPPETS)
    assert not marker.exists()


def test_an_hdf5_link_to_another_file_is_not_followed(tmp_path, durations):
    with h5py.File(tmp_path / "private.h5", "w") as file:
        file["a"] = _array(36)
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file["a"] = h5py.ExternalLink(str(tmp_path / "private.h5"), "a")
    with pytest.raises(InputError, match="lies in another place or file"):
        import_features(tmp_path / "in.h5", tmp_path / "out", durations, "x", SNIPPETS)


@pytest.mark.parametrize("content", ["no json", '{"database": {"a": {}}}', '{"a": [1]}'])
def test_durations_that_are_none_are_named(tmp_path, source, content):
    path = tmp_path / "d.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"d\.json"):
        import_features(source, tmp_path / "out", path, "x", SNIPPETS)


def test_two_stores_are_compared_by_cosine(tmp_path, source, durations):
    import_features(source, tmp_path / "one", durations, "x", SNIPPETS, prefix="v_")
    np.save(source / "v_a.npy", -2 * _array(36))
    import_features(source, tmp_path / "two", durations, "x", SNIPPETS, prefix="v_")
    likeness = {row.video: row.cosine for row in compare(tmp_path / "one", tmp_path / "two")}
    assert likeness == {"a": pytest.approx(-1.0), "b": pytest.approx(1.0)}


def test_a_summary_has_a_row_a_video(tmp_path, source, durations):
    import_features(source, tmp_path / "one", durations, "x", SNIPPETS, prefix="v_")
    first, second = summarise(tmp_path / "one")
    assert (first.video, first.rows, first.channels, first.not_finite) == ("a", 36, 6, 0)
    assert first.norm == pytest.approx(np.linalg.norm(_array(36), axis=1).mean(), rel=1e-6)
    assert second.duration == 9.0
    assert list_features(tmp_path / "one") == ["a", "b"]

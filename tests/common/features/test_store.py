"""The feature store: what is written is read back, and what makes no sense is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.core.errors import InputError
from common.core.tensor_files import read_metadata, read_tensors, write_tensors
from common.core.timebase import SnippetGrid, grid_for
from common.features.store import (
    Features,
    check_grid,
    check_one_extractor,
    feature_path,
    list_features,
    read_features,
    write_features,
)
from common.video.health import Health


def _features(video="v", duration=10.0, stride=0.5, channels=4, **changes):
    grid = grid_for(duration, stride)
    rng = np.random.default_rng(0)
    values = {
        "video": video,
        "array": rng.normal(size=(grid.n_snippets, channels)).astype(np.float32),
        "scores": rng.random((grid.n_snippets, 2)).astype(np.float32),
        "classes": ("jump", "background"),
        "grid": grid,
        "duration": duration,
        "fps": 29.97,
        "extractor": "slowfast",
        "weights_sha256": "a" * 64,
        "source_sha256": "b" * 64,
        "item_key": "c" * 64,
    }
    return Features(**(values | changes))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    duration=st.floats(0.05, 600),
    stride=st.floats(0.05, 5),
    dtype=st.sampled_from([np.float32, np.float16]),
    judged=st.booleans(),
)
def test_what_is_written_is_read_back(tmp_path, duration, stride, dtype, judged):
    written = _features(duration=duration, stride=stride)
    written = replace(written, array=written.array.astype(dtype))
    if not judged:
        written = replace(written, scores=None, classes=None)
    write_features(tmp_path, written)
    read = read_features(tmp_path, "v")
    assert read.array.dtype == dtype
    np.testing.assert_array_equal(read.array, written.array)
    assert (read.scores is None) == (not judged)
    plain = {"array": None, "scores": None}
    assert replace(read, **plain) == replace(written, **plain)


def test_what_the_reader_found_is_kept(tmp_path):
    health = Health("v", "truncated", 100, 10.0, 10.0, 64, 48, "the file ends early")
    write_features(tmp_path, _features(health=health))
    assert read_features(tmp_path, "v").health == health


def test_the_file_explains_itself(tmp_path):
    path = write_features(tmp_path, _features())
    metadata = read_metadata(path)
    assert metadata["extractor"] == "slowfast"
    assert float(metadata["stride_seconds"]) == 0.5
    assert float(metadata["first_center_seconds"]) == 0.25


def test_the_same_features_give_the_same_bytes(tmp_path):
    paths = [write_features(tmp_path / name, _features()) for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("stride", [0.25, 1.1])
def test_a_wrong_stride_is_refused_when_it_is_loaded(tmp_path, stride):
    path = write_features(tmp_path, _features(duration=40.0))
    arrays, metadata = read_tensors(path)
    write_tensors(path, arrays, metadata | {"stride_seconds": repr(stride)})
    with pytest.raises(InputError, match=r"v\.safetensors: 80 rows every .* ends at 40\.000 s"):
        read_features(tmp_path, "v")


@settings(deadline=None)
@given(st.floats(0.01, 1e4), st.floats(0.01, 100))
def test_the_grid_of_a_video_always_covers_it(duration, stride):
    check_grid(grid_for(duration, stride), duration, "v")


@settings(deadline=None)
@given(st.integers(1, 1000), st.floats(0.01, 10), st.floats(0, 5), st.floats(-4, 4))
def test_a_grid_is_taken_exactly_when_its_end_is_near(n, stride, first, strides_off):
    duration = first + (n - 1) * stride + strides_off * stride
    near = abs(first + (n - 1) * stride - duration) < 2 * stride
    try:
        check_grid(SnippetGrid(first, stride, n), duration, "v")
        taken = True
    except InputError:
        taken = False
    assert taken == near


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"array": np.zeros((4, 20), np.float32)}, r"float32 \(4, 20\), expected .* \(20, C\)"),
        ({"array": np.zeros((20, 4), np.float64)}, "float64"),
        ({"array": np.zeros((20, 0), np.float32)}, r"\(20, 0\)"),
        ({"array": np.full((20, 4), np.nan, np.float32)}, "row 0: features hold a value that is"),
        ({"scores": np.zeros((20, 3), np.float32)}, r"scores are float32 \(20, 3\), expected"),
        ({"grid": SnippetGrid(0.25, 1.0, 20)}, "20 rows every 1 s"),
        ({"video": "../v"}, "an id has 1 to 128"),
        ({"video": ".hidden"}, "an id has 1 to 128"),
    ],
)
def test_what_makes_no_sense_is_not_written(tmp_path, changes, problem):
    with pytest.raises(InputError, match=problem):
        write_features(tmp_path, _features(**changes))
    assert list_features(tmp_path) == []


def test_ids_may_begin_with_a_dash(tmp_path):
    write_features(tmp_path, _features("-abc"))
    assert read_features(tmp_path, "-abc").video == "-abc"


def test_two_extractors_in_one_folder_are_refused(tmp_path):
    for video in ("a", "b"):
        write_features(tmp_path, _features(video))
    made = check_one_extractor(tmp_path)
    assert (made.extractor, made.n_videos) == ("slowfast", 2)
    write_features(tmp_path, _features("c", weights_sha256="d" * 64))
    with pytest.raises(InputError, match=r"a comes from .*aaaaaaaa\), c from .*dddddddd\)"):
        check_one_extractor(tmp_path)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="no features here"):
        check_one_extractor(tmp_path)


def test_a_file_under_another_name_is_refused(tmp_path):
    path = write_features(tmp_path, _features("a"))
    path.rename(feature_path(tmp_path, "b"))
    with pytest.raises(InputError, match="holds the features of video 'a'"):
        read_features(tmp_path, "b")


def test_a_foreign_tensor_file_is_refused(tmp_path):
    write_tensors(tmp_path / "v.safetensors", {"weight": np.zeros(3)}, {})
    with pytest.raises(InputError, match="it is no file of a feature store"):
        read_features(tmp_path, "v")

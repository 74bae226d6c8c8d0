"""Score maps on disk and on other time axes."""

import numpy as np
import pytest

from common.core.errors import InputError
from common.core.tensor_files import write_tensors
from common.localization.labels import inside, map_labels
from common.localization.maps import (
    ScoreMaps,
    list_maps,
    read_all_maps,
    read_maps,
    resize_maps,
    write_maps,
)


def maps_of(boxes, positions=20, durations=20, duration=40.0, video="v1") -> ScoreMaps:
    labels = map_labels(np.asarray(boxes, dtype=np.float64), positions, durations)
    confidence = np.stack([labels.iou, labels.iou])
    return ScoreMaps(video, duration, labels.start, labels.end, confidence)


def same(a: ScoreMaps, b: ScoreMaps) -> bool:
    arrays = ("start", "end", "confidence")
    return (a.video, a.duration) == (b.video, b.duration) and all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in arrays
    )


def test_maps_come_back_as_they_were_and_give_equal_bytes(tmp_path):
    maps = maps_of([[0.2, 0.5]], durations=7, duration=1 / 3)
    path = write_maps(tmp_path, maps)
    first = path.read_bytes()
    assert same(read_maps(tmp_path, "v1"), maps)
    write_maps(tmp_path, maps)
    assert path.read_bytes() == first


def test_a_folder_lists_its_videos_in_order(tmp_path):
    for video in ("b", "a"):
        write_maps(tmp_path, maps_of([[0.2, 0.5]], video=video))
    assert list_maps(tmp_path) == ["a", "b"]
    assert [maps.video for maps in read_all_maps(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize(
    ("arrays", "metadata", "message"),
    [
        ({"start": (4,), "end": (4,)}, {"duration": "3"}, "lacks 'confidence'"),
        ({"start": (4,), "end": (4,), "confidence": (2, 3, 4)}, {}, "lacks 'duration'"),
        (
            {"start": (4,), "end": (5,), "confidence": (2, 3, 4)},
            {"duration": "3"},
            r"end \(5,\)",
        ),
        ({"start": (4,), "end": (4,), "confidence": (2, 3, 4)}, {"duration": "nan"}, "nan s"),
    ],
)
def test_a_file_that_holds_no_maps_is_refused(tmp_path, arrays, metadata, message):
    zeros = {name: np.zeros(shape, np.float32) for name, shape in arrays.items()}
    write_tensors(tmp_path / "v1.safetensors", zeros, metadata)
    with pytest.raises(InputError, match=message):
        read_maps(tmp_path, "v1")


def test_missing_maps_are_named(tmp_path):
    with pytest.raises(InputError, match=r"v9\.safetensors"):
        read_maps(tmp_path, "v9")


def test_the_same_axis_changes_nothing():
    maps = maps_of([[0.2, 0.5]])
    assert resize_maps(maps, 20, 20, 40.0) is maps


def test_every_second_bin_of_a_finer_map_is_read_exactly():
    fine = maps_of([[0.2, 0.5], [0.6, 0.9]], 40, 40)
    coarse = resize_maps(fine, 20, 20, 40.0)
    assert np.allclose(coarse.start, fine.start[::2])
    valid = inside(20, 20)
    # a proposal of (d + 1) coarse bins is one of 2 (d + 1) fine ones
    assert np.allclose(coarse.confidence[:, valid], fine.confidence[:, 1::2, ::2][:, valid])


def test_a_finer_axis_lies_between_its_neighbours_and_constants_stay():
    maps = maps_of([[0.25, 0.5]])
    flat = ScoreMaps("v", 40.0, maps.start, maps.end, np.full_like(maps.confidence, 0.3))
    fine = resize_maps(flat, 50, 50, 40.0)
    assert np.allclose(fine.confidence[:, inside(50, 50)], 0.3, atol=1e-6)
    fine = resize_maps(maps, 50, 50, 40.0)
    assert 0 <= fine.confidence.min() and fine.confidence.max() <= maps.confidence.max()


def test_another_duration_keeps_seconds():
    """The best cell of [10 s, 20 s) is the same interval on an axis of 40 s and of 50 s."""
    resized = resize_maps(maps_of([[0.25, 0.5]]), 25, 25, 50.0)
    d, s = np.unravel_index(resized.confidence[0].argmax(), (25, 25))
    assert (s / 25 * 50, (s + d + 1) / 25 * 50) == (10.0, 20.0)

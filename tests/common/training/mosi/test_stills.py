"""Stills of clips, videos and folders of pictures."""

import cv2
import numpy as np
import pytest

from common.core.errors import InputError
from common.training.mosi.stills import gather_stills, load_stills, still_paths


def test_each_source_gives_the_files_of_train(dataset, tmp_path):
    assert len(still_paths(dataset, "clips")) == 9
    assert [path.name for path in still_paths(dataset, "videos")] == ["t_1.mp4"]
    (tmp_path / "stills").mkdir()
    for name in ("b.jpg", "a.PNG", "notes.txt"):
        (tmp_path / "stills" / name).write_bytes(b"")
    assert [path.name for path in still_paths(tmp_path, "stills")] == ["a.PNG", "b.jpg"]


def test_stills_of_clips_and_pictures(dataset, tmp_path):
    picture = tmp_path / "p.png"
    cv2.imwrite(str(picture), np.full((40, 60, 3), (10, 20, 200), np.uint8))  # BGR
    paths = [*still_paths(dataset, "clips")[:2], picture]
    gather_stills(paths, [0.0, 1.0], 20, tmp_path / "stills.safetensors")
    stills = load_stills(tmp_path / "stills.safetensors")
    assert [one.shape for one in stills.pictures] == [(20, 30, 3)] * 5
    assert stills.pictures[4][0, 0].tolist() == [200, 20, 10]


def test_stills_are_decoded_once_and_again_when_asked_otherwise(dataset, tmp_path):
    paths, store = still_paths(dataset, "clips")[:1], tmp_path / "stills.safetensors"
    gather_stills(paths, [0.0], 20, store)
    first = store.stat().st_mtime_ns
    gather_stills(paths, [0.0], 20, store)
    assert store.stat().st_mtime_ns == first
    gather_stills(paths, [0.0, 0.5], 20, store)
    assert len(load_stills(store).pictures) == 2


def test_no_still_and_a_broken_picture_are_refused(tmp_path):
    with pytest.raises(InputError, match="no still"):
        gather_stills([], [0.0], 20, tmp_path / "s.safetensors")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    with pytest.raises(InputError, match="broken.jpg"):
        gather_stills([broken], [0.0], 20, tmp_path / "s.safetensors")

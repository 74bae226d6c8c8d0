"""Real files that trouble readers: frames, times and sizes as their manifests say."""

import csv

import cv2
import numpy as np
import pytest

from common.core.clips import Fit
from common.video.clips import read_all
from common.video.health import check_video
from common.video.reader import open_video


def _manifest(folder):
    with (folder / "manifest.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_awkward_files_read_as_their_manifest_says(shared_data):
    folder = shared_data / "awkward"
    rows = _manifest(folder)
    assert len(rows) == 12
    for row in rows:
        found = check_video(folder / row["path"])
        if row["decode_error"]:
            assert found.status == "undecodable"
            assert f"frame {row['frames_decoded']}" in found.reason
            continue
        assert (found.status, found.frames) == ("ok", int(row["frames_decoded"])), row["path"]
        size = int(row["width"]), int(row["height"])
        turned = abs(int(row["rotation_deg"])) == 90
        assert (found.width, found.height) == (size[::-1] if turned else size)
        with open_video(folder / row["path"]) as video:
            times = [picture.time for picture in video]
        span = float(row["last_pts"]) - float(row["first_pts"])
        assert times[-1] == pytest.approx(span, abs=1e-4)
        if len(times) > 1:
            gaps = np.diff(times)
            assert gaps.min() == pytest.approx(float(row["min_gap"]), abs=1e-4)
            assert gaps.max() == pytest.approx(float(row["max_gap"]), abs=1e-4)
        assert found.duration == pytest.approx(span + gaps[-1], abs=0.02)


@pytest.mark.parametrize("name", ["gmdcsa24", "activitynet_2videos"])
def test_untrimmed_videos_read_as_their_manifest_says(shared_data, name):
    for row in _manifest(shared_data / name):
        found = check_video(shared_data / name / row["path"])
        assert (found.status, found.frames) == ("ok", int(row["frames"])), row["path"]
        assert (found.width, found.height) == (int(row["width"]), int(row["height"]))
        # The manifests end some videos with the last frame's start, some with its end.
        assert found.duration == pytest.approx(float(row["duration_s"]), abs=0.1)


def test_avis_with_jumping_stamps_show_the_same_frames_as_their_copies(shared_data):
    folder = shared_data / "ucf9"
    fit = Fit(80, 60)
    for path in sorted((folder / "original_avi").rglob("*.avi")):
        copy = next((folder / "videos").rglob(f"{path.stem}.mp4"))
        frames, times = read_all(path, fit)
        # The copies repeat a picture where an AVI has a gap, so frames are compared by time.
        copies, copy_times = read_all(copy, fit, fps=None)
        index = np.searchsorted(copy_times, times + 1e-3) - 1
        error = np.abs(frames.astype(int) - copies[index]).mean(axis=(1, 2, 3))
        shifted = np.abs(frames[1:].astype(int) - copies[index[:-1]]).mean(axis=(1, 2, 3))
        assert error.mean() < 3.0, path.name
        assert error.mean() < shifted.mean(), path.name
        assert (np.diff(times) > 0).all()


def test_another_reader_shows_the_same_frames(shared_data):
    path = shared_data / "activitynet_2videos" / "videos" / "v_GGSY1Qvo990.mp4"
    frames, _ = read_all(path, Fit(80, 60))
    capture = cv2.VideoCapture(str(path))
    for number, frame in enumerate(frames):
        ok, other = capture.read()
        assert ok
        if number % 40 == 0:
            small = cv2.resize(other[:, :, ::-1], (80, 60), interpolation=cv2.INTER_AREA)
            assert np.abs(small.astype(int) - frame).mean() < 3.0
    assert not capture.read()[0]

"""Joining clips by time stamps."""

import numpy as np
import pytest

from common.core.errors import InputError
from common.data.compose_pieces import Piece
from common.data.compose_plan import Run, VideoPlan
from common.data.compose_render import frames_at_times, render_video
from common.video.encode import encode_video
from common.video.reader import open_video


def _steps(path, fps, n_frames, size=(32, 24)):
    """A video whose frame i has the grey 10 i."""
    frames = [np.full((size[1], size[0], 3), 10 * i, np.uint8) for i in range(n_frames)]
    encode_video(path, frames, fps, crf=5)
    return path


def _greys(frames):
    return [round(float(frame.mean()) / 10) for frame in frames]


def test_the_frame_on_screen_is_the_last_one_shown_at_or_before_the_time(tmp_path):
    path = _steps(tmp_path / "a.mp4", 10, 10)
    times = [0.0, 0.05, 0.1, 0.19, 0.2, 0.8999, 0.9, 5.0]
    assert _greys(frames_at_times(path, times, (32, 24))) == [0, 0, 1, 1, 2, 8, 9, 9]


def test_the_picture_is_cut_to_cover_the_size_and_keeps_its_proportions(tmp_path):
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, 40:80] = 200  # a square in the middle
    encode_video(tmp_path / "wide.mp4", [wide], 10, crf=5)
    (frame,) = frames_at_times(tmp_path / "wide.mp4", [0.0], (40, 20))
    assert frame.shape == (20, 40, 3)
    bright = (frame[10, :, 0] > 100).sum()
    assert 19 <= bright <= 21  # as wide as it is high: half of 40


def test_pieces_of_different_rates_are_joined_frame_by_frame(tmp_path):
    clips = {"a": _steps(tmp_path / "a.mp4", 10, 10), "b": _steps(tmp_path / "b.mp4", 25, 20)}
    runs = (
        Run("Jump", ("g1",), (Piece("a", 1, 3),)),
        Run(None, ("g2",), (Piece("b", 0, 2), Piece("b", 3, 1))),
    )
    plan = VideoPlan("v", "train", runs)
    render_video(plan, clips, 5.0, (32, 24), 5, tmp_path / "v.mp4")
    with open_video(tmp_path / "v.mp4") as video:
        shown = [(picture.time, picture.rgb()) for picture in video]
    # a at 0.2, 0.4, 0.6 s (10 frames a second), b at 0, 0.2, 0.6 s (25 frames a second)
    assert _greys(frame for _, frame in shown) == [2, 4, 6, 0, 5, 15]
    assert [time for time, _ in shown] == pytest.approx([0.2 * i for i in range(6)])
    assert plan.segments(5.0)[0].end == pytest.approx(0.6)


def test_equal_plans_give_equal_bytes(tmp_path):
    clips = {"a": _steps(tmp_path / "a.mp4", 10, 10)}
    plan = VideoPlan("v", "train", (Run("Jump", ("g1",), (Piece("a", 0, 8),)),))
    for name in ("one.mp4", "two.mp4"):
        render_video(plan, clips, 10.0, (32, 24), 23, tmp_path / name)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_a_clip_that_cannot_be_read_leaves_no_file(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no video")
    plan = VideoPlan("v", "train", (Run("Jump", ("g1",), (Piece("a", 0, 8),)),))
    with pytest.raises(InputError, match=r"a\.mp4"):
        render_video(plan, {"a": tmp_path / "a.mp4"}, 10.0, (32, 24), 23, tmp_path / "v.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]

"""The encoder: what goes in comes out, the same bytes each time, whole or not at all."""

import resource

import numpy as np
import pytest

from common.core.errors import InputError
from common.video.clips import read_all
from common.video.encode import encode_sound, encode_video
from common.video.health import check_video
from tests.common.video.film import numbered_picture, read_number


def _pictures(n):
    return (numbered_picture(number) for number in range(n))


def test_frames_come_back_at_their_times(tmp_path):
    assert encode_video(tmp_path / "x.mp4", _pictures(30), 12) == 30
    frames, times = read_all(tmp_path / "x.mp4")
    assert [read_number(frame) for frame in frames] == list(range(30))
    assert times == pytest.approx(np.arange(30) / 12)


def test_the_same_frames_give_the_same_bytes(tmp_path):
    for name in "ab":
        encode_video(tmp_path / f"{name}.mp4", _pictures(30), 29.97)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize(
    ("frames", "problem"),
    [([], "there is no frame"), ([np.zeros((121, 160, 3), np.uint8)], "160x121 has an odd side")],
)
def test_what_cannot_be_encoded_is_refused(tmp_path, frames, problem):
    with pytest.raises(InputError, match=problem):
        encode_video(tmp_path / "x.mp4", frames, 10)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_no_half_file_and_the_old_one_alone(tmp_path):
    encode_video(tmp_path / "x.mp4", _pictures(2), 10)
    before = (tmp_path / "x.mp4").read_bytes()
    noise = (np.random.default_rng(i).integers(0, 255, (120, 160, 3), np.uint8) for i in range(40))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(InputError, match=r"x\.mp4: cannot be written"):
            encode_video(tmp_path / "x.mp4", noise, 10)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]
    assert (tmp_path / "x.mp4").read_bytes() == before


def test_sound_alone_has_no_picture(tmp_path):
    tone = np.sin(np.arange(8000) / 3).astype(np.float32)
    encode_sound(tmp_path / "x.mp4", tone, 8000)
    assert check_video(tmp_path / "x.mp4").status == "no_video_stream"

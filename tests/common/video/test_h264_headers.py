"""The number of reference frames, as x264 and the file's writer put it."""

import pytest

from common.video.h264_headers import reference_frames
from common.video.reader import open_video
from tests.common.video.film import Film


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
@pytest.mark.parametrize("refs", [1, 3])
def test_the_encoders_number_is_found(tmp_path, suffix, profile, refs):
    options = {"refs": str(refs), "bf": "0", "profile": profile}
    path = Film(n_frames=6, options=options).write(tmp_path / f"x.{suffix}")
    with open_video(path) as video:
        assert reference_frames(video.headers) == refs


def test_a_colour_format_with_scaling_lists_is_read_over(tmp_path):
    options = {"refs": "2", "bf": "0", "x264-params": "cqm=jvt"}
    path = Film(n_frames=6, pix_fmt="yuv444p", options=options).write(tmp_path / "x.mp4")
    with open_video(path) as video:
        assert reference_frames(video.headers) == 2


@pytest.mark.parametrize("headers", [b"", b"\1\x64\0\r\xff\xe1\0\4\x67\x64\0\r", b"\0\0\1\x68\1"])
def test_headers_without_a_whole_parameter_set_tell_nothing(headers):
    assert reference_frames(headers) is None

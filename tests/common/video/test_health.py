"""The health check: every kind of broken file has its own word, and none stops the others."""

import os
import re

import av
import numpy as np
import pytest

from common.core.errors import InputError
from common.video.health import check_video, check_videos, probe, read_health, write_health
from tests.common.video.film import Film, write_sound_only

FASTSTART = {"movflags": "faststart"}


def _noisy(path, **options):
    """A film whose frames all cost bytes, so that cuts and flips hit pictures."""
    return Film(60, grain=60, options={"g": "12"}, **options).write(path)


def test_a_whole_video_is_ok_and_measured(tmp_path):
    found = check_video(Film(30, fps=10).write(tmp_path / "whole.mp4"))
    assert (found.video, found.status, found.reason) == ("whole", "ok", "")
    assert (found.frames, found.duration, found.fps) == (30, pytest.approx(3.0), pytest.approx(10))
    assert (found.width, found.height, found.usable) == (160, 120, True)


def test_sound_alone_is_no_video(tmp_path):
    found = check_video(write_sound_only(tmp_path / "sound.mp4"))
    assert (found.status, found.usable) == ("no_video_stream", False)


def test_zero_bytes_are_empty(tmp_path):
    (tmp_path / "x.mp4").touch()
    assert check_video(tmp_path / "x.mp4").status == "empty"


def test_a_missing_file_is_missing(tmp_path):
    assert check_video(tmp_path / "x.mp4").status == "missing"


def test_text_is_undecodable(tmp_path):
    (tmp_path / "x.mp4").write_text("no video at all\n" * 50)
    found = check_video(tmp_path / "x.mp4")
    assert (found.status, found.frames) == ("undecodable", 0)
    assert "x.mp4 frame 0" in found.reason


@pytest.mark.parametrize("part", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("name", ["x.mp4", "x.mkv", "x.avi"])
def test_a_file_cut_in_the_middle_is_truncated_and_counts_as_far_as_it_goes(tmp_path, name, part):
    options = {"container_options": FASTSTART} if name == "x.mp4" else {}
    path = _noisy(tmp_path / name, **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    found = check_video(path)
    assert found.status == "truncated"
    assert 0 < found.frames < 60
    assert found.duration == pytest.approx(found.frames / 10, abs=0.11)
    assert f"after frame {found.frames - 1}" in found.reason


def test_an_mp4_cut_before_its_index_is_truncated_without_frames(tmp_path):
    path = _noisy(tmp_path / "x.mp4")
    path.write_bytes(path.read_bytes()[:-4000])
    found = check_video(path)
    assert (found.status, found.usable) == ("truncated", False)
    assert "moov" in found.reason


def test_flipped_bytes_are_found_or_stop_at_a_named_frame(tmp_path):
    path = _noisy(tmp_path / "x.mkv")
    data = np.frombuffer(path.read_bytes(), np.uint8).copy()
    rng = np.random.default_rng(1)
    data[rng.integers(len(data) // 3, len(data) * 2 // 3, 80)] ^= 255
    path.write_bytes(data.tobytes())
    found = check_video(path)
    assert found.status in ("damaged", "undecodable")
    assert "frame" in found.reason


def test_a_damaged_packet_with_others_behind_it_is_undecodable_at_its_frame(tmp_path):
    path = _noisy(tmp_path / "x.mp4")
    with av.open(str(path)) as container:
        position = [packet.pos for packet in container.demux() if packet.size][20]
    data = bytearray(path.read_bytes())
    data[position : position + 4] = b"\xff\xff\xff\xff"  # longer than the file can be
    path.write_bytes(data)
    found = check_video(path)
    assert (found.status, found.usable) == ("undecodable", False)
    # A few frames are still inside the decoder when it meets packet 20.
    frame = int(re.search(r"x\.mp4 frame (\d+)", found.reason).group(1))
    assert 10 <= frame <= 20


def test_probe_raises_what_the_check_records(tmp_path):
    (tmp_path / "x.mp4").touch()
    with pytest.raises(InputError, match=r"x\.mp4: the file has no bytes.*\[video\.empty\]"):
        probe(tmp_path / "x.mp4")


def test_a_reader_that_hangs_is_recorded_and_the_others_go_on(tmp_path):
    good = Film(5).write(tmp_path / "good.mp4")
    (tmp_path / "empty.mp4").touch()
    os.mkfifo(tmp_path / "hangs.mp4")  # nobody ever writes to it: opening blocks for good
    paths = {"hangs": tmp_path / "hangs.mp4", "empty": tmp_path / "empty.mp4"}
    paths |= {f"good{i}": good for i in range(100)}
    rows = check_videos(paths, workers=2, timeout_s=3.0)
    assert [row.video for row in rows] == list(paths)
    assert [row.status for row in rows[:3]] == ["timeout", "empty", "ok"]
    assert {row.status for row in rows[2:]} == {"ok"}


def test_the_table_is_read_back(tmp_path):
    rows = [check_video(Film(3).write(tmp_path / "a.mp4")), check_video(tmp_path / "b.mp4")]
    write_health(tmp_path / "health.csv", rows)
    table = read_health(tmp_path / "health.csv")
    assert table["video"].tolist() == ["a", "b"]
    assert table["status"].tolist() == ["ok", "missing"]
    assert table["reason"].tolist()[0] == ""
    assert table["duration"].tolist() == [rows[0].duration, 0.0]

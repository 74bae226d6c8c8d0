"""The reader, on films that the tests encode: frame n is frame n, at its own time, upright."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.core.clips import Fit
from common.core.errors import InputError
from common.core.timebase import frames_at
from common.video.clips import read_all, read_clip
from common.video.reader import open_video
from tests.common.video.film import Film, is_upright, numbered_picture, read_number

FORMS = {
    "plain.mp4": Film(),
    "b_frames.mp4": Film(options={"bf": "3", "g": "12"}),
    "variable.mkv": Film(times=np.cumsum(np.arange(10, 40)) / 1000),
    "variable.mp4": Film(times=np.cumsum(np.arange(40, 10, -1)) / 1000),
    "single.mp4": Film(n_frames=1),
    "odd.webm": Film(width=161, height=121, codec="libvpx-vp9"),
    "odd.mkv": Film(width=151, height=91, codec="ffv1"),
    "jumping_stamps.avi": Film(codec="mpeg4", options={"bf": "2", "b": "2000000"}),
    "hevc.mp4": Film(codec="libx265", options={"x265-params": "log-level=none:pools=1"}),
    "ten_bit.mp4": Film(pix_fmt="yuv420p10le"),
    "full_range.mp4": Film(pix_fmt="yuvj420p"),
    "with_sound.mp4": Film(sound=True),
    "stream.ts": Film(),
    "fragments.mp4": Film(container_options={"movflags": "frag_keyframe+empty_moov"}),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_frame_comes_once_in_order_at_its_time(tmp_path, name):
    film = FORMS[name]
    with open_video(film.write(tmp_path / name)) as video:
        pictures = [(p.index, read_number(p.rgb()), p.time) for p in video]
    assert [index for index, _, _ in pictures] == list(range(film.n_frames))
    assert [number for _, number, _ in pictures] == list(range(film.n_frames))
    expected = np.arange(film.n_frames) / film.fps if film.times is None else film.times
    assert [time for _, _, time in pictures] == pytest.approx(expected - expected[0], abs=6e-4)
    assert (video.n_frames, video.truncated, video.corrupt_frames) == (film.n_frames, False, 0)
    assert (video.width, video.height) == (film.width, film.height)


@pytest.mark.parametrize("name", ["plain.mp4", "odd.webm", "jumping_stamps.avi", "stream.ts"])
def test_the_duration_ends_with_the_last_frame(tmp_path, name):
    with open_video(FORMS[name].write(tmp_path / name)) as video:
        list(video)
    assert video.duration == pytest.approx(3.0, abs=1e-6)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_turned_video_is_shown_upright(tmp_path, rotation, mirrored):
    film = Film(n_frames=12, rotation=rotation, mirrored=mirrored, options={"crf": "10"})
    with open_video(film.write(tmp_path / "x.mp4")) as video:
        pictures = [p.rgb() for p in video]
    small, _ = read_all(tmp_path / "x.mp4", Fit(80, 40))
    assert (video.width, video.height) == (160, 120)
    assert small.shape == (12, 40, 80, 3)
    for number, (picture, reduced) in enumerate(zip(pictures, small, strict=True)):
        assert is_upright(picture) and is_upright(reduced)
        assert read_number(picture) == read_number(reduced) == number


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    gaps=st.lists(st.integers(5, 200), min_size=1, max_size=30),
    wanted=st.lists(st.floats(-0.5, 5.0), min_size=1, max_size=20),
)
def test_the_frame_at_a_time_is_the_one_on_screen(tmp_path, gaps, wanted):
    times = np.concatenate([[0], np.cumsum(gaps)]) / 1000
    path = Film(len(times), times=times).write(tmp_path / "x.mkv")
    frames = read_clip(path, np.array(wanted), Fit(80, 60))
    expected = frames_at(np.array(wanted), times)
    assert [read_number(frame) for frame in frames] == expected.tolist()


def test_a_constant_rate_is_taken_out_of_a_variable_one(tmp_path):
    path = Film(4, times=[0.0, 0.1, 0.6, 0.7]).write(tmp_path / "x.mkv")
    frames, times = read_all(path, fps=10.0)
    assert [read_number(frame) for frame in frames][:7] == [0, 1, 1, 1, 1, 1, 2]
    assert times[:3].tolist() == [0.0, 0.1, 0.2]


def test_sizes_stretch_or_keep_proportions(tmp_path):
    path = Film(2, width=320, height=120).write(tmp_path / "x.mp4")
    whole, _ = read_all(path)
    stretched, _ = read_all(path, Fit(64, 64))
    centre, _ = read_all(path, Fit(60, 56, short_side=60))
    assert (whole.shape, stretched.shape) == ((2, 120, 320, 3), (2, 64, 64, 3))
    assert centre.shape == (2, 56, 60, 3)
    # The short side halves, so the crop shows columns 100 to 220 and rows 4 to 116 of the source.
    shown = whole[1, 4:116, 100:220].reshape(56, 2, 60, 2, 3).mean(axis=(1, 3))
    assert np.abs(shown - centre[1]).mean() < 4.0


def test_shrinking_averages_areas(tmp_path):
    rng = np.random.default_rng(0)
    grey = rng.integers(60, 200, (30, 40), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
    grey[::2] += 8  # fine rows that must average away
    path = tmp_path / "x.mkv"
    _write_picture(path, np.repeat(grey[:, :, None], 3, axis=2))
    reduced, _ = read_all(path, Fit(40, 30))
    expected = grey.reshape(30, 4, 40, 4).mean(axis=(1, 3))
    assert np.abs(reduced[0].mean(axis=2) - expected).max() < 2.5


def _write_picture(path, picture):
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.height, stream.width, stream.pix_fmt = *picture.shape[:2], "yuv444p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def test_a_picture_is_converted_once_per_size(tmp_path):
    with open_video(Film(1).write(tmp_path / "x.mp4")) as video:
        picture = next(iter(video))
        assert picture.rgb(Fit(8, 6)) is picture.rgb(Fit(8, 6))
        assert picture.rgb(Fit(8, 6)) is not picture.rgb(Fit(6, 8))


@pytest.mark.parametrize("name", ["x.mp4", "x.m3u8"])
def test_a_playlist_cannot_make_us_read_other_files(tmp_path, name):
    target = Film().write(tmp_path / "private.ts")
    playlist = tmp_path / name
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n")
    with pytest.raises(InputError, match=r"x\.\w+ frame 0: cannot be decoded"):
        with open_video(playlist) as video:
            list(video)


def test_a_name_like_an_address_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (Film(2).write(tmp_path / "a.mp4")).rename(tmp_path / "http:x.mp4")
    with open_video("http:x.mp4") as video:
        assert len(list(video)) == 2


_READ_MANY = """
import sys
from pathlib import Path
from common.core.clips import Fit
from common.video.reader import open_video

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

def read(path):
    with open_video(path) as video:
        for picture in video:
            picture.rgb(Fit(80, 60))

path, times = Path(sys.argv[1]), int(sys.argv[2])
read(path)
before, peak = resident(), 0.0
for _ in range(times):
    read(path)
    peak = max(peak, resident())
print(peak - before, peak)
"""


def _growth(path, times):
    done = subprocess.run(
        [sys.executable, "-c", _READ_MANY, str(path), str(times)],
        check=True,
        capture_output=True,
        text=True,
        cwd=os.fspath(__import__("pathlib").Path(__file__).parents[3]),
    )
    return [float(word) for word in done.stdout.split()]


def test_reading_200_times_leaks_nothing(tmp_path):
    path = Film(10, width=320, height=240, sound=True).write(tmp_path / "x.mp4")
    growth, _ = _growth(path, 200)
    assert growth < 20.0


def test_memory_does_not_grow_with_the_length(tmp_path):
    options = {"preset": "ultrafast"}
    short = Film(20, width=1280, height=720, options=options).write(tmp_path / "short.mp4")
    long = Film(120, width=1280, height=720, options=options).write(tmp_path / "long.mp4")
    _, short_peak = _growth(short, 1)
    _, long_peak = _growth(long, 1)
    assert long_peak < short_peak + 15.0
    assert long_peak < 400.0


def test_numbers_survive_the_smallest_size():
    assert [read_number(numbered_picture(n, 80, 60)) for n in (0, 5, 1023)] == [0, 5, 1023]

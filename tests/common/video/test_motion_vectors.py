"""Motion vectors: sign and scale on pans of known velocity, the same ones each time, painted where
the blocks lie; streams whose vectors mean something else are refused.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.errors import InputError
from common.video.encode import encode_for_motion, encode_video
from common.video.motion_vectors import (
    motion_frames,
    mv_map,
    paint_blocks,
    reencode_for_motion,
)
from tests.common.video.film import Film, write_sound_only
from tests.common.video.pans import pan

CODECS = ("mpeg4", "h264")
COLUMNS = ("source", "w", "h", "dst_x", "dst_y", "motion_x", "motion_y", "motion_scale")


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("velocity", [(3, -2), (-4, 1), (0, 5)])
def test_a_pan_is_found_with_its_sign_and_scale(tmp_path, codec, velocity):
    encode_for_motion(tmp_path / "x.mp4", pan(14, velocity), 25, codec)
    maps = mv_map(tmp_path / "x.mp4")
    assert maps.flow.shape == (14, 30, 40, 2)
    assert maps.frame_type.tolist() == [1] + [2] * 11 + [1, 2]
    assert maps.has_mv.tolist() == [kind == 2 for kind in maps.frame_type]
    assert not maps.flow[~maps.has_mv].any()
    error = np.linalg.norm(maps.flow[maps.has_mv][:, 4:-4, 4:-4] - velocity, axis=-1)
    assert error.mean() < 0.05
    assert (error < 0.5).mean() > 0.99


@pytest.mark.parametrize("codec", CODECS)
def test_three_runs_give_the_same_maps_and_encodings_the_same_bytes(tmp_path, codec):
    for name in "ab":
        encode_for_motion(tmp_path / f"{name}.mp4", pan(20, (2, 1)), 25, codec)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    runs = [mv_map(tmp_path / "a.mp4").flow.tobytes() for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]


def test_i_frames_come_with_their_picture_in_the_same_pass(tmp_path):
    pictures = list(pan(13, (3, 0)))
    encode_for_motion(tmp_path / "x.mp4", pictures, 25, "mpeg4")
    keys = [p.rgb() for p, flow in motion_frames(tmp_path / "x.mp4") if flow is None]
    errors = [[np.abs(key.astype(int) - one).mean() for one in pictures] for key in keys]
    assert np.argmin(errors, axis=1).tolist() == [0, 12]


REFUSED = {
    "B-frames, H.264": (Film(options={"bf": "2", "refs": "1", "b_strategy": "0"}), "B-frame"),
    "B-frames, MPEG-4": (Film(codec="mpeg4", options={"bf": "2"}), "B-frame"),
    "references": (Film(options={"bf": "0", "refs": "4"}), "any of 4 frames"),
    "codec": (Film(codec="libvpx-vp9"), "coded in .*vp9"),
    "turned": (Film(codec="mpeg4", rotation=90), "stored turned"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_stream_whose_vectors_mean_something_else_is_refused(tmp_path, name):
    film, problem = REFUSED[name]
    path = film.write(tmp_path / "x.mp4")
    with pytest.raises(InputError, match=rf"x\.mp4: .*{problem}") as caught:
        mv_map(path)
    assert caught.value.rule == "video.motion_stream"


@pytest.mark.parametrize("codec", CODECS)
def test_encoding_it_anew_makes_any_video_fit(tmp_path, codec):
    pictures = list(pan(14, (3, -2)))
    encode_video(tmp_path / "x.mp4", pictures, 25)  # B-frames, several references
    assert reencode_for_motion(tmp_path / "x.mp4", tmp_path / "y.mp4", codec) == 14
    maps = mv_map(tmp_path / "y.mp4")
    assert np.median(maps.flow[maps.has_mv], axis=(0, 1, 2)) == pytest.approx([3, -2], abs=0.5)


def test_broken_files_are_named(tmp_path):
    whole = encode_whole(tmp_path / "whole.mp4")
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("no video at all")
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    write_sound_only(tmp_path / "sound.mp4")
    rules = {}
    for name in ("missing", "empty", "text", "cut", "sound"):
        with pytest.raises(InputError, match=rf"{name}\.mp4") as caught:
            mv_map(tmp_path / f"{name}.mp4")
        rules[name] = caught.value.rule
    assert rules == {
        "missing": "video.missing",
        "empty": "video.empty",
        "text": "video.undecodable",
        "cut": "video.truncated",
        "sound": "video.no_video_stream",
    }


def encode_whole(path):
    encode_for_motion(path, pan(3, (1, 1)), 25, "mpeg4")
    return path.read_bytes()


blocks = st.lists(
    st.tuples(
        st.sampled_from([-1, -1, 1]),
        st.sampled_from([(16, 16), (16, 8), (8, 16), (8, 8), (4, 4)]),
        st.integers(-3, 20),
        st.integers(-3, 20),
        st.integers(-300, 300),
        st.integers(-300, 300),
        st.sampled_from([2, 4]),
    ),
    max_size=30,
)


@given(blocks, st.integers(1, 70), st.integers(1, 70))
def test_painting_equals_a_loop_over_cells(rows, height, width):
    table = [
        (source, w, h, 4 * x + w // 2, 4 * y + h // 2, mx, my, scale)
        for source, (w, h), x, y, mx, my, scale in rows
    ]
    kinds = np.dtype([(name, "i4") for name in COLUMNS])
    painted = paint_blocks(np.array(table, kinds), height, width)
    slow = np.zeros((-(-height // 4), -(-width // 4), 2), np.float32)
    for row in range(slow.shape[0]):
        for column in range(slow.shape[1]):
            for source, w, h, x, y, mx, my, scale in table:
                inside = x - w // 2 <= 4 * column < x + w // 2 and (
                    y - h // 2 <= 4 * row < y + h // 2
                )
                if inside and source < 0:
                    slow[row, column] = (-mx / scale, -my / scale)
    assert np.array_equal(painted, slow)

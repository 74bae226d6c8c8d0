import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.challenges.ava.reading import read_rows, regular_rows, rows_of_bytes
from common.challenges.ava.row_tables import boxes_of_rows, key_frames, without_frames
from common.core.errors import InputError

GOOD = ["v1", "0902", "0.1", "0.2", "0.3", "0.4", "5", "0.9"]
# Cells on which number parsers differ.
ODD = ["a b", "1e2", " 0.5 ", ".5", "5.", "1_0", "+3", "-0", "nan", "inf", "0x10", "1e400", "007"]
ODD += ['"q"', "", "é", "\x0b", "NA", "1e-320", "0.1234567890123456789", "\u2028", "9.0", "-5"]
ODD += ["9" * 20, "9" * 5000, "true", "\t7", "1d5", "٣", "nan(1)", "1e999999999999999999999"]


def slow_rows(data: bytes):
    """The row-by-row reader: a byte order mark and its removal from the first id lead there."""
    rows = rows_of_bytes(b"\xef\xbb\xbf" + data, "x")
    videos = tuple(name.removeprefix("\ufeff") for name in rows.videos)
    return rows, videos


def content(rows, videos=None):
    names = videos or rows.videos
    return (
        [names[code] for code in rows.video],
        [rows.stamps[code] for code in rows.stamp],
        rows.boxes.tolist(),
        rows.actions.tolist(),
        rows.scores.tolist(),
        rows.lines.tolist(),
        rows.unscored.tolist(),
        [(frame.line, frame.video.removeprefix("\ufeff"), frame.stamp) for frame in rows.empty],
    )


@st.composite
def files(draw):
    width = draw(st.sampled_from([8, 8, 7]))
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        cells = GOOD[: draw(st.sampled_from([width] * 3 + [2]))]
        if draw(st.integers(0, 3)) == 0:
            cells[draw(st.integers(0, len(cells) - 1))] = draw(st.sampled_from(ODD))
        lines.append(",".join(cells + draw(st.sampled_from([[]] * 8 + [["1"]]))))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return (end.join(lines) + draw(st.sampled_from([end, "", end * 2]))).encode()


@settings(max_examples=400, deadline=None)
@given(files())
def test_the_columnar_parser_reads_what_the_official_reader_reads(data):
    fast = regular_rows(data)
    if fast is None:
        return
    rows, videos = slow_rows(data)
    assert content(fast) == content(rows, videos)


def test_regular_files_take_the_fast_way():
    line = ",".join(GOOD)
    for text in (line, f"{line}\r\n{line}\r\n", f"v,902\n{line}\n", f"{line[:-4]}\n"):
        assert regular_rows(text.encode()) is not None


def test_lines_are_those_of_the_file_where_key_frames_without_boxes_stand_between(tmp_path):
    line = ",".join(GOOD)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(f"v,902\n{line}\nw,0903.0\n{line}\n".encode()))
    rows = read_rows(path)
    assert rows.lines.tolist() == [2, 4]
    frames = [(frame.line, frame.video, frame.stamp) for frame in rows.empty]
    assert frames == [(1, "v", "902.000000"), (3, "w", "903.000000")]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (",".join(GOOD[:6]), "ava.columns"),
        (",".join([*GOOD, "1"]), "ava.columns"),
        ("", "ava.columns"),
        (";".join(GOOD), "ava.columns"),
        ("v1,time,0.1,0.2,0.3,0.4,5,0.9", "ava.timestamp"),
        ("v1,902,0.1,x,0.3,0.4,5,0.9", "ava.number"),
        ("v1,902,0.1,0.2,0.3,0.4,5,", "ava.number"),
        ("v1,902,0.1,0.2,0.3,0.4,5.0,0.9", "ava.action_number"),
        ("v1,902,0.1,0.2,0.3,0.4,sit,0.9", "ava.action_number"),
    ],
)
def test_malformed_row_is_named_by_its_line(tmp_path, line, rule):
    path = tmp_path / "a.csv"
    path.write_text(f"{','.join(GOOD)}\n{line}\n{','.join(GOOD)}\n")
    with pytest.raises(InputError, match=r"a\.csv line 2: ") as caught:
        read_rows(path)
    assert caught.value.rule == rule


def test_text_that_is_not_utf_8_is_named_by_its_line():
    with pytest.raises(InputError, match="line 2") as caught:
        rows_of_bytes(",".join(GOOD).encode() + b"\n\xff\n", "a.csv")
    assert caught.value.rule == "ava.encoding"


def test_rows_of_one_box_become_one_record():
    text = "v,0902,0.1,0.2,0.3,0.4,5,7\nv,902,0.1,0.2,0.3,0.4,12,7\nv,902,0.1,0.2,0.3,0.4,12,8\n"
    first, second = boxes_of_rows(rows_of_bytes(text.encode(), "x"))
    assert (first.video, first.timestamp, first.x2) == ("v", 902.0, 0.3)
    assert (first.actions, first.person) == ((5, 12), 7)
    assert (second.actions, second.person) == ((12,), 8)
    kinetics = boxes_of_rows(rows_of_bytes(b"k,4.53,0.1,0.2,0.3,0.4,5\n", "x"))
    assert (kinetics[0].timestamp, kinetics[0].person) == (4.53, None)


def test_key_frames_are_those_of_all_rows_and_can_be_left_out():
    rows = rows_of_bytes(b"v,902\nv,903,0,0,1,1,5,7\nw,902,0,0,1,1,2,7\n", "x")
    frames = key_frames(rows)
    assert len(frames) == 3
    assert ("v", "902.000000") in frames and ("w", "903.000000") not in frames
    assert ("x", "902.000000") not in frames and ("v", "1.000000") not in frames
    kept, out = without_frames(rows, {("v", "903.000000"), ("v", "902.000000"), ("z", "1")})
    assert (out, len(kept), kept.empty) == (1, 1, ())
    assert np.array_equal(frames.of(kept) >= 0, [True])


def test_every_malformed_row_is_named():
    lines = [",".join(GOOD), "v1,x,0,0,1,1,5,0.9", "v1,0902,0,0,1,1", ",".join(GOOD), "v1,902,b"]
    with pytest.raises(InputError) as caught:
        rows_of_bytes("\n".join(lines).encode(), "pred.csv")
    assert (caught.value.rule, caught.value.where) == ("ava.timestamp", "pred.csv line 2")
    assert "(2 more malformed rows: line 3, line 5)" in caught.value.problem

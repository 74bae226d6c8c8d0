"""The validator, the ground truth folder, packaging."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.challenges import formats
from common.challenges.ava.ground_truth import read_truth
from common.challenges.formats import Settings
from common.core.errors import InputError

TRUTH = [
    "mov_one,0902,0.1,0.1,0.5,0.9,12,0",
    "mov_one,0902,0.1,0.1,0.5,0.9,80,0",
    "mov_one,0903,0.2,0.1,0.6,0.9,12,0",
    "mov_two,1798,0.0,0.0,0.4,1.0,9,3",
    "mov_two,1700",
]
CLIPS = ["clip-1,4.53,0.1,0.1,0.5,0.9,12", "clip-2,7"]
GOOD = [
    "mov_one,0902,0.11,0.1,0.5,0.9,12,0.9",
    "mov_one,902.0,0.11,0.1,0.5,0.9,80,0.8",
    "mov_one,0903,0.2,0.1,0.6,0.9,12,0.7",
    "mov_two,1798,0.0,0.0,0.4,1.0,9,0.6",
    "clip-1,4.530000,0.1,0.1,0.5,0.9,12,0.5",
    "clip-2,7.0,0.1,0.1,0.5,0.9,12,0.5",
]
LABELS = "".join(
    f'item {{\n  name: "action {k}"\n  id: {k}\n}}\n' for k in (1, 3, 9, 12, 14, 17, 80)
)


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    folder = tmp_path / "annotations"
    folder.mkdir()
    (folder / "ava_val_v2.2.csv").write_text("\n".join(TRUTH) + "\n")
    (folder / "kinetics_val_v1.0.csv.gz").write_bytes(gzip.compress("\n".join(CLIPS).encode()))
    (folder / "ava_val_excluded_timestamps_v2.2.csv").write_text("mov_two,1701\n")
    (folder / "ava_action_list_v2.2.pbtxt").write_text("not read")
    (folder / "ava_action_list_v2.2_for_activitynet_2019.pbtxt").write_text(LABELS)
    return folder


def check(text: str | bytes, truth: Path | None, folder: Path, **chosen):
    pred = folder / "pred.csv"
    pred.write_bytes(text if isinstance(text, bytes) else text.encode())
    return formats.check("ava", pred, truth, Settings(**chosen))


def line(row: str, number: int = 2) -> str:
    rows = list(GOOD)
    rows[number - 1] = row
    return "\n".join(rows) + "\n"


def test_a_sound_file_has_nothing_to_say(truth, tmp_path):
    findings = check("\n".join(GOOD), truth, tmp_path)
    assert findings.ok and not findings.n_warnings and not findings.notes


DEFECTS = {
    "six columns": ("mov_one,902,0.1,0.1,0.5,0.9", "ava.columns"),
    "nine columns": ("mov_one,902,0.1,0.1,0.5,0.9,12,0,5", "ava.columns"),
    "one column": ("mov_one", "ava.columns"),
    "blank line": ("", "ava.columns"),
    "tabs": ("mov_one\t902\t0.1\t0.1\t0.5\t0.9\t12\t0.5", "ava.columns"),
    "quotes": ('"mov_one",902,0.1,0.1,0.5,0.9,12,0.5', "ava.quotes"),
    "NUL": ("mov\0one,902,0.1,0.1,0.5,0.9,12,0.5", "ava.encoding"),
    "time as text": ("mov_one,15:02,0.1,0.1,0.5,0.9,12,0.5", "ava.timestamp"),
    "time before the movie": ("mov_one,901,0.1,0.1,0.5,0.9,12,0.5", "ava.key_frame"),
    "half a second": ("mov_one,902.5,0.1,0.1,0.5,0.9,12,0.5", "ava.key_frame"),
    "time infinite": ("mov_one,inf,0.1,0.1,0.5,0.9,12,0.5", "ava.key_frame"),
    "another time of a clip": ("clip-1,4.54,0.1,0.1,0.5,0.9,12,0.5", "ava.key_frame"),
    "empty frame at no time": ("mov_one,10", "ava.key_frame"),
    "unknown video": ("mov_three,902,0.1,0.1,0.5,0.9,12,0.5", "ava.video"),
    "empty frame of no video": ("mov_three,902", "ava.video"),
    "video with a blank": (" mov_one,902,0.1,0.1,0.5,0.9,12,0.5", "ava.video"),
    "coordinate as text": ("mov_one,902,left,0.1,0.5,0.9,12,0.5", "ava.number"),
    "coordinate above 1": ("mov_one,902,0.1,0.1,0.5,1.01,12,0.5", "ava.box_range"),
    "coordinate negative": ("mov_one,902,-0.1,0.1,0.5,0.9,12,0.5", "ava.box_range"),
    "coordinate nan": ("mov_one,902,nan,0.1,0.5,0.9,12,0.5", "ava.box_range"),
    "pixels": ("mov_one,902,10,20,300,200,12,0.5", "ava.box_range"),
    "x swapped": ("mov_one,902,0.5,0.1,0.1,0.9,12,0.5", "ava.box_order"),
    "no height": ("mov_one,902,0.1,0.1,0.5,0.1,12,0.5", "ava.box_order"),
    "action 0": ("mov_one,902,0.1,0.1,0.5,0.9,0,0.5", "ava.action"),
    "action 81": ("mov_one,902,0.1,0.1,0.5,0.9,81,0.5", "ava.action"),
    "action of 30 digits": (f"mov_one,902,0.1,0.1,0.5,0.9,{'9' * 30},0.5", "ava.action"),
    "action float": ("mov_one,902,0.1,0.1,0.5,0.9,12.0,0.5", "ava.action_number"),
    "action name": ("mov_one,902,0.1,0.1,0.5,0.9,stand,0.5", "ava.action_number"),
    "score nan": ("mov_one,902,0.1,0.1,0.5,0.9,12,nan", "ava.score"),
    "score infinite": ("mov_one,902,0.1,0.1,0.5,0.9,12,1e999", "ava.score"),
    "score empty": ("mov_one,902,0.1,0.1,0.5,0.9,12,", "ava.number"),
}
WARNINGS = {
    "seven columns": ("mov_one,902,0.1,0.1,0.5,0.9,12", "ava.no_score"),
    "action that does not count": ("mov_one,902,0.1,0.1,0.5,0.9,2,0.5", "ava.action_other"),
    "score above 1": ("mov_one,902,0.1,0.1,0.5,0.9,12,50", "ava.score_range"),
    "score negative": ("mov_one,902,0.1,0.1,0.5,0.9,12,-0.1", "ava.score_range"),
    "excluded": ("mov_two,1701,0.1,0.1,0.5,0.9,12,0.5", "ava.excluded"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_every_defect_is_found_by_its_rule_at_its_line(name, truth, tmp_path):
    row, rule = DEFECTS[name]
    findings = check(line(row), truth, tmp_path)
    assert [(f.rule, f.place) for f in findings.defects] == [(rule, "line 2")]
    with pytest.raises(InputError) as caught:
        formats.package("ava", tmp_path / "pred.csv", tmp_path / "out.csv", truth)
    assert caught.value.rule == rule
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("name", WARNINGS)
def test_what_is_scored_but_odd_is_a_warning(name, truth, tmp_path):
    row, rule = WARNINGS[name]
    findings = check(line(row), truth, tmp_path)
    assert findings.ok
    assert [(f.rule, f.place) for f in findings.warnings] == [(rule, "line 2")]


def test_the_text_as_a_whole(truth, tmp_path):
    good = "\n".join(GOOD).encode()
    cases = {
        "byte order mark": (b"\xef\xbb\xbf" + good, "ava.encoding", "line 1"),
        "UTF-16": (good.decode().encode("utf-16"), "ava.encoding", "line 1"),
        "Latin-1": (good + b"\nmov_\xe9", "ava.encoding", "line 7"),
        "gzip": (gzip.compress(good), "ava.container", ""),
        "empty": (b"", "ava.empty", "line 1"),
        "header": (b"video,time,x1,y1,x2,y2,a,s\n" + good, "ava.timestamp", "line 1"),
        "blank last line": (good + b"\n\n", "ava.columns", "line 7"),
    }
    for name, (data, rule, place) in cases.items():
        findings = check(data, truth, tmp_path)
        assert [(f.rule, f.place) for f in findings.defects] == [(rule, place)], name
    for data in (good, good + b"\n", good.replace(b"\n", b"\r\n"), good.replace(b"\n", b"\r")):
        findings = check(data, truth, tmp_path)
        assert findings.ok and not findings.n_warnings


def test_findings_come_by_line_fifty_in_words_and_all_counted(truth, tmp_path):
    bad = ["zz,902,0.1,0.1,0.5,0.9,12,0.5", "mov_one,902,0.5,0.1,0.1,0.9,12,0.5", "a,b"]
    findings = check("\n".join(bad * 40), truth, tmp_path)
    assert [f.place for f in findings.defects] == [f"line {k}" for k in range(1, 51)]
    assert [f.rule for f in findings.defects[:3]] == ["ava.video", "ava.box_order", "ava.timestamp"]
    assert findings.n_defects == 120


def test_a_crowded_key_frame_is_named_at_the_first_row_too_many(truth, tmp_path):
    many = [f"mov_one,903,0.1,0.{k + 10},0.5,0.9,{12 if k % 2 else 80},0.5" for k in range(60)]
    ignored = ["mov_one,903,0.1,0.1,0.5,0.9,2,0.5"] * 10
    assert check("\n".join([*ignored, *many[:50]]), truth, tmp_path).n_warnings == 10
    crowded = check("\n".join([*many[:50], GOOD[0], *many[50:]]), truth, tmp_path).warnings
    assert [(f.rule, f.place) for f in crowded] == [("ava.capacity", "line 52")]
    assert "60 rows" in crowded[0].problem
    assert not check("\n".join(many), truth, tmp_path, capacity=0).n_warnings


def test_without_ground_truth_videos_pass_and_times_only_warn(tmp_path):
    findings = check("\n".join([*GOOD[:4], "clip-1,4.53,0.1,0.1,0.5,0.9,12,1"]), None, tmp_path)
    assert findings.ok and findings.notes
    assert [(f.rule, f.place) for f in findings.warnings] == [("ava.key_frame", "line 5")]
    assert not check("x,902,0.1,0.1,0.5,0.9,99,1", None, tmp_path).ok


def test_a_folder_gives_both_parts_and_its_label_map(truth, tmp_path):
    found = read_truth(truth, Settings())
    assert set(found.rows.videos) == {"mov_one", "mov_two", "clip-1"}
    assert sorted(found.labels.names) == [1, 3, 9, 12, 14, 17, 80]
    (tmp_path / "pred.csv").write_text("\n".join(GOOD))
    result = formats.evaluate("ava", tmp_path / "pred.csv", truth)
    assert result.counts["key_frames"] == 6
    assert result.scores["n_classes_in_mean"] == 3
    assert any("2 videos" in text or "3 videos" in text for text in result.warnings)
    with pytest.raises(InputError, match="ava_train_v") as caught:
        read_truth(truth, Settings(subset="train"))
    assert caught.value.rule == "ava.ground_truth"
    (truth / "ava_val_v2.1.csv").write_text("x")
    with pytest.raises(InputError, match=r"ava_val_v2.1.csv, ava_val_v2.2.csv"):
        read_truth(truth, Settings())


def test_an_exclusion_list_drops_rows_on_both_sides_and_counts_them(truth, tmp_path):
    (tmp_path / "pred.csv").write_text("\n".join(GOOD))
    (tmp_path / "out.csv").write_text("mov_one,902.0\n")
    whole = formats.evaluate("ava", tmp_path / "pred.csv", truth)
    chosen = Settings(exclude=str(tmp_path / "out.csv"))
    result = formats.evaluate("ava", tmp_path / "pred.csv", truth, chosen)
    assert result.counts["rows_excluded"] == 2
    assert result.counts["ground_truth_rows_excluded"] == 2
    assert whole.scores["n_classes_in_mean"] == 3
    assert result.scores["n_classes_in_mean"] == 2
    (tmp_path / "out.csv").write_text(GOOD[0])
    with pytest.raises(InputError) as caught:
        formats.evaluate("ava", tmp_path / "pred.csv", truth, chosen)
    assert caught.value.rule == "ava.excluded"


def test_a_label_map_may_be_given(truth, tmp_path):
    (tmp_path / "map.pbtxt").write_text('item {\n  name: "stand"\n  id: 12\n}\n')
    (tmp_path / "pred.csv").write_text("\n".join(GOOD))
    chosen = Settings(label_map=str(tmp_path / "map.pbtxt"))
    result = formats.evaluate("ava", tmp_path / "pred.csv", truth, chosen)
    assert list(result.scores["ap"]) == ["12"]
    assert result.counts["rows_of_other_classes"] == 2
    assert np.array_equal(result.arrays["n_ground_truth"], [3])


def test_the_official_reader_stops_where_ours_stops(truth, tmp_path):
    for text in ("", "\n", "a,b", line("mov_one,902,0.1")):
        (tmp_path / "pred.csv").write_text(text)
        with pytest.raises(InputError):
            formats.evaluate("ava", tmp_path / "pred.csv", truth)
    (truth / "ava_val_v2.2.csv").write_text("mov_one,902,nan,0.1,0.5,0.9,12,0\n")
    (tmp_path / "pred.csv").write_text("\n".join(GOOD))
    with pytest.raises(InputError, match="line 1"):
        formats.evaluate("ava", tmp_path / "pred.csv", truth)


def test_packaging_is_repeatable_and_passes_the_validator(truth, tmp_path):
    (tmp_path / "pred.csv.gz").write_bytes(gzip.compress("\r\n".join(GOOD).encode()))
    formats.package("ava", tmp_path / "pred.csv.gz", tmp_path / "out.csv", truth)
    first = (tmp_path / "out.csv").read_bytes()
    assert first == ("\n".join(GOOD) + "\n").encode()
    assert formats.check("ava", tmp_path / "out.csv", truth).ok
    formats.package("ava", tmp_path / "out.csv", tmp_path / "out.csv", truth)
    assert (tmp_path / "out.csv").read_bytes() == first


PIECES = [b",", b"\n", b"\r", b'"', b"\0", b";", b"-", b"nan", b"1e9", b"\xff", b"902", b" ", b"."]


@given(data=st.data())
@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_edits_never_crash_and_what_passes_can_be_scored(data, truth, tmp_path):
    text = bytearray("\n".join(GOOD).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 5))] = data.draw(st.sampled_from(PIECES))
    findings = check(bytes(text), truth, tmp_path)
    assert all(str(f).isprintable() for f in findings.defects + findings.warnings)
    try:
        formats.evaluate("ava", tmp_path / "pred.csv", truth)
    except InputError:
        assert not findings.ok
    if findings.ok:
        formats.package("ava", tmp_path / "pred.csv", tmp_path / "out.csv", truth)

"""Clip lists, class files and groups: what is read, and what is refused with file and line."""

import shutil

import pytest

from common.core.errors import InputError
from common.data.clip_list import read_classes, read_clip_lists

PATTERN = "(.+)_c[0-9]+$"
SPLIT = {"train": ["train.txt"], "validation": ["val.txt"]}


@pytest.fixture
def folder(tmp_path):
    """Empty clips, two classes, two lists."""
    for name in ("jump_g1_c1", "jump_g1_c2", "jump_g2_c1", "idle_g1_c1", "idle_g2_c1"):
        (tmp_path / f"{name}.mp4").touch()
    (tmp_path / "classes.csv").write_text("class,label,role\nJump,0,target\nIdle,1,background\n")
    (tmp_path / "train.txt").write_text("jump_g1_c1.mp4 0\njump_g1_c2.mp4 0\nidle_g1_c1.mp4 1\n")
    (tmp_path / "val.txt").write_text("jump_g2_c1.mp4 0\nidle_g2_c1.mp4 1\n")
    return tmp_path


def _read(folder, lists=SPLIT, pattern=PATTERN):
    return read_clip_lists(folder, lists, read_classes(folder / "classes.csv"), pattern)


def test_a_line_becomes_a_clip_with_class_role_group_and_place(folder):
    clip = _read(folder)[2]
    assert (clip.clip, clip.label, clip.role) == ("idle_g1_c1", "Idle", "background")
    assert (clip.group, clip.subset) == ("idle_g1", "train")
    assert clip.where.endswith("train.txt line 3")


def test_windows_line_ends_marks_and_blank_lines_change_nothing(folder):
    plain = _read(folder)
    text = (folder / "train.txt").read_text().replace("\n", "\r\n")
    (folder / "train.txt").write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n\r\n")
    classes = (folder / "classes.csv").read_text().replace("\n", "\r\n")
    (folder / "classes.csv").write_bytes(classes.encode())
    assert _read(folder) == plain


def test_a_path_may_hold_blanks(folder):
    shutil.move(folder / "jump_g2_c1.mp4", folder / "high jump_g2_c1.mp4")
    (folder / "val.txt").write_text("high jump_g2_c1.mp4 0\n")
    clip = _read(folder)[-1]
    assert (clip.path, clip.clip) == ("high jump_g2_c1.mp4", "high-jump_g2_c1")


def test_a_list_named_twice_is_divided_by_whole_groups(tmp_path):
    (tmp_path / "classes.csv").write_text("class,label,role\nJump,0,target\n")
    names = [f"jump_g{group}_c{clip}.mp4" for group in (2, 10, 1, 9, 11) for clip in (1, 2)]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "all.txt").write_text("".join(f"{name} 0\n" for name in names))
    clips = _read(tmp_path, {"validation": ["all.txt"], "test": ["all.txt"]})
    groups = {
        subset: {clip.group for clip in clips if clip.subset == subset}
        for subset in ("validation", "test")
    }
    assert groups == {
        "validation": {"jump_g1", "jump_g2", "jump_g9"},
        "test": {"jump_g10", "jump_g11"},
    }


def test_a_list_outside_the_clip_folder_is_found(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("lists") / "mine.txt"
    elsewhere.write_text("jump_g1_c1.mp4 0\n")
    assert [clip.clip for clip in _read(folder, {"test": [str(elsewhere)]})] == ["jump_g1_c1"]


def test_clips_that_share_a_file_name_are_told_apart_by_their_folders(tmp_path):
    (tmp_path / "classes.csv").write_text("class,label,role\nJump,0,target\nRun,1,target\n")
    for name in ("Jump", "Run"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "001.mp4").touch()
    (tmp_path / "train.txt").write_text("Jump/001.mp4 0\nRun/001.mp4 1\n")
    clips = _read(tmp_path, {"train": ["train.txt"]})
    assert [clip.clip for clip in clips] == ["Jump-001", "Run-001"]
    assert [clip.group for clip in clips] == ["Jump/001", "Run/001"]


@pytest.mark.parametrize(
    ("line", "rule", "message"),
    [
        ("gone_g3_c1.mp4 0", "clips.missing", "no file 'gone_g3_c1.mp4'"),
        ("idle_g2_c1.mp4 7", "clips.label", "label '7' is not in the class file"),
        ("idle_g2_c1.mp4", "clips.line", "is not `relative-path label`"),
        ("jump_g2_c1.mp4 0", "clips.twice", r"stands in .*val\.txt line 1 already"),
        ("../secret.mp4 0", "clips.path", "leaves the clip folder"),
        ("/etc/hostname 0", "clips.path", "leaves the clip folder"),
        ("jump_g1_c2.mp4 0", "clips.twice", r"stands in .*train\.txt line 2 already"),
    ],
)
def test_a_faulty_line_is_named_with_file_and_line(folder, line, rule, message):
    (folder / "val.txt").write_text(f"jump_g2_c1.mp4 0\n{line}\n")
    with pytest.raises(InputError, match=message) as error:
        _read(folder)
    assert error.value.rule == rule
    assert error.value.where.endswith("val.txt line 2")


def test_a_group_in_two_subsets_is_refused_with_both_places(folder):
    (folder / "jump_g1_c3.mp4").touch()
    (folder / "val.txt").write_text("jump_g2_c1.mp4 0\njump_g1_c3.mp4 0\n")
    with pytest.raises(
        InputError, match=r"validation here and in train in .*train\.txt line 1"
    ) as e:
        _read(folder)
    assert (e.value.rule, e.value.where[-14:]) == ("clips.group", "val.txt line 2")


def test_a_missing_list_is_named(folder):
    with pytest.raises(InputError, match="test.txt: no such list"):
        _read(folder, {"test": ["test.txt"]})


def test_a_list_that_is_no_text_is_named(folder):
    (folder / "val.txt").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match=r"val\.txt: cannot be read as text"):
        _read(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("class,label\nJump,0\n", "line 1: no column 'role'"),
        ("class,label,role\nJump,0,main\n", "line 2: role is 'main'"),
        ("class,label,role\nJump,0,target\nJump,1,target\n", "line 3: class 'Jump'"),
        ("class,label,role\nJump,0,target\nRun,0,target\n", "line 3: class 'Run' with label '0'"),
        ("class,label,role\nJump,,target\n", "line 2: class 'Jump' with label ''"),
        ("", "line 1: no column 'class'"),
    ],
)
def test_a_faulty_class_file_is_named_with_its_line(folder, text, message):
    (folder / "classes.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        _read(folder)


def test_the_real_lists_keep_their_groups_apart(shared_data):
    folder = shared_data / "ucf9"
    lists = {"train": ["train.txt"], "validation": ["val.txt"], "test": ["val.txt"]}
    clips = _read(folder, lists)
    groups = {
        subset: {clip.group[-3:] for clip in clips if clip.subset == subset} for subset in lists
    }
    assert groups["train"] == {f"g{number:02d}" for number in range(8, 22)}
    assert groups["validation"] == {"g22", "g23"}
    assert groups["test"] == {"g24", "g25"}
    assert len(clips) == 394

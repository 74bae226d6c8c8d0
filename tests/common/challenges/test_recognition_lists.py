from pathlib import Path

import pytest

from common.challenges.recognition_lists import read_hmdb51, read_ucf101
from common.core.errors import InputError

CLASSES = ["ApplyEyeMakeup", "BandMarching", "HandStandPushups"]


def ucf(folder: Path, **changed: str) -> Path:
    """Three classes, two groups for training and one for testing, two clips each."""
    lines = {"classInd.txt": [f"{k} {label}" for k, label in enumerate(CLASSES, 1)]}
    for side, groups in (("train", (8, 9)), ("test", (1,))):
        lines[f"{side}list01.txt"] = [
            f"{label}/v_{label.replace('HandS', 'Hands')}_g{group:02d}_c{clip:02d}.avi"
            + (f" {k}" if side == "train" else "")
            for k, label in enumerate(CLASSES, 1)
            for group in groups
            for clip in (1, 2)
        ]
    for name, rows in lines.items():
        (folder / name).write_bytes("\r\n".join([*rows, ""]).encode())
    for name, text in changed.items():
        path = folder / f"{name}.txt"
        path.write_text(path.read_text() + text + "\n")
    return folder


def test_a_split_of_ucf101_is_read_with_groups_and_both_spellings(tmp_path):
    split = read_ucf101(ucf(tmp_path), 1)
    assert split.classes == tuple(CLASSES)
    assert [clip.subset for clip in split.clips].count("train") == 12
    assert len(split.clips) == 18
    clip = split.clips[-1]
    assert clip.path == "HandStandPushups/v_HandstandPushups_g01_c02.avi"
    assert (clip.label, clip.group, clip.subset) == (
        "HandStandPushups",
        "HandStandPushups/g01",
        "test",
    )
    assert split.warnings == (
        "3 classes, 101 are published",
        "18 clips, 13,320 are published",
        "12 training clips, 9,537 are published",
    )


def test_missing_videos_are_named_and_letter_case_is_forgiven(tmp_path):
    split = read_ucf101(ucf(tmp_path), 1)
    for clip in split.clips[:-2]:
        path = tmp_path / "videos" / clip.path.replace("HandStand", "Handstand")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert split.missing(tmp_path / "videos") == tuple(clip.path for clip in split.clips[-2:])


@pytest.mark.parametrize(
    ("name", "text", "place", "words"),
    [
        ("testlist01", "BandMarching/v_BandMarching_g08_c01.avi", "line 7", "both sides"),
        ("testlist01", "BandMarching/v_BandMarching_g08_c07.avi", "line 7", "group 'BandMarching"),
        ("testlist01", "BandMarching/v_BandMarching_g01_c01.avi", "line 7", "stands twice"),
        ("testlist01", "BandMarchin/v_BandMarchin_g01_c01.avi", "line 7", 'mean "BandMarching"'),
        ("testlist01", "BandMarching/v_ApplyEyeMakeup_g01_c01.avi", "line 7", "unknown class"),
        ("testlist01", "BandMarching/v_BandMarching_g01_c03.avi 1", "line 7", "expected 2"),
        ("testlist01", "../v_BandMarching_g01_c03.avi", "line 7", r"'\.\.'"),
        ("testlist01", "v_BandMarching_g01_c03.avi", "line 7", "is not <Class>"),
        ("trainlist01", "BandMarching/v_BandMarching_g09_c03.avi", "line 13", "class number ''"),
        ("trainlist01", "BandMarching/v_BandMarching_g09_c03.avi 3", "line 13", "expected 2"),
        ("classInd", "3 Other", "line 4", "not a new number"),
        ("classInd", "4 BandMarching", "line 4", "not a new number"),
        ("classInd", "x", "line 4", "not a new number"),
    ],
)
def test_a_fault_in_ucf101_is_named_by_file_and_line(tmp_path, name, text, place, words):
    with pytest.raises(InputError, match=words) as caught:
        read_ucf101(ucf(tmp_path, **{name: text}), 1)
    assert caught.value.where.endswith(f"{name}.txt {place}")
    assert caught.value.rule == "clips.row"


def test_all_faulty_lines_are_named(tmp_path):
    with pytest.raises(InputError, match=r"2 more malformed rows: .*line 8, .*line 9") as caught:
        read_ucf101(ucf(tmp_path, testlist01="a\nb\nc"), 1)
    assert caught.value.where.endswith("line 7")


def test_absent_or_unreadable_lists_are_named(tmp_path):
    with pytest.raises(InputError, match="trainlist02"):
        read_ucf101(ucf(tmp_path), 2)
    with pytest.raises(InputError, match="holds no list"):
        read_hmdb51(tmp_path, 1)
    (tmp_path / "classInd.txt").write_text("\n")
    with pytest.raises(InputError, match="no class"):
        read_ucf101(tmp_path, 1)
    (tmp_path / "classInd.txt").write_bytes(b"1 \xff")
    with pytest.raises(InputError, match="UTF-8"):
        read_ucf101(tmp_path, 1)


ODD_NAME = "#20_Rhythm_clap_u_nm_np1_fr_goo_0.avi"
OTHER = "(Best) of [x]; & 'y'_clap_u_nm_np1_fr_goo_13.avi"


def hmdb(folder: Path, text: str = "") -> Path:
    (folder / "clap_test_split1.txt").write_text(
        f"{ODD_NAME} 1 \n{OTHER} 2 \n unused_2.avi 0\n{text}"
    )
    (folder / "wave_test_split1.txt").write_text("a_wave_1.avi 1\n")
    (folder / "wave_test_split2.txt").write_text("never read")
    return folder


def test_a_split_of_hmdb51_is_read_with_its_odd_names(tmp_path):
    split = read_hmdb51(hmdb(tmp_path), 1)
    assert split.classes == ("clap", "wave")
    assert [(c.path, c.subset) for c in split.clips] == [
        (f"clap/{ODD_NAME}", "train"),
        (f"clap/{OTHER}", "test"),
        ("wave/a_wave_1.avi", "train"),
    ]
    assert split.clips[1].group == "(Best) of [x]; & 'y'_clap_u_nm_np1_fr_goo"
    assert "1 train clips of clap, 70 are published" in split.warnings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x.avi 3", "0, 1 or 2"),
        ("x.avi", "0, 1 or 2"),
        ("a/x.avi 1", "is not a file name"),
        ("../x.avi 1", "'\\.\\.'"),
        (f"{ODD_NAME} 1", "stands twice"),
        (f"{ODD_NAME} 2", "both sides"),
    ],
)
def test_a_fault_in_hmdb51_is_named_by_file_and_line(tmp_path, text, words):
    with pytest.raises(InputError, match=words) as caught:
        read_hmdb51(hmdb(tmp_path, text), 1)
    assert caught.value.where.endswith("clap_test_split1.txt line 4")

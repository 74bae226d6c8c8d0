"""Lists of clips: labels in their three forms, and faults with their line."""

import pytest

from common.core.errors import InputError
from common.training.recognition.lists import class_numbers, read_list


def _list(folder, text, name="list.txt"):
    (folder / name).write_text(text)
    return folder / name


def test_labels_are_names_numbers_or_folders(tmp_path):
    (tmp_path / "classInd.txt").write_text("1 Archery\n2 Basketball\n")
    text = "Archery/a b.avi 1\nBasketball/b.avi\nx/c.avi Basketball\n\n"
    items = read_list(_list(tmp_path, text), tmp_path)
    assert [item.label for item in items] == ["Archery", "Basketball", "Basketball"]
    assert [item.path for item in items] == ["Archery/a b.avi", "Basketball/b.avi", "x/c.avi"]
    assert class_numbers(items, ["Archery", "Basketball"]) == [0, 1, 1]


def test_numbers_are_translated_by_the_class_file_of_the_clip_folder(tmp_path):
    (tmp_path / "clips").mkdir()
    classes = "class,label,role\nArchery,0,target\nBowling,7,background\n"
    (tmp_path / "clips" / "classes.csv").write_text(classes)
    items = read_list(_list(tmp_path, "a.mp4 7\n"), tmp_path / "clips")
    assert items[0].label == "Bowling"


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("a.mp4 1\n/b.mp4 1\n", "recognition.list", "line 2"),
        ("../a.mp4 1\n", "recognition.list", "line 1"),
        ("a.mp4 1\nb.mp4 1\na.mp4 1\n", "recognition.list", "line 3"),
        ("a.mp4 3\n", "recognition.classes", "line 1"),
        ("\n", "recognition.list", "list.txt"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, text, rule, line):
    (tmp_path / "classInd.txt").write_text("1 Archery\n2 Basketball\n")
    with pytest.raises(InputError) as caught:
        read_list(_list(tmp_path, text), tmp_path)
    assert caught.value.rule == rule and line in caught.value.where


def test_a_class_that_the_network_lacks_is_an_error_with_the_nearest(tmp_path):
    items = read_list(_list(tmp_path, "a.mp4 Archery\nb.mp4 Archry\n"), tmp_path)
    with pytest.raises(InputError, match='Did you mean "Archery"') as caught:
        class_numbers(items, ["Archery"])
    assert caught.value.rule == "recognition.classes" and "line 2" in caught.value.where

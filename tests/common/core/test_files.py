"""Files are whole or absent."""

import json
import os
import resource
import subprocess
import sys

import pytest

from common.core.errors import InputError
from common.core.files import atomic_folder, atomic_path, dump_json, nan_to_none, write_json


def test_a_file_appears_whole(tmp_path):
    write_json(tmp_path / "deep" / "a.json", {"b": 1, "a": [1.5]})
    assert json.loads((tmp_path / "deep" / "a.json").read_text()) == {"a": [1.5], "b": 1}
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["a.json"]


def test_an_error_inside_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_path(target) as path:
        path.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_inside_leaves_the_old_folder(tmp_path):
    target = tmp_path / "folder"
    with atomic_folder(target) as folder:
        (folder / "a").write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_folder(target) as folder:
        (folder / "a").write_text("new")
        raise ZeroDivisionError
    assert (target / "a").read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_replaces_the_old_one_whole(tmp_path):
    target = tmp_path / "folder"
    for name in ("a", "b"):
        with atomic_folder(target) as folder:
            (folder / name).write_text("x")
    assert [p.name for p in target.iterdir()] == ["b"]


def test_a_full_disk_is_an_input_error_and_leaves_nothing(tmp_path):
    code = (
        "import resource, pathlib\n"
        "from common.core.files import write_bytes\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"write_bytes(pathlib.Path({str(tmp_path / 'big')!r}), b'x' * 5000)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "InputError" in done.stderr and "file.write" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


def test_an_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        write_json(tmp_path / "file" / "below.json", {})


def test_json_text_is_stable_and_refuses_nan():
    assert dump_json({"b": 1, "a": 2}) == dump_json({"a": 2, "b": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump_json(float("nan"))
    assert nan_to_none({"a": [float("nan"), 1.0]}) == {"a": [None, 1.0]}


def test_written_files_are_readable_by_others(tmp_path):
    write_json(tmp_path / "a.json", {})
    assert os.stat(tmp_path / "a.json").st_mode & 0o777 == 0o644  # noqa: PTH116

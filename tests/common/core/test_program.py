"""What a user sees when a stage cannot do its work."""

import os
import subprocess
import sys

import pytest

from common.core.errors import InputError
from common.core.params.reader import ROOT
from common.core.program import run_program


def _fail():
    raise InputError("area.name", "a.json line 3", "found b, expected c", "Write c.")


def test_an_error_of_the_input_is_one_line_and_exit_code_1(capsys, monkeypatch):
    monkeypatch.delenv("EMC2_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        run_program(_fail)
    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        "error: a.json line 3: found b, expected c. Write c. [area.name]\n"
    )


def test_the_traceback_is_there_for_who_wants_it(monkeypatch):
    monkeypatch.setenv("EMC2_DEBUG", "1")
    with pytest.raises(InputError):
        run_program(_fail)


def test_a_fault_of_ours_stays_a_traceback():
    with pytest.raises(ZeroDivisionError):
        run_program(lambda: 1 / 0)


def test_a_stage_without_its_input_names_the_file(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tracks.activitynet.classify"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "world/annotations.json: cannot be read" in done.stderr

"""The root of the command line: fast, quiet, and honest about whose fault it is."""

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from common.cli.app import COMMANDS


def _emc2(*args: str, **env: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from common.cli.app import main; main()", *args]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env})


def test_help_lists_every_command_and_the_exit_codes():
    done = _emc2("--help", COLUMNS="100")
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)
    assert "Exit codes" in done.stdout


def test_every_command_has_a_module():
    assert [module for module, _ in COMMANDS.values() if find_spec(module) is None] == []


def test_help_is_fast_and_imports_no_heavy_package():
    code = (
        "import sys; sys.argv = ['emc2', '--help']\n"
        "from common.cli.app import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'pandas', 'numpy', 'cv2', 'pydantic'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)\n"
    )
    start = time.process_time()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert time.process_time() - start < 0.5
    assert done.stderr.strip() == "[]"


def test_a_fault_of_the_input_is_one_line_and_exit_code_1():
    done = _emc2("profile", "use", "sampel")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr
    assert 'Did you mean "sample"' in done.stderr


def test_with_debug_the_traceback_is_shown():
    assert "Traceback" in _emc2("--debug", "profile", "use", "sampel").stderr


def test_with_json_a_failure_is_one_json_document_too(tmp_path):
    done = _emc2("params", "--json", EMC2_PARAMS=str(tmp_path / "none.yaml"))
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["ok"] is False and document["defects"][0]["rule"] == "params.file"


def test_wrong_usage_is_exit_code_2():
    assert _emc2("profile", "use").returncode == 2
    assert _emc2("nosuchcommand").returncode == 2


@pytest.mark.parametrize("command", ["profile", "params"])
def test_each_command_explains_itself(command):
    done = _emc2(command, "--help")
    assert done.returncode == 0 and "--help" in done.stdout


def test_params_say_where_each_value_comes_from():
    done = _emc2("params", "--json")
    assert done.returncode == 0
    params = json.loads(done.stdout)["params"]
    assert params["profile"]["origin"].endswith("params.yaml line 1")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["validate", "ava", "--schema"]])
def test_an_answer_that_cannot_be_written_is_told(arguments):
    command = [sys.executable, "-c", "from common.cli.app import main; main()", *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: standard output: cannot be written (No space left")
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr

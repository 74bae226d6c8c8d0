"""The launcher: results in order, quarantine, time-outs, dead workers."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from common.core.errors import InputError
from common.core.launcher import map_items


def _double(item: str, suffix: str) -> str:
    return item + suffix


def _hang(item: str) -> str:
    if item == "slow":
        time.sleep(60)
    return item


def _refuse(item: str) -> str:
    if item.startswith("bad"):
        raise InputError("test.bad", item, "it is bad", "Take another.")
    return item


def _die_once(item: str, marker: str) -> str:
    if item == "b" and not Path(marker).exists():
        Path(marker).touch()
        os._exit(9)
    return item


def _fail(item: str) -> str:
    raise ZeroDivisionError(item)


def _run(function, items, *args, timeout_s=30.0, max_broken=0):
    return map_items(
        function, items, args=args, workers=2, timeout_s=timeout_s, max_broken=max_broken, label="t"
    )


def test_results_come_in_the_order_of_the_items():
    assert list(_run(_double, ["c", "a", "b"], "x").results.items()) == [
        ("c", "cx"),
        ("a", "ax"),
        ("b", "bx"),
    ]


def test_a_hanging_item_is_killed_and_quarantined():
    outcome = _run(_hang, ["a", "slow", "b"], timeout_s=6.0, max_broken=1)
    assert list(outcome.results) == ["a", "b"]
    assert [(b.item, b.rule) for b in outcome.broken] == [("slow", "launcher.timeout")]


def test_a_refused_item_is_quarantined_with_its_reason():
    outcome = _run(_refuse, ["a", "bad1"], max_broken=1)
    assert outcome.broken[0].rule == "test.bad"
    assert "it is bad" in outcome.broken[0].reason


def test_too_many_broken_items_end_the_run_and_are_named():
    with pytest.raises(InputError, match=r"2 items failed, at most 1 may .*bad1.*bad2"):
        _run(_refuse, ["bad1", "bad2", "a"], max_broken=1)


def test_an_item_whose_worker_died_is_tried_again(tmp_path):
    outcome = _run(_die_once, ["a", "b", "c"], str(tmp_path / "died"))
    assert list(outcome.results) == ["a", "b", "c"]
    assert outcome.broken == ()


def test_a_fault_of_ours_is_raised_with_its_traceback():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        _run(_fail, ["a"])


def _report_and_hang(item: str, folder: str) -> None:
    Path(folder, "pid").write_text(str(os.getpid()))
    time.sleep(60)


_LAUNCH = """
import sys
from common.core.launcher import map_items
from tests_launcher_target import _report_and_hang
if __name__ == "__main__":
    map_items(_report_and_hang, ["a"], args=(sys.argv[1],), workers=1, timeout_s=60,
              max_broken=0, label="t")
"""


def test_workers_end_when_their_launcher_is_killed(tmp_path):
    (tmp_path / "tests_launcher_target.py").write_text(Path(__file__).read_text())
    script = tmp_path / "launch.py"
    script.write_text(_LAUNCH)
    with subprocess.Popen([sys.executable, str(script), str(tmp_path)]) as launcher:
        pid_file = tmp_path / "pid"
        _wait_for(lambda: pid_file.exists() and pid_file.read_text())
        worker = int(pid_file.read_text())
        launcher.kill()
    _wait_for(lambda: not _runs(worker))


def _wait_for(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    # A zombie that nobody has buried yet does not run either.
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def test_an_error_that_is_not_about_the_item_ends_the_run():
    with pytest.raises(InputError, match="it is bad"):
        map_items(
            _refuse,
            ["a", "bad1"],
            workers=1,
            timeout_s=30.0,
            max_broken=1,
            label="t",
            quarantine=("video.",),
        )

import os
import sys

import pytest

from common.cli.process_usage import usage_of

WORKER = """
import multiprocessing, time
def work():
    x = bytearray(60_000_000)
    start = time.process_time()
    while time.process_time() < start + 0.5:
        pass
if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=work)
    process.start()
    process.join()
"""


def test_a_process_is_measured_by_what_it_takes():
    work = "x = bytearray(80_000_000)\nfor _ in range(2_000_000): pass"
    usage = usage_of([sys.executable, "-c", work], os.environ)
    assert usage.mb > 80
    assert usage.cpu > 0.01 and usage.wall > 0.01


def test_a_process_that_fails_is_named():
    with pytest.raises(RuntimeError, match="ended with status"):
        usage_of([sys.executable, "-c", "raise SystemExit(3)"], os.environ)


def test_workers_of_a_process_are_counted(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(WORKER)
    command = [sys.executable, str(script)]
    assert usage_of(command, os.environ).cpu > 0.5
    assert usage_of(command, os.environ, all_memory=True).mb > 60

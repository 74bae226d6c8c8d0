"""Freed memory is kept: large arrays made again and again touch no fresh pages."""

import subprocess
import sys

_PROGRAM = """
import resource, sys
import numpy as np
from common.core.memory import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(40_000_000, np.uint8)
before = faults()
for _ in range(5):
    np.ones(40_000_000, np.uint8)
print(faults() - before)
"""


def _faults(word):
    command = [sys.executable, "-c", _PROGRAM, word]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_large_arrays_made_again_touch_no_fresh_pages():
    assert _faults("keep") < 20 < 60 < _faults("no")

"""What one command takes, with all processes that it starts: processors, wall, memory."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Usage:
    """What one command took: seconds on processors and on the wall, highest resident MB."""

    cpu: float
    wall: float
    mb: float


def usage_of(
    command: list[str], environment: Mapping[str, str], *, all_memory: bool = False
) -> Usage:
    """Run a command with its output thrown away and measure it.

    Args:
        command: program and arguments.
        environment: variables.
        all_memory: MB of all its processes together, by looking every 20 ms (which costs a little
            time); else of the first one.

    Raises:
        RuntimeError: it failed.
    """
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0o644)]
    with _adopting_orphans():
        others = _children(os.getpid())
        start = time.perf_counter()
        process = os.posix_spawn(command[0], command, environment, file_actions=silent)
        with _memory_watch(process, all_memory) as highest:
            _, status, used = os.wait4(process, 0)
        wall = time.perf_counter() - start
        # The server that starts worker processes ends a moment after the command; its own usage
        # holds that of the workers.
        late = [os.wait4(pid, 0)[2] for pid in _children(os.getpid()) - others - {process}]
    if status:
        raise RuntimeError(f"{' '.join(command)[:400]} ended with status {status}")
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in [used, *late])
    return Usage(cpu, wall, max(used.ru_maxrss / 1024, *highest))


@contextmanager
def _adopting_orphans() -> Iterator[None]:
    """Be the parent of processes whose parent ended, or they could not be waited for."""
    library = ctypes.CDLL(None)
    library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        library.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@contextmanager
def _memory_watch(process: int, wanted: bool) -> Iterator[list[float]]:
    """A list that ends up with the highest MB of a process and all below it."""
    highest, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            highest[0] = max(highest[0], sum(map(_proportional_mb, _family(process))))

    thread = threading.Thread(target=watch, daemon=True)
    if wanted:
        thread.start()
    try:
        yield highest
    finally:
        done.set()
        if wanted:
            thread.join()


def _family(process: int) -> set[int]:
    found, new = {process}, {process}
    while new:
        new = set[int]().union(*map(_children, new)) - found
        found |= new
    return found


def _children(process: int) -> set[int]:
    found: set[int] = set()
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            found |= set(map(int, (task / "children").read_text().split()))
    except OSError:
        pass  # It ended meanwhile.
    return found


def _proportional_mb(process: int) -> float:
    """Resident MB of a process; a page that n processes share counts 1/n."""
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0

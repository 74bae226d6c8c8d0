"""What every benchmark gives back, and how its figures are taken."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class BenchTable:
    """One table of figures: ours, the baseline, the ratio, and the computed bound beside them.

    `columns` name the unit (`seconds`, `MB`, `x`); `notes` say what was run, what the bound counts.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Stopwatch:
    """Seconds of one measured block: on the wall and on the processor (all threads)."""

    wall: float = field(default=0.0)
    cpu: float = field(default=0.0)


@contextmanager
def measured() -> Iterator[Stopwatch]:
    """Measure the block; the stopwatch holds the figures after it."""
    watch = Stopwatch()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield watch
    finally:
        watch.wall, watch.cpu = time.perf_counter() - wall, time.process_time() - cpu


def median_cpu_seconds(function: Callable[[], object], repeats: int = 5) -> float:
    """Median processor seconds of a call, after one call to warm up."""
    function()
    times = []
    for _ in range(repeats):
        with measured() as watch:
            function()
        times.append(watch.cpu)
    return median(times)


def peak_mb() -> float:
    """Highest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def reset_peak_mb() -> float | None:
    """Forget the highest memory so far; the present memory in MB, None where neither is known."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return resident_mb("VmRSS")


def resident_mb(name: str) -> float | None:
    """`VmRSS` (present) or `VmHWM` (highest since the last reset) of this process, in MB."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    found = [line for line in lines if line.startswith(f"{name}:")]
    return int(found[0].split()[1]) / 1024 if found else None


def in_child(function: Callable[..., Result], *arguments: object) -> Result:
    """Call a function of a module in a new process, so that nothing before it is measured."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def machine() -> dict[str, str | int]:
    """What the figures were taken on: processor model, cores that we may use."""
    model = "unknown"
    try:
        with open("/proc/cpuinfo") as stream:  # noqa: PTH123
            model = next(line.split(":", 1)[1].strip() for line in stream if "model name" in line)
    except (OSError, StopIteration):
        pass
    return {"processor": model, "cores": len(os.sched_getaffinity(0))}


def ratio(baseline: float, ours: float) -> float:
    """How many times less ours needs."""
    return baseline / ours if ours else float("inf")


def as_text(table: BenchTable) -> str:
    """The table in plain text, columns aligned, notes below."""
    rows = [table.columns, *[tuple(_cell(value) for value in row) for row in table.rows]]
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(table.columns))]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([table.name, *lines, *table.notes])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        f"{cell:<{width}}" if i == 0 else f"{cell:>{width}}"
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *rest]).rstrip()


def _cell(value: str | int | float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)

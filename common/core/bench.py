"""What every benchmark gives back, and how its figures are taken."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median


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

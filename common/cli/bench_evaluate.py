"""`emc2 bench evaluate`: whole `emc2 evaluate` processes on full-size inputs, with their floor."""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from common.challenges.benchmarks import BenchCase, BenchFiles, all_cases
from common.cli.process_usage import Usage, usage_of
from common.core.bench import BenchTable, ratio

_EMC2 = "from common.cli.app import main; main()"
_RUNS = 3
COLUMNS = (
    "format",
    "size",
    "ours CPU s",
    "ours wall s",
    "budget s",
    "official CPU s",
    "ratio x",
    "floor CPU s",
    "over floor x",
    "ours MB",
    "official MB",
)
NOTES = (
    "ours: median of 3 whole processes after one to warm up (byte code cached, as after the first"
    " use), start of Python, reading and worker processes included; MB: highest total",
    "official: processor seconds and MB of the official program on an input of this size, from the"
    " notes on the formats (another machine, numpy 1.23.5, one process); not run here",
    "ratio: official CPU s / ours CPU s",
    "floor: start of Python and numpy + decoding of the prediction file, nothing else",
)


def run() -> BenchTable:
    """Measure every case; the inputs are made in a temporary folder and removed."""
    rows = []
    for number, case in enumerate(all_cases()):
        with tempfile.TemporaryDirectory(prefix="emc2-bench-") as folder:
            # In a process of its own: a child's peak memory starts at that of its parent.
            with ProcessPoolExecutor(1, get_context("spawn")) as pool:
                files = pool.submit(_write, number, Path(folder)).result()
            rows.append(measure(case, files))
    return BenchTable("evaluate", COLUMNS, tuple(rows), NOTES)


def _write(number: int, folder: Path) -> BenchFiles:
    return all_cases()[number].write(folder)


def measure(case: BenchCase, files: BenchFiles) -> tuple[str | float | None, ...]:
    """One row of the table."""
    settings = ["--settings", str(files.settings)] if files.settings else []
    arguments = ["evaluate", case.format, str(files.pred), "--json"]
    arguments += ["--ground-truth", str(files.ground_truth), *settings]
    ours = _usages([sys.executable, "-c", _EMC2, *arguments])
    floor = _usages([sys.executable, "-c", case.floor, str(files.pred)])
    seconds, least = (median(usage.cpu for usage in usages) for usages in (ours, floor))
    official = case.official_seconds
    return (
        case.format,
        case.size,
        round(seconds, 2),
        round(median(usage.wall for usage in ours), 2),
        case.budget_seconds,
        official,
        round(ratio(official, seconds), 1) if official else None,
        round(least, 2),
        round(ratio(seconds, least), 2),
        round(max(usage.mb for usage in ours)),
        case.official_mb,
    )


def _usages(command: list[str]) -> list[Usage]:
    with tempfile.TemporaryDirectory(prefix="emc2-bytecode-") as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        first = usage_of(command, environment, all_memory=True)
        runs = [usage_of(command, environment) for _ in range(_RUNS)]
    return [replace(run, mb=max(run.mb, first.mb)) for run in runs]

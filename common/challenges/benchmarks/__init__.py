"""Full-size inputs for the evaluators' benchmark, one case per line of its table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

# Modules that hold `CASES: tuple[BenchCase, ...]`, in the order of the table.
MODULES = (
    "common.challenges.benchmarks.temporal",
    "common.challenges.benchmarks.frames",
)


@dataclass(frozen=True, slots=True)
class BenchFiles:
    """What one `emc2 evaluate` reads."""

    pred: Path
    ground_truth: Path
    settings: Path | None = None


@dataclass(frozen=True, slots=True)
class BenchCase:
    """One measured evaluation.

    Args:
        format: its name.
        size: what the input holds, in words.
        official_seconds: processor seconds of the official program, from the format pages; None
            where no figure is known.
        official_mb: its peak memory; None where unknown.
        budget_seconds: what the whole process may take.
        write: makes the input in an empty folder; the same bytes each time.
        floor: Python code that reads the predictions (path in `sys.argv[1]`) and does nothing else.
    """

    format: str
    size: str
    official_seconds: float | None
    official_mb: float | None
    budget_seconds: float
    write: Callable[[Path], BenchFiles]
    floor: str


def all_cases() -> tuple[BenchCase, ...]:
    """The cases of every module that is there."""
    found: list[BenchCase] = []
    for name in MODULES:
        if find_spec(name) is not None:
            found += import_module(name).CASES
    return tuple(found)

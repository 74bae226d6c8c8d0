"""Several trainings of one stage beside each other, each in a process of its own with one thread.

The fork server imports torch and mmengine once (about 2 seconds of CPU); each training is a fork of
it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from common.core.launcher import map_items

_PRELOAD = ("torch", "mmengine.runner", "common.training.runner")


@dataclass(frozen=True, slots=True)
class Job:
    """One training: `function(*arguments)`, a top-level function that calls `fit` and writes what
    it made. What it returns should be small: it goes through a pipe.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


def fit_many(
    jobs: Sequence[Job], workers: int = 2, timeout_s: float = float("inf")
) -> dict[str, Any]:
    """Run the jobs, `workers` at a time; the result of each by its name, in the order given.

    Args:
        jobs: with unique names. A job that is killed is tried once more, so it must resume from its
            own work dir.
        workers: processes at a time. Each job is to train with `threads=1`.
        timeout_s: seconds for one job.

    Raises:
        InputError: a job failed with one; it is named.
    """
    by_name = {job.name: job for job in jobs}
    assert len(by_name) == len(jobs), "jobs need unique names"
    outcome = map_items(
        _run_job,
        list(by_name),
        args=(by_name,),
        workers=workers,
        timeout_s=timeout_s,
        max_broken=0,
        label="trainings",
        preload=_PRELOAD,
    )
    return outcome.results


def _run_job(name: str, jobs: dict[str, Job]) -> Any:
    return jobs[name].function(*jobs[name].arguments)

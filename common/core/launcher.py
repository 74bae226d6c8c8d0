"""Run a function over many items in worker processes: a time-out for each item, retries,
quarantine.

Stages that map over videos come here. The items are independent and the function is idempotent, so
a launcher for a
cluster can take the place of this local one behind the same `map_items`.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from common.core.errors import InputError
from common.core.progress import Progress

# A worker that dies (killed, out of memory) is replaced and its item tried once more; an item that
# fails is not.
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Broken:
    """An item that was left out, and why."""

    item: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the items: `results` by item in the order given, `broken` for the rest."""

    results: dict[str, Any]
    broken: tuple[Broken, ...]


@dataclass(slots=True)
class _Worker:
    process: Any
    pipe: Connection
    item: str | None = None
    deadline: float = field(default=float("inf"))


def map_items(
    function: Callable[..., Any],
    items: Sequence[str],
    *,
    args: tuple[Any, ...] = (),
    workers: int,
    timeout_s: float,
    max_broken: int,
    label: str,
    preload: Sequence[str] = (),
    quarantine: tuple[str, ...] = ("",),
) -> Outcome:
    """Call `function(item, *args)` for every item and collect what it returns.

    Args:
        function: top-level function, idempotent; it may keep state in its module between calls (a
            loaded network).
        items: names; each must be unique.
        args: the same for all items; sent to each worker once.
        workers: number of processes.
        timeout_s: seconds for one item; then its worker is killed and the item counts as broken.
        max_broken: more broken items than this end the run.
        label: what the progress bar says.
        preload: modules that the fork server imports once for all workers (`torch` costs seconds).
        quarantine: how the rules begin of the errors that speak against their item only; any other
            InputError (a full disk) ends the run.

    Raises:
        InputError: more than `max_broken` items failed, the message names them; or one failed for
            a reason that `quarantine` does not cover.
        Exception: a fault of ours (anything but InputError) in a worker is raised here with its
            traceback.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["common.core.launcher", *preload])
    queue, tries = deque(items), dict.fromkeys(items, 0)
    results: dict[str, Any] = {}
    broken: list[Broken] = []
    pool = [_start(context, function, args) for _ in range(min(workers, len(items)))]
    try:
        with Progress(len(items), label) as progress:
            while len(results) + len(broken) < len(items):
                _hand_out(pool, queue, timeout_s)
                for item, answer in _collect(pool, context, function, args, timeout_s):
                    tries[item] += 1
                    if answer is None and tries[item] < _TRIES:
                        queue.append(item)
                        continue
                    _sort_in(item, answer, results, broken, quarantine)
                    progress.advance(item)
                    if len(broken) > max_broken:
                        raise too_many_broken(broken, max_broken, label)
    finally:
        for worker in pool:
            _stop(worker)
    order = {item: position for position, item in enumerate(items)}
    return Outcome(
        {item: results[item] for item in items if item in results},
        tuple(sorted(broken, key=lambda entry: order[entry.item])),
    )


def too_many_broken(broken: Sequence[Broken], max_broken: int, label: str) -> InputError:
    """The error that ends a run with more broken items than allowed; it names up to five."""
    named = "; ".join(
        f"{entry.item}: {entry.reason}" for entry in sorted(broken, key=lambda b: b.item)[:5]
    )
    return InputError(
        "launcher.max_broken",
        label,
        f"{len(broken)} items failed, at most {max_broken} may ({named})",
        "Mend or remove these files, or raise max_broken in params.yaml.",
    )


def _sort_in(
    item: str,
    answer: tuple[str, Any] | None,
    results: dict[str, Any],
    broken: list[Broken],
    quarantine: tuple[str, ...],
) -> None:
    if answer is None:
        broken.append(
            Broken(
                item, "launcher.died", "its worker process died twice (killed, or out of memory)"
            )
        )
    elif answer[0] == "timeout":
        broken.append(Broken(item, "launcher.timeout", f"not done after {answer[1]:g} s"))
    elif answer[0] == "ok":
        results[item] = answer[1]
    elif isinstance(answer[1], InputError):
        if not answer[1].rule.startswith(quarantine):
            raise answer[1]
        broken.append(Broken(item, answer[1].rule, str(answer[1])))
    else:
        raise RuntimeError(f"{item}: a worker failed\n{answer[1]}")


def _hand_out(pool: list[_Worker], queue: deque[str], timeout_s: float) -> None:
    for worker in pool:
        if worker.item is None and queue:
            worker.item = queue.popleft()
            worker.deadline = time.monotonic() + timeout_s
            try:
                worker.pipe.send(worker.item)
            except OSError:
                pass  # It died while idle: `_collect` sees the closed pipe and tries again.


def _collect(
    pool: list[_Worker],
    context: Any,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    timeout_s: float,
) -> list[tuple[str, Any]]:
    """Wait for answers, deaths or time-outs; dead and late workers are replaced."""
    busy = [worker for worker in pool if worker.item is not None]
    wait = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
    ready = set(
        multiprocessing.connection.wait([worker.pipe for worker in busy], timeout=min(wait, 1.0))
    )
    found: list[tuple[str, Any]] = []
    for position, worker in enumerate(pool):
        if worker.item is None:
            continue
        if worker.pipe in ready:
            item = worker.item
            try:
                found.append((item, worker.pipe.recv()))
                worker.item = None
            except (EOFError, OSError):
                found.append((item, None))
                pool[position] = _replace(worker, context, function, args)
        elif time.monotonic() >= worker.deadline:
            found.append((worker.item, ("timeout", timeout_s)))
            pool[position] = _replace(worker, context, function, args)
    return found


def _start(context: Any, function: Callable[..., Any], args: tuple[Any, ...]) -> _Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, function, args), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _stop(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()


def _replace(
    worker: _Worker, context: Any, function: Callable[..., Any], args: tuple[Any, ...]
) -> _Worker:
    _stop(worker)
    return _start(context, function, args)


def _end_with_launcher() -> None:
    """Wait in a thread for the launching process to end, then end this one: a killed stage leaves
    no workers that go on computing and writing beside those of the next run.
    """
    launcher = multiprocessing.parent_process()
    assert launcher is not None
    multiprocessing.connection.wait([launcher.sentinel])
    os._exit(1)


def _work(pipe: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_launcher, daemon=True).start()
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        try:
            answer: tuple[str, Any] = ("ok", function(item, *args))
        except InputError as error:
            answer = ("error", error)
        except Exception:
            answer = ("fault", traceback.format_exc())
        pipe.send(answer)

"""`emc2 bench isolate`: every part does on made-up data what it is there for, or the row says no.

Each requirement is about half of the effect that was measured when the part was designed; the
compared runs differ in one switch. docs/isolating.md explains the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from common.core.bench import BenchTable, measured
from common.localization.isolate import ensemble, relation, soft_nms
from common.training import bench_longtail


@dataclass(frozen=True, slots=True)
class Requirement:
    """One number that must be above or below another.

    Args:
        part: what is shown to work.
        says: the number, in words.
        values: one a seed; the mean counts.
        side: which side of the limit is right.
        limit: in the unit of the values.
    """

    part: str
    says: str
    values: tuple[float, ...]
    side: Literal[">=", "<="]
    limit: float

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return float(np.mean(self.values))

    @property
    def holds(self) -> bool:
        """The mean is on the right side."""
        return self.mean >= self.limit if self.side == ">=" else self.mean <= self.limit


Experiment = Callable[[Sequence[int]], Iterator[Requirement]]


def require_relation(seeds: Sequence[int]) -> Iterator[Requirement]:
    """An ambiguous instance is only told by another instance of its video; four lengths: 25 %."""
    found = {name: [relation.measure(name, seed) for seed in seeds] for name in relation.VARIANTS}

    def percent(name: str, field: str) -> tuple[float, ...]:
        return tuple(100 * getattr(one, field) for one in found[name])

    part = "relation in BMN"
    for name in found:
        says = f"ambiguous right %, {name}"
        if relation.VARIANTS[name] is None or name.startswith("control"):
            yield Requirement(part, says, percent(name, "ambiguous"), "<=", 40.0)
        else:
            yield Requirement(part, says, percent(name, "ambiguous"), ">=", 80.0)
    lowest = tuple(min(percent(name, "clean")[i] for name in found) for i in range(len(seeds)))
    yield Requirement(part, "clean right %, worst network", lowest, ">=", 90.0)


def require_ensemble(seeds: Sequence[int]) -> Iterator[Requirement]:
    """Other features gain more than another training; classes and maps come from who knows them."""
    found = [ensemble.measure_diversity(seed) for seed in seeds]
    part = "ensemble"
    ahead = tuple(one.gain_different - 2 * one.gain_same for one in found)
    yield Requirement(part, "gain of A + B less twice that of A + A', mAP", ahead, ">=", 0.0)
    alike = tuple(one.correlation_same - one.correlation_different for one in found)
    yield Requirement(part, "error correlation of A + A' less that of A + B", alike, ">=", 0.2)
    roles = [ensemble.measure_roles(seed) for seed in seeds]
    better = tuple(one.split - max(one.x, one.y, one.mean) for one in roles)
    yield Requirement(part, "classes of X, maps of Y over the best other, mAP", better, ">=", 0.0)


def require_longtail(seeds: Sequence[int]) -> Iterator[Requirement]:
    """A rebalanced head on features that were learnt as they come, against joint training."""
    torch.set_num_threads(1)
    tail, head = [], []
    for seed in seeds:
        data = bench_longtail.make_data(seed)
        joint, crt = (
            bench_longtail.run_method(method, data, seed).accuracy.to_dict()
            for method in ("joint", "crt")
        )
        tail.append(_points(crt["tail"], joint["tail"]))
        head.append(_points(crt["head"], joint["head"]))
    part = "decoupled classifier"
    yield Requirement(part, "tail accuracy, cRT over joint, points", tuple(tail), ">=", 8.0)
    yield Requirement(part, "head accuracy, cRT over joint, points", tuple(head), ">=", -3.0)


def require_soft_nms(seeds: Sequence[int]) -> Iterator[Requirement]:
    """Recall with few proposals; the first one never changes."""
    soft, hard, none = (
        np.array([soft_nms.average_recall(name, seed) for seed in seeds])
        for name in ("soft .4/.5/.9", "hard, tIoU 0.65", "none")
    )
    part = "Soft-NMS"

    def column(values: np.ndarray, i: int) -> tuple[float, ...]:
        return tuple(values[:, i].tolist())

    yield Requirement(part, "AR@5 over none, points", column(soft - none, 1), ">=", 20.0)
    yield Requirement(part, "AR@5 over hard 0.65, points", column(soft - hard, 1), ">=", 6.0)
    yield Requirement(part, "AR@100 over hard 0.65, points", column(soft - hard, 3), ">=", 0.0)
    changed = column(abs(soft - none), 0)
    yield Requirement(part, "change of AR@1, points", changed, "<=", 0.0)


EXPERIMENTS: tuple[Experiment, ...] = (
    require_relation,
    require_ensemble,
    require_longtail,
    require_soft_nms,
)


def run(seeds: Sequence[int] = (0, 1, 2)) -> BenchTable:
    """All experiments (three seeds: about ten minutes of one core)."""
    return acceptance_table([experiment(seeds) for experiment in EXPERIMENTS], seeds)


def acceptance_table(
    experiments: Sequence[Iterator[Requirement]], seeds: Sequence[int]
) -> BenchTable:
    """One row a requirement; the last note counts what does not hold."""
    with measured() as watch:
        found = [row for experiment in experiments for row in experiment]
    rows = tuple(
        (
            one.part,
            one.says,
            one.mean,
            float(np.std(one.values, ddof=1)) if len(one.values) > 1 else 0.0,
            f"{one.side} {one.limit:g}",
            "yes" if one.holds else "NO",
        )
        for one in found
    )
    failed = sum(not one.holds for one in found)
    notes = (
        f"seeds {', '.join(map(str, seeds))}; {watch.cpu:.0f} CPU seconds",
        f"{len(found) - failed} of {len(found)} requirements hold",
    )
    columns = ("part", "what", "mean", "std", "required", "holds")
    return BenchTable("isolating experiments", columns, rows, notes)


def _points(ours: float | None, baseline: float | None) -> float:
    """Both groups have classes in this data, so that both are numbers."""
    assert ours is not None and baseline is not None
    return 100.0 * (ours - baseline)

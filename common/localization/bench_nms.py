"""`emc2 bench nms`: Soft-NMS against the same rule in a plain Python loop."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import median

import numpy as np
from numpy.typing import NDArray

from common.core.bench import BenchTable, measured, median_cpu_seconds, ratio
from common.core.params.localization import SoftNms
from common.core.seeds import rng_for
from common.localization.soft_nms import soft_nms

_SIZES = (300, 1_500, 4_000)
_REPEATS = 5
_READ_BYTES = 24  # start, end and score of one candidate


def run(sizes: tuple[int, ...] = _SIZES) -> BenchTable:
    """Measure at several numbers of candidates; about ten seconds."""
    spec = SoftNms()
    read = _read_rate()
    rows, differences = [], []
    for n in sizes:
        segments, scores = random_candidates(n)
        ours, (kept, values) = _timed(lambda s=segments, c=scores: soft_nms(s, c, spec), _REPEATS)
        plain, expected = _timed(lambda s=segments, c=scores: plain_soft_nms(s, c, spec), 1)
        same = kept.tolist() == expected[0]
        differences.append(float(np.abs(values - expected[1]).max()) if same else math.inf)
        pairs = sum(n - k for k in range(1, min(spec.top_k, n) + 1))
        bound = pairs * _READ_BYTES / read
        rows.append((n, ours, plain, ratio(plain, ours), pairs, bound))
    columns = ("candidates", "s", "plain loop s", "x less", "pairs", "bound s")
    notes = (
        f"CPU seconds; {spec.top_k} proposals kept of random candidates",
        f"bound: {_READ_BYTES} bytes of every pair that the rule compares, at the rate of a sum in "
        f"cache ({read / 1e9:.0f} GB/s); ours compares only what comes near the top",
        f"order the same as the plain loop's, scores differ by at most {max(differences):.1e}",
    )
    return BenchTable("Soft-NMS", columns, tuple(rows), notes)


def random_candidates(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, 2) relative segments and (n,) scores."""
    rng = rng_for(0, "bench nms", n)
    return np.sort(rng.random((n, 2)), axis=1), rng.random(n)


def plain_soft_nms(
    segments: NDArray[np.float64], scores: NDArray[np.float64], spec: SoftNms
) -> tuple[list[int], list[float]]:
    """The rule written out, one pair at a time: what ours is measured and tested against."""
    starts, ends, current = segments[:, 0].tolist(), segments[:, 1].tolist(), scores.tolist()
    left = sorted(range(len(current)), key=lambda i: -current[i])
    kept, values = [], []
    while left and len(kept) < spec.top_k:
        best = max(left, key=lambda i: current[i])
        left.remove(best)
        kept.append(best)
        values.append(current[best])
        width = ends[best] - starts[best]
        threshold = spec.low + (spec.high - spec.low) * width
        for i in left:
            overlap = min(ends[best], ends[i]) - max(starts[best], starts[i])
            if overlap > 0:
                tiou = overlap / (width + (ends[i] - starts[i]) - overlap)
                if tiou > threshold:
                    current[i] *= math.exp(-tiou * tiou / spec.alpha)
    return kept, values


def _timed(function: Callable[[], object], repeats: int) -> tuple[float, object]:
    """Median CPU seconds of a call after one to warm up, and what it gives."""
    result = function()
    times = []
    for _ in range(repeats):
        with measured() as watch:
            function()
        times.append(watch.cpu)
    return median(times), result


def _read_rate() -> float:
    """Bytes a second that a sum reads from the cache."""
    values = np.ones(2**15)
    return values.nbytes * 1000 / median_cpu_seconds(lambda: [values.sum() for _ in range(1000)])

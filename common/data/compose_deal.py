"""How many instances of which class, and into which video: the part of a composition plan that
knows neither clips nor seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError

_TRIES = 50


def zipf_counts(total: int, exponent: float, minimum: int, caps: Sequence[int]) -> list[int]:
    """Split `total` instances over classes by Zipf's law: class k gets a share of 1/(k+1)^exponent.

    Args:
        total: instances in all.
        exponent: 0 makes all classes equally frequent.
        minimum: of each class at least, where its cap and `total` allow it.
        caps: most instances of each class, in order of rank.

    Returns:
        counts by rank; they sum up to min(total, sum of caps).
    """
    shares = (np.arange(len(caps)) + 1.0) ** -exponent
    limit = np.asarray(caps, dtype=np.int64)
    counts = np.minimum(min(minimum, total // len(caps)), limit)
    for _ in range(min(total, int(limit.sum())) - int(counts.sum())):
        # The class that lags most behind its share gets the next one.
        lag = np.where(counts < limit, (counts + 1) / shares, np.inf)
        counts[int(lag.argmin())] += 1
    return [int(count) for count in counts]


def deal(
    counts: Sequence[int], sizes: Sequence[int], caps: Sequence[int], rng: np.random.Generator
) -> list[list[int]]:
    """Deal the instances of each class into the videos, at random.

    Args:
        counts: instances of each class; together as many as `sizes`.
        sizes: instances of each video.
        caps: how often one video may have each class (its number of groups).
        rng: decides.

    Returns:
        class indices of each video, in random order.

    Raises:
        InputError: the caps leave no way.
    """
    for attempt in range(_TRIES):
        # The last try leaves nothing to chance: fullest class first into the emptiest video.
        dealt = _try_deal(counts, sizes, caps, rng if attempt < _TRIES - 1 else None)
        if dealt is not None:
            for classes in dealt:
                rng.shuffle(classes)
            return dealt
    raise InputError(
        "compose.groups",
        "world.composed.instances",
        "the classes have too few groups for so many instances in one video",
        "Lower instances.max or add clips of more source videos.",
    )


def _try_deal(
    counts: Sequence[int],
    sizes: Sequence[int],
    caps: Sequence[int],
    rng: np.random.Generator | None,
) -> list[list[int]] | None:
    room = np.asarray(sizes, dtype=np.int64).copy()
    dealt: list[list[int]] = [[] for _ in sizes]
    for label in sorted(range(len(counts)), key=lambda c: (-counts[c], c)):
        times = np.zeros(len(sizes), dtype=np.int64)
        for _ in range(counts[label]):
            free = np.where((room > 0) & (times < caps[label]), room, 0)
            if not free.any():
                return None
            video = int(free.argmax()) if rng is None else int(rng.choice(len(free), p=_law(free)))
            dealt[video].append(label)
            room[video] -= 1
            times[video] += 1
    return dealt


def _law(room: NDArray[np.int64]) -> NDArray[np.float64]:
    """Emptier videos are likelier: full ones at the end would leave no choice."""
    return np.asarray(room / room.sum())

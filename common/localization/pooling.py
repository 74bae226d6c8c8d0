"""The mean feature of any interval of a video, in constant time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.core.timebase import SnippetGrid


def pool_intervals(
    array: NDArray[np.floating], grid: SnippetGrid, intervals: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Mean of a feature sequence over intervals; each snippet counts by the share of it inside.

    A snippet stands for its cell, half a stride before to half a stride after its centre. What of
    an interval lies outside the sequence does not count; an interval wholly outside, or of no
    length, takes the nearest snippet.

    Args:
        array: (T, C).
        grid: where the T snippets lie.
        intervals: (N, 2) seconds.

    Returns:
        (N, C) float32.
    """
    sums = np.zeros((len(array) + 1, array.shape[1]), dtype=np.float64)
    np.cumsum(array, axis=0, dtype=np.float64, out=sums[1:])
    first, _ = grid.span()
    position = np.clip((intervals - first) / grid.stride_seconds, 0.0, len(array))
    start, end = position[:, 0], position[:, 1]
    narrow = end - start < 1e-6
    centre = np.clip(np.floor(0.5 * (start + end)), 0, len(array) - 1)
    start, end = np.where(narrow, centre, start), np.where(narrow, centre + 1, end)
    total = _integral(sums, end) - _integral(sums, start)
    return (total / (end - start)[:, None]).astype(np.float32)


def _integral(sums: NDArray[np.float64], position: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, C) integral of the piecewise constant sequence from its beginning to each position."""
    low = np.minimum(position.astype(np.int64), len(sums) - 2)
    return sums[low] + (position - low)[:, None] * (sums[low + 1] - sums[low])

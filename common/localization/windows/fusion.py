"""Score maps of overlapping windows -> columns of the score map of the whole video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.localization.labels import inside
from common.localization.maps import ScoreMaps
from common.localization.windows.grid import WindowGrid

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MapColumns:
    """Some neighbouring columns of the score map of a whole video.

    Args:
        start, end: (n,) probability of a boundary.
        confidence: (2, D, n), channels as in ScoreMaps. Cells that end after the video mean
            nothing.
    """

    start: Floats
    end: Floats
    confidence: Floats


def fuse_windows(
    windows: Iterable[ScoreMaps], grid: WindowGrid, n_positions: int
) -> Iterator[MapColumns]:
    """Means over the windows that know a position or a cell, as soon as no later window adds to it.

    Columns come in order, `step` at a time, and are those of a video of `n_positions`: what lies
    beyond is dropped. One window's sums are held, whatever the length of the video.

    Args:
        windows: of one video, every window from the first to the last.
    """
    known = np.concatenate([np.ones((2, grid.positions)), *[_cells(grid)] * 2])
    sums, counts = np.zeros_like(known), np.zeros_like(known)
    first, held = 0, False
    for one in windows:
        if held:
            yield _columns(sums, counts, min(grid.step, n_positions - first))
            for array in (sums, counts):
                array[:, : -grid.step] = array[:, grid.step :].copy()
                array[:, -grid.step :] = 0.0
            first += grid.step
        values = np.concatenate([one.start[None], one.end[None], *one.confidence])
        sums += np.where(known > 0, values, 0.0)
        counts += known
        held = True
    if first + grid.positions < n_positions:
        raise ValueError(f"the windows end at position {first + grid.positions} of {n_positions}")
    yield _columns(sums, counts, n_positions - first)


def _cells(grid: WindowGrid) -> NDArray[np.float64]:
    return inside(grid.positions, grid.durations).astype(np.float64)


def _columns(sums: NDArray[np.float64], counts: NDArray[np.float64], n: int) -> MapColumns:
    mean = (sums[:, :n] / np.maximum(counts[:, :n], 1.0)).astype(np.float32)
    start, end = mean[:2]
    return MapColumns(start, end, np.stack(np.split(mean[2:], 2)))

"""Random score maps of the windows of one video."""

import numpy as np
import pytest

from common.localization.maps import ScoreMaps
from common.localization.windows.grid import WindowGrid


@pytest.fixture(scope="session")
def random_windows():
    """(grid, number of windows, seed) -> ScoreMaps of each window, NaN outside."""

    def make(grid: WindowGrid, n_windows: int, seed: int) -> list[ScoreMaps]:
        rng = np.random.default_rng(seed)
        shape = (2, grid.durations, grid.positions)
        cells = np.add.outer(np.arange(shape[1]), np.arange(shape[2])) < grid.positions
        return [
            ScoreMaps(
                "v",
                grid.window_seconds,
                rng.random(grid.positions, dtype=np.float32),
                rng.random(grid.positions, dtype=np.float32),
                np.where(cells, rng.random(shape, dtype=np.float32), np.float32(np.nan)),
            )
            for _ in range(n_windows)
        ]

    return make

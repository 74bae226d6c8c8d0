"""Class scores of proposals of a long video from logits along its time.

Source: alibaba-mmai-research/TAdaConv (projects/epic-kitchen-tal): six points of a proposal, no
context beside it. Theirs makes a map of scores for every cell and class; ours reads the cells that
became proposals, so that memory does not grow with the number of classes times the length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import softmax

from common.core.timebase import ResizeRule
from common.features.rows import FeatureRows
from common.localization.windows.grid import WindowGrid
from common.localization.windows.sequences import window_rows

SAMPLES, POINTS = 6, 3  # sample points of a cell, and interpolated points of one of them
Spans = NDArray[np.integer]
Floats = NDArray[np.float64]


def sampled_scores(logits: NDArray[np.floating], spans: Spans) -> Floats:
    """(n, K) mean softmax over sample points that are spread evenly over each cell.

    The sampling of BMN with boundary ratio 0: SAMPLES * POINTS interpolated points from the first
    to the last position, POINTS neighbours averaged into one sample.

    Args:
        logits: (T, K).
        spans: (n, 2) first position and position after the last, within 0 to T.
    """
    first, last = spans[:, 0].astype(np.float64), spans[:, 1] - 1.0
    point = np.linspace(first, last, SAMPLES * POINTS, axis=1)  # (n, SAMPLES * POINTS)
    low = np.minimum(point.astype(np.int64), len(logits) - 1)
    share = point - low
    columns = np.stack([low, np.minimum(low + 1, len(logits) - 1)], axis=2)
    weights = np.stack([1.0 - share, share], axis=2) / POINTS
    size = len(spans) * SAMPLES
    rows = np.arange(size + 1) * (2 * POINTS)
    matrix = csr_matrix((weights.ravel(), columns.ravel(), rows), shape=(size, len(logits)))
    samples = matrix @ logits.astype(np.float64)  # (n * SAMPLES, K)
    scores = softmax(samples, axis=1).reshape(len(spans), SAMPLES, logits.shape[1])
    return scores.mean(axis=1)


def window_class_scores(
    crops: Sequence[FeatureRows], grid: WindowGrid, spans: Spans, resize: ResizeRule = "ends"
) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """Scores of proposals of one video, some at a time, by their start.

    A proposal gets the mean over the crops and over the windows that it lies in whole, as its
    confidence does.

    Args:
        crops: logits (T, K) along the video, one store a crop of the picture.
        spans: (n, 2) first position and position after the last, of the whole video.

    Yields:
        (m,) rows of `spans` and their (m, K) scores; every row once.

    Raises:
        InputError: a video too short for a window, or a damaged file of logits.
    """
    n_windows = grid.n_windows(crops[0].duration, crops[0].video)
    reach = (grid.positions - 1) // grid.step  # windows before its own that a proposal may lie in

    @lru_cache(maxsize=reach + 1)
    def logits(window: int) -> list[NDArray[np.float32]]:
        return [window_rows(rows, grid, window, resize) for rows in crops]

    own = np.minimum(spans[:, 0] // grid.step, n_windows - 1)
    for window in np.unique(own).tolist():
        rows = np.flatnonzero(own == window)
        total, n_known = 0.0, np.zeros((len(rows), 1))
        for k in range(max(0, window - reach), window + 1):
            local = spans[rows] - k * grid.step
            known = local[:, 1] <= grid.positions
            scores = np.zeros((len(rows), crops[0].channels))
            for crop in logits(k):
                scores[known] += sampled_scores(crop, local[known])
            total, n_known = total + scores, n_known + known[:, None]
        yield rows, total / (n_known * len(crops))

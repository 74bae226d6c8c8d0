"""The features of one window at T positions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from common.core.params.localization import Bmn
from common.core.timebase import ResizeRule, resize_sequence
from common.features.rows import FeatureRows
from common.localization.sequences import VideoSequence
from common.localization.windows.grid import WindowGrid

_SAME = 1e-6  # of a stride


def window_rows(
    rows: FeatureRows, grid: WindowGrid, window: int, resize: ResizeRule
) -> NDArray[np.float32]:
    """(T, C) features of window number `window`.

    The snippets whose centre lies in the window, zeros where the video has ended, are resized to T.

    Args:
        resize: `ends` is the published rule (first snippet to last), `half_pixel` is true to time.
    """
    start = window * grid.step * grid.position_seconds
    stride = rows.grid.stride_seconds
    first = max(0, math.ceil((start - rows.grid.first_center_seconds) / stride - _SAME))
    n_slots = max(1, round(grid.window_seconds / stride))
    slots = np.zeros((n_slots, rows.channels), dtype=np.float32)
    found = rows.read(first, first + n_slots)
    slots[: len(found)] = found
    return resize_sequence(slots, grid.positions, resize).astype(np.float32)


def window_sequences(
    stores: Sequence[FeatureRows], grid: WindowGrid, resize: ResizeRule = "ends"
) -> Iterator[VideoSequence]:
    """The windows of one video in order, channels of several stores one after the other.

    Raises:
        InputError: the video is too short for a window.
    """
    for window in range(grid.n_windows(stores[0].duration, stores[0].video)):
        yield window_sequence(stores, grid, window, resize)


def window_sequence(
    stores: Sequence[FeatureRows], grid: WindowGrid, window: int, resize: ResizeRule
) -> VideoSequence:
    """One window of a video; its seconds count from the start of the window."""
    parts = [window_rows(rows, grid, window, resize) for rows in stores]
    array = np.ascontiguousarray(np.concatenate(parts, axis=1).T)
    return VideoSequence(stores[0].video, grid.window_seconds, array)


def resize_rule(spec: Bmn) -> ResizeRule:
    """How the params say that snippets become positions."""
    return "ends" if spec.resize == "ends" else "half_pixel"

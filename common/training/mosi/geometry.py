"""Where the window stands in each frame of a pseudo clip.

Source: authors' release (TAdaConv, `mosi_generator.py`), with offsets in float64: in float32 a
value that is whole may fall below it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def travel(room: int, factor: float, jitter: float = 1.0) -> float:
    """Signed way of the window, pixels.

    Args:
        room: length of the still minus that of the window, along this axis.
        factor: speed of the class, -1 to 1.
        jitter: factor of the way.
    """
    return room * factor * jitter


def start_range(room: int, distance: float) -> tuple[int, int]:
    """First and last whole start from which the window stays inside the still."""
    return math.ceil(max(0.0, -distance)), math.floor(min(room, room - distance))


def middle_start(room: int, distance: float) -> int:
    """The start that puts the way into the middle of the still: for evaluation."""
    low, high = start_range(room, distance)
    return min(max(int((room - distance) // 2), low), high)


def window_offsets(room: int, distance: float, start: int, n_frames: int) -> NDArray[np.int64]:
    """(n_frames,) left or upper edge of the window in each frame."""
    steps = start + distance * np.arange(n_frames) / (n_frames - 1)
    return np.clip(np.trunc(steps).astype(np.int64), 0, room)


def draw_jitter(factor: float, low: float, high: float, rng: np.random.Generator) -> float:
    """Factor of the way; the fastest classes have no room to go farther."""
    return float(rng.uniform(low, 1.0 if abs(factor) == 1 else high))

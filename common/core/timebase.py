"""Seconds, frames, snippets and feature indices. The only module that converts between them.

Time is in seconds (float64) from the first presented frame. Snippet `i` of a feature sequence is
centred at
`first_center_seconds + i * stride_seconds`. Segments are half open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ResizeRule = Literal["ends", "half_pixel"]

# A time that is meant to be a frame's own time may lie a rounding error before it.
SAME_TIME = 1e-6


@dataclass(frozen=True, slots=True)
class SnippetGrid:
    """Where the snippets of one feature sequence lie."""

    first_center_seconds: float
    stride_seconds: float
    n_snippets: int

    def centers(self) -> NDArray[np.float64]:
        """(T,) centre times in seconds."""
        return self.first_center_seconds + self.stride_seconds * np.arange(
            self.n_snippets, dtype=np.float64
        )

    def span(self) -> tuple[float, float]:
        """What the sequence covers: half a stride before the first centre to half a stride after
        the last, seconds.
        """
        first = self.first_center_seconds - 0.5 * self.stride_seconds
        return first, first + self.n_snippets * self.stride_seconds


def grid_for(duration: float, stride_seconds: float) -> SnippetGrid:
    """Snippets that tile a video: `round(duration / stride)` cells (at least one), centred in
    their cells.

    The last cell may end up to half a stride before or after the end of the video.
    """
    n_snippets = max(1, round(duration / stride_seconds))
    return SnippetGrid(0.5 * stride_seconds, stride_seconds, n_snippets)


def frame_times(center: float, n_frames: int, spacing: float) -> NDArray[np.float64]:
    """(n_frames,) times of the frames of a clip that is centred at `center`, seconds; `spacing`
    between two frames.
    """
    return center + spacing * (np.arange(n_frames, dtype=np.float64) - 0.5 * (n_frames - 1))


def frames_at(times: NDArray[np.float64], presented: NDArray[np.float64]) -> NDArray[np.int64]:
    """Index of the frame on screen at each time: the last one presented at or before it, clamped
    to the video.

    Args:
        times: (N,) seconds.
        presented: (F,) presentation times of the frames, ascending, first one 0.
    """
    return np.clip(
        np.searchsorted(presented, times + SAME_TIME, side="right") - 1, 0, len(presented) - 1
    )


def resize_positions(n: int, size: int, rule: ResizeRule = "ends") -> NDArray[np.float64]:
    """(size,) positions in 0..n-1 at which a sequence of n is read to resize it to `size`.

    `ends` is the published rule, linspace(0, n-1, size); `half_pixel` is the time-true rule (i +
    0.5) n / size - 0.5.
    """
    if rule == "ends":
        return np.linspace(0.0, n - 1.0, size)
    return np.clip((np.arange(size) + 0.5) * n / size - 0.5, 0.0, n - 1.0)


def resize_sequence(
    x: NDArray[np.floating], size: int, rule: ResizeRule = "ends"
) -> NDArray[np.floating]:
    """Resize (T, C) to (size, C) along time by linear interpolation; channels are never mixed.
    Keeps the dtype.
    """
    return _interpolate(x, resize_positions(len(x), size, rule))


def sequence_at(
    x: NDArray[np.floating], grid: SnippetGrid, times: NDArray[np.float64]
) -> NDArray[np.floating]:
    """Read (T, C), whose snippets lie on `grid`, at (n,) times in seconds -> (n, C).

    Linear between two centres; before the first and after the last one, that one. Keeps the dtype.
    """
    position = (times - grid.first_center_seconds) / grid.stride_seconds
    return _interpolate(x, np.clip(position, 0.0, len(x) - 1.0))


def _interpolate(x: NDArray[np.floating], position: NDArray[np.float64]) -> NDArray[np.floating]:
    if len(x) == 1:
        return np.repeat(x, len(position), axis=0)
    low = np.minimum(position.astype(np.int64), len(x) - 2)
    weight = (position - low).astype(x.dtype)[:, None]
    between: NDArray[np.floating] = x[low] * (1 - weight) + x[low + 1] * weight
    return between

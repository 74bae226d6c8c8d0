"""Where the windows of a video lie.

Source: alibaba-mmai-research/TAdaConv (datasets/base/epickitchen100_feature.py and
configs/projects/epic-kitchen-tal/bmn_epic.yaml). Theirs compares times with 1.0 in floating point;
here positions are integers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from common.core.errors import InputError

# A duration that is meant to be a whole number of positions may lie a rounding error beside it.
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class WindowGrid:
    """Window k covers the positions k * step to k * step + positions; the defaults are published:
    windows of 53.33 s, one every 26.67 s, proposals of up to 26.67 s.

    Args:
        positions: T, of one window.
        durations: D, the longest proposal; at most T - step, so that every proposal lies whole
            inside some window.
        step: positions from one window to the next.
        position_seconds: length of one position.
        min_seconds: a window with less than this of the video in it is dropped.
    """

    positions: int = 200
    durations: int = 100
    step: int = 100
    position_seconds: float = 4.0 / 15.0
    min_seconds: float = 0.2

    def __post_init__(self) -> None:
        overlap = self.positions - self.step
        if not (self.step >= 1 and 1 <= self.durations <= overlap):
            raise ValueError(f"{self.durations} durations do not fit an overlap of {overlap}")
        if not 0 < self.min_seconds <= overlap * self.position_seconds:
            raise ValueError(
                f"{self.min_seconds} s as the shortest window leave a gap or an empty window"
            )

    @property
    def window_seconds(self) -> float:
        """Length of a window."""
        return self.positions * self.position_seconds

    def n_positions(self, duration: float) -> int:
        """Positions of a whole video of `duration` seconds; the last one may be partly beyond."""
        return max(1, math.ceil(duration / self.position_seconds - _SAME))

    def n_windows(self, duration: float, video: str) -> int:
        """Windows of a video, at least one.

        Raises:
            InputError: the video is shorter than the shortest window.
        """
        if duration < self.min_seconds:
            raise InputError(
                "windows.none",
                f"video {video}",
                f"lasts {duration:g} s, a window needs {self.min_seconds:g} s: none is left",
                "Leave the video out, or lower `min_seconds`.",
            )
        step_seconds = self.step * self.position_seconds
        return math.floor((duration - self.min_seconds) / step_seconds + _SAME) + 1

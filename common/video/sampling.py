"""Clips by time, out of one sequential pass: what is on screen at each moment, nothing kept longer.

A clip is centred at its snippet's centre. A frame stays on screen until the next one is shown, so
variable frame rates need no special care; times before the first and after the last frame see that
frame.
"""

from __future__ import annotations

import heapq
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from common.core.clips import ClipSpec, Fit
from common.core.timebase import SAME_TIME, frame_times, grid_for

Image = NDArray[np.uint8]


class Shown(Protocol):
    """A picture with its time, seconds from the first one; its pixels on demand."""

    @property
    def time(self) -> float: ...

    def rgb(self, fit: Fit | None = None) -> Image: ...


class ClipSampler:
    """Collects the clips of one extractor while the pictures of a video pass by.

    Several samplers fed with the same pictures share the arrays of those that ask for the same
    size. Alive at a time: the frames of the clips that have begun and not ended.
    """

    def __init__(self, spec: ClipSpec, stride_seconds: float) -> None:
        self.spec, self.stride_seconds = spec, stride_seconds
        self._shown: Shown | None = None
        self._times: dict[int, NDArray[np.float64]] = {}
        self._frames: dict[int, list[Image]] = {}
        # The next wanted moment of every clip that has begun, and of the first that has not.
        self._wanted: list[tuple[float, int, int]] = []
        self._want_clip(0)

    def push(self, picture: Shown) -> list[tuple[int, list[Image]]]:
        """Take the next picture; return the clips that it completed, as (snippet index, frames)."""
        done = []
        if self._shown is not None:
            while self._wanted[0][0] + SAME_TIME < picture.time:
                done += self._fill()
        self._shown = picture
        return done

    def finish(self, duration: float) -> list[tuple[int, list[Image]]]:
        """End of the video: the clips that are still open see the last frame to their end.

        Args:
            duration: seconds; decides how many snippets there are. A clip returned earlier with an
                index beyond them is to be dropped.
        """
        n_snippets = grid_for(duration, self.stride_seconds).n_snippets
        done = []
        while self._wanted:
            if self._wanted[0][1] < n_snippets:
                done += self._fill()
            else:
                heapq.heappop(self._wanted)
        return done

    def _want_clip(self, clip: int) -> None:
        center = self.stride_seconds * (clip + 0.5)
        times = frame_times(center, self.spec.frames, self.spec.spacing)
        self._times[clip], self._frames[clip] = times, []
        heapq.heappush(self._wanted, (float(times[0]), clip, 0))

    def _fill(self) -> list[tuple[int, list[Image]]]:
        """Give the picture on screen to the next wanted moment."""
        assert self._shown is not None
        _, clip, slot = heapq.heappop(self._wanted)
        if slot == 0:
            self._want_clip(clip + 1)
        frames = self._frames[clip]
        frames.append(self._shown.rgb(self.spec.fit))
        if slot + 1 < self.spec.frames:
            heapq.heappush(self._wanted, (float(self._times[clip][slot + 1]), clip, slot + 1))
            return []
        del self._times[clip]
        return [(clip, self._frames.pop(clip))]

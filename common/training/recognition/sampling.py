"""Which frames a clip takes, whatever the video's rate.

Source: sampling of TAdaConv (`base_dataset.py`), in whose recipe a clip is 32 frames, every second
one of 60 a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FrameRule:
    """`frames` of a clip, `stride` apart when counted at `target_fps`.

    `cover_end`: the last of several views ends with the video. Published: it does not, view v of V
    starts at v / V of the room.
    """

    frames: int
    stride: int
    target_fps: float
    cover_end: bool = False

    def span(self, fps: float) -> float:
        """Frames of a video of `fps` that a clip covers; not a whole number."""
        return self.frames * self.stride * fps / self.target_fps

    def train_start(self, n_frames: int, fps: float, rng: np.random.Generator) -> float:
        """A start, uniform over the room that the clip leaves."""
        return float(rng.uniform(0.0, self._room(n_frames, fps)))

    def view_start(self, n_frames: int, fps: float, view: int, views: int) -> float:
        """The start of one test view of `views`; a single one is central."""
        room = self._room(n_frames, fps)
        if views == 1:
            return room / 2
        return room * view / (views - 1 if self.cover_end else views)

    def indices(self, n_frames: int, fps: float, start: float) -> NDArray[np.int64]:
        """(frames,) positions in a video of `n_frames`; beyond its end the last frame is
        repeated.
        """
        # Where a clip spans less than one frame of the video, time must not run backwards.
        places = np.linspace(start, start + max(self.span(fps) - 1, 0.0), self.frames)
        return np.clip(places, 0, n_frames - 1).astype(np.int64)

    def _room(self, n_frames: int, fps: float) -> float:
        return max(n_frames - self.span(fps), 0.0)

"""Which frames of a video make one training item of CMD, and one test clip.

Source: sampling of the authors' release (Context-Motion-Decoupling), fine-tune settings included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# How far before and after the clip its I-frame may lie.
_KEY_REACH = 5


@dataclass(frozen=True, slots=True)
class CmdSampling:
    """Frames of one item; the defaults are the published ones.

    Args:
        clip_frames, clip_stride: of the clip of pictures.
        interval: frames left out between the clip and its future.
        future_frames: frames of a motion clip, in a row.
        negatives: motion clips from elsewhere in the video.
    """

    clip_frames: int = 16
    clip_stride: int = 4
    interval: int = 2
    future_frames: int = 8
    negatives: int = 3

    @property
    def clip_length(self) -> int:
        """Frames from the clip's first to its last."""
        return (self.clip_frames - 1) * self.clip_stride + 1

    @property
    def least_frames(self) -> int:
        """Frames that a video needs; a longer one may still lack room for negatives."""
        return self.clip_length + self.interval + self.future_frames


@dataclass(frozen=True, slots=True)
class CmdFrames:
    """Frame numbers: `clip` (T,), `futures` (1 + negatives, T_m) with the true one first, `key`."""

    clip: NDArray[np.int64]
    futures: NDArray[np.int64]
    key: int


def sample_item(
    n_frames: int, key_frames: NDArray[np.int64], sampling: CmdSampling, rng: np.random.Generator
) -> CmdFrames:
    """Draw one item.

    Args:
        n_frames: of the video, `can_sample` of it.
        key_frames: numbers of its I-frames, ascending. Without one near the clip, the nearest.
        sampling: see `CmdSampling`.
        rng: of this item.
    """
    start = int(rng.integers(0, n_frames - sampling.least_frames + 1))
    clip = start + sampling.clip_stride * np.arange(sampling.clip_frames)
    last = int(clip[-1])
    first = last + 1 + sampling.interval
    starts = [first, *rng.choice(_elsewhere(n_frames, first, sampling), sampling.negatives)]
    futures = np.array(starts)[:, None] + np.arange(sampling.future_frames)
    near = key_frames[(key_frames >= start - _KEY_REACH) & (key_frames <= last + _KEY_REACH)]
    if not len(near):
        near = key_frames[[np.abs(key_frames - (start + last) / 2).argmin()]]
    return CmdFrames(clip, futures, int(rng.choice(near)))


def can_sample(n_frames: int, sampling: CmdSampling) -> bool:
    """Whether a video is long enough: for the item, and for a negative wherever its future lies."""
    if n_frames < sampling.least_frames:
        return False
    if sampling.negatives == 0:
        return True
    earliest = sampling.clip_length + sampling.interval
    # Before the earliest future there is room for one motion clip, if it is no longer than that.
    return earliest >= sampling.future_frames


def _elsewhere(n_frames: int, first: int, sampling: CmdSampling) -> NDArray[np.int64]:
    """First frames of motion clips that do not overlap the one that begins at `first`."""
    length = sampling.future_frames
    before = np.arange(0, first - length + 1)
    after = np.arange(first + length, n_frames - length + 1)
    return np.concatenate([before, after])


def crop_starts(n_frames: int, clip_length: int, n_clips: int) -> NDArray[np.int64]:
    """(n_clips,) first frames of test clips: the middles of equal parts of 0 .. n_frames - length.

    All 0 where the video is not longer than a clip.
    """
    if n_frames <= clip_length:
        return np.zeros(n_clips, np.int64)
    edges = np.linspace(0, n_frames - clip_length, n_clips + 1)
    return ((edges[:-1] + edges[1:]) / 2).astype(np.int64)


def crop_frames(
    n_frames: int, clip_frames: int, clip_stride: int, n_clips: int
) -> NDArray[np.int64]:
    """(n_clips, clip_frames) frame numbers of the test clips; those beyond the end become 0."""
    length = (clip_frames - 1) * clip_stride + 1
    starts = crop_starts(n_frames, length, n_clips)
    frames = starts[:, None] + clip_stride * np.arange(clip_frames)
    return np.where(frames >= n_frames, 0, frames)

"""What the temporal networks read: the features of one video at T positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.params.localization import Bmn
from common.core.params.weak import BasNet
from common.core.timebase import resize_sequence, sequence_at
from common.features.store import Features, read_features


@dataclass(frozen=True, slots=True)
class VideoSequence:
    """Resized features of one video.

    Args:
        video: id.
        duration: seconds that the positions cover, from the first frame.
        array: (F, T) float32, channels first.
    """

    video: str
    duration: float
    array: NDArray[np.float32]


def read_sequence(folders: Sequence[Path], video: str, spec: Bmn | BasNet) -> VideoSequence:
    """Features of a video from one or more stores, their channels one after the other.

    Raises:
        InputError: a store lacks the video.
    """
    return join_features([read_features(folder, video) for folder in folders], spec)


def join_features(stores: Sequence[Features], spec: Bmn | BasNet) -> VideoSequence:
    """Resize the features of one video to `spec.positions` and join their channels.

    `spec.resize` = `time`: position i is read at its own time, (i + 0.5) / T of the video.
    `ends`: the published rule, first snippet to last; the axis then covers what the snippets cover,
    at most the video.
    """
    first = stores[0]
    if spec.resize == "time":
        duration = first.duration
        times = (np.arange(spec.positions) + 0.5) / spec.positions * duration
        parts = [sequence_at(one.array.astype(np.float32), one.grid, times) for one in stores]
    else:
        duration = min(first.duration, first.grid.span()[1])
        parts = [
            resize_sequence(one.array.astype(np.float32), spec.positions, "ends") for one in stores
        ]
    array = np.concatenate(parts, axis=1).T
    return VideoSequence(first.video, duration, np.ascontiguousarray(array, dtype=np.float32))

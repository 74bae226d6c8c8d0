"""Short pieces of video as arrays: frames at given times, or a whole clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.clips import Fit
from common.core.timebase import SAME_TIME, frames_at
from common.video.reader import open_video


def read_clip(path: Path, times: NDArray[np.float64], fit: Fit | None = None) -> NDArray[np.uint8]:
    """The frames on screen at `times`; reading stops after the last one that is needed.

    Args:
        path: video file.
        times: (N,) seconds from the first frame, in any order; before the first and after the last
            frame that frame is taken.
        fit: size; the source's without it.

    Returns:
        (N, H, W, 3) uint8 RGB.

    Raises:
        InputError: the video cannot be decoded up to there.
    """
    times = np.asarray(times, dtype=np.float64)
    order = np.argsort(times, kind="stable")
    images: list[NDArray[np.uint8]] = []
    with open_video(path) as video:
        shown = None
        for picture in video:
            while (
                shown is not None
                and len(images) < len(times)
                and times[order[len(images)]] + SAME_TIME < picture.time
            ):
                images.append(shown.rgb(fit))
            shown = picture
            if len(images) == len(times):
                break
        assert shown is not None  # a reader without pictures raises
        images += [shown.rgb(fit)] * (len(times) - len(images))
    return np.stack(images)[np.argsort(order, kind="stable")]


def read_all(
    path: Path, fit: Fit | None = None, fps: float | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """All frames of a short video, or those of a constant rate.

    Args:
        path: video file; everything is held in memory.
        fit: size; the source's without it.
        fps: take what is on screen at 0, 1 / fps, 2 / fps ... seconds; every frame without it.

    Returns:
        (F, H, W, 3) uint8 RGB, and (F,) times in seconds.
    """
    images: list[NDArray[np.uint8]] = []
    presented: list[float] = []
    with open_video(path) as video:
        for picture in video:
            images.append(picture.rgb(fit))
            presented.append(picture.time)
        duration = video.duration
    times = np.array(presented)
    if fps is None:
        return np.stack(images), times
    wanted = np.arange(max(1, round(duration * fps))) / fps
    return np.stack([images[index] for index in frames_at(wanted, times)]), wanted

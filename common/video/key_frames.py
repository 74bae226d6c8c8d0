"""Pictures of videos for people: any time of a video, one decoding each."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.timebase import frames_at
from common.video.reader import open_video

# Pictures kept of a second of video, and their height: enough for a strip of key frames.
_PER_SECOND = 4.0
_HEIGHT = 180


class KeyFrameReader:
    """Call it with a video id and a time in seconds: RGB uint8 (H, W, 3), or None without picture.

    Args:
        folder: holds `<video>.mp4`, or another suffix.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, video: str, time: float) -> NDArray[np.uint8] | None:
        path = next(iter(sorted(self.folder.glob(f"{video}.*"))), None)
        if path is None:
            return None
        try:
            images, times = _pictures(path)
        except InputError:
            return None  # the health table names the video; a page without its pictures is whole
        return images[int(frames_at(np.array([time]), times)[0])]


@lru_cache(maxsize=2)
def _pictures(path: Path) -> tuple[list[NDArray[np.uint8]], NDArray[np.float64]]:
    images: list[NDArray[np.uint8]] = []
    times: list[float] = []
    with open_video(path) as video:
        for picture in video:
            if not times or picture.time >= times[-1] + 1.0 / _PER_SECOND:
                images.append(_small(picture.rgb()))
                times.append(picture.time)
    return images, np.array(times)


def _small(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    if height <= _HEIGHT:
        return image
    size = (round(width * _HEIGHT / height), _HEIGHT)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

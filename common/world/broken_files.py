"""Three files that no reader can use, so that health checks have something real to find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.files import write_bytes
from common.video.encode import encode_sound

_RATE = 16_000


def write_broken(folder: Path, video: Path) -> None:
    """Write a truncated copy of `video`, an empty file and one with sound but no picture."""
    data = video.read_bytes()
    write_bytes(folder / "truncated.mp4", data[: len(data) * 2 // 5])
    write_bytes(folder / "zero_bytes.mp4", b"")
    encode_sound(folder / "no_video.mp4", _tone(), _RATE)


def _tone(seconds: float = 1.0) -> NDArray[np.float32]:
    times = np.arange(int(seconds * _RATE)) / _RATE
    return (0.3 * np.sin(2 * np.pi * 440.0 * times)).astype(np.float32)

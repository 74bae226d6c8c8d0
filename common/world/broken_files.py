"""Three files that no reader can use, so that health checks have something real to find."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from common.core.files import write_bytes


def write_broken(folder: Path, video: Path) -> None:
    """Write a truncated copy of `video`, an empty file and one with sound but no picture."""
    data = video.read_bytes()
    write_bytes(folder / "truncated.mp4", data[: len(data) * 2 // 5])
    write_bytes(folder / "zero_bytes.mp4", b"")
    _write_sound(folder / "no_video.mp4")


def _write_sound(path: Path, seconds: float = 1.0, rate: int = 16000) -> None:
    tone = np.sin(2 * np.pi * 440.0 * np.arange(int(seconds * rate)) / rate).astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=rate)
        frame = av.AudioFrame.from_ndarray(0.3 * tone[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = rate, 0
        for packet in stream.encode(frame):
            container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)

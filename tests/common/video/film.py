"""Test films whose frames carry their number as a bar code, in the forms that trouble readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

_BITS = 10


def numbered_picture(number: int, width: int = 160, height: int = 120) -> np.ndarray:
    """(H, W, 3) uint8: ten upright bars, white for the bits that are set, under a red strip."""
    bits = [number >> bit & 1 for bit in range(_BITS)]
    row = np.repeat(np.array(bits, np.uint8) * 255, width // _BITS)
    row = np.pad(row, (0, width - len(row)))
    picture = np.repeat(np.tile(row, (height, 1))[:, :, None], 3, axis=2)
    picture[: height // 4] = (220, 30, 30)
    return picture


def read_number(picture: np.ndarray) -> int:
    """The number that an upright picture shows, whatever its size."""
    height, width = picture.shape[:2]
    row = picture[height // 2 : -height // 8].mean(axis=(0, 2))
    centers = ((np.arange(_BITS) + 0.5) * width / _BITS).astype(int)
    return sum(int(row[x] > 128) << bit for bit, x in enumerate(centers))


def is_upright(picture: np.ndarray) -> bool:
    """Whether the red strip is at the top."""
    top = picture[: picture.shape[0] // 6].reshape(-1, 3).mean(axis=0)
    return bool(top[0] > 150 and top[1] < 100)


@dataclass
class Film:
    """How a test film is written. `times` in seconds make it one of variable frame rate; a turned
    one is stored so that its pictures are upright when shown.
    """

    n_frames: int = 30
    fps: int = 10
    times: Sequence[float] | None = None
    width: int = 160
    height: int = 120
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)
    rotation: int | None = None
    mirrored: bool = False
    sound: bool = False
    grain: int = 0  # noise of +- so many steps, so that every frame costs about the same bytes

    def write(self, path: Path) -> Path:
        with av.open(str(path), "w", options=self.container_options) as container:
            stream = container.add_stream(self.codec, rate=self.fps, options=dict(self.options))
            stream.codec_context.thread_count = 1
            stream.width, stream.height = self._stored_size()
            stream.pix_fmt = self.pix_fmt
            base = Fraction(1, self.fps)
            if self.times is not None:
                base = Fraction(1, 1000)
                stream.codec_context.time_base = base
            if self.rotation is not None:
                stream.set_display_rotation(self.rotation, hflip=self.mirrored)
            if self.sound:
                voice = container.add_stream("aac", rate=8000)
            for number in range(self.n_frames):
                frame = av.VideoFrame.from_ndarray(self._stored_picture(number), format="rgb24")
                frame.time_base = base
                frame.pts = number if self.times is None else round(self.times[number] * 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if self.sound:
                write_silence(container, voice, self.n_frames / self.fps)
        return path

    def _stored_size(self) -> tuple[int, int]:
        height, width = self._stored_picture(0).shape[:2]
        return width, height

    def _stored_picture(self, number: int) -> np.ndarray:
        picture = numbered_picture(number, self.width, self.height)
        if self.grain:
            noise = np.random.default_rng(number).integers(-self.grain, self.grain, picture.shape)
            picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
        # For showing, a stored picture is turned `rotation` degrees anticlockwise, then mirrored.
        if self.mirrored:
            picture = picture[:, ::-1]
        return np.ascontiguousarray(np.rot90(picture, k=-(self.rotation or 0) // 90))


def write_silence(container: av.container.OutputContainer, stream: object, seconds: float) -> None:
    for start in range(0, round(seconds * 8000), 1024):
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = 8000, start, Fraction(1, 8000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def write_sound_only(path: Path, seconds: float = 1.0) -> Path:
    with av.open(str(path), "w") as container:
        write_silence(container, container.add_stream("aac", rate=8000), seconds)
    return path

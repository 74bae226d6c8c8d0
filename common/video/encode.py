"""Write H.264 and MPEG-4 files whose bytes depend on their pictures alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.files import atomic_path

MotionCodec = Literal["mpeg4", "h264"]

# x264's AVX-512 macroblock tree reads beyond its buffers: without this the same pictures give other
# bytes from call to call.
_SAME_BYTES = "cpu-independent=1"


def encode_video(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    fps: float | Fraction,
    *,
    crf: int = 23,
    preset: str = "veryfast",
    gop: int = 24,
) -> int:
    """Encode RGB pictures at a constant rate (x264, one thread), atomically.

    Args:
        path: `.mp4` or another suffix whose container takes H.264.
        frames: (H, W, 3) uint8 each, all of one size, even sides; may be a generator.
        fps: frames a second.
        crf: quality, 0 to 51, lower is better and larger.
        preset: speed of x264.
        gop: frames from one key frame to the next, at most.

    Returns:
        The number of frames written.

    Raises:
        InputError: no frame, odd sides, or the file cannot be written.
    """
    options = {"crf": str(crf), "preset": preset, "g": str(gop), "x264-params": _SAME_BYTES}
    return _encode(path, frames, fps, "libx264", options)


def encode_for_motion(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    fps: float | Fraction,
    codec: MotionCodec = "mpeg4",
    *,
    gop: int = 12,
) -> int:
    """Encode so that every motion vector points to the frame just before: no B-frames, one
    reference. Arguments, result and errors are those of `encode_video`.

    Args:
        codec: `mpeg4` (MPEG-4 Part 2, constant quantiser 3) or `h264` (crf 20, no weighted
            prediction).
        gop: frames from one I-frame to the next, at most.

    Source: the published data script encodes to `mpeg4` with its defaults, a GOP of 12; its
    bit rate of 200 kbit/s is replaced by a constant quantiser, which suits every picture size.
    """
    if codec == "mpeg4":
        options = {"g": str(gop), "bf": "0", "qmin": "3", "qmax": "3"}
        return _encode(path, frames, fps, "mpeg4", options)
    options = {"crf": "20", "preset": "medium", "g": str(gop), "bf": "0", "refs": "1"}
    options["x264-params"] = f"{_SAME_BYTES}:weightp=0"
    return _encode(path, frames, fps, "libx264", options)


def _encode(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    fps: float | Fraction,
    codec: str,
    options: dict[str, str],
) -> int:
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise InputError("video.encode", str(path), "there is no frame", "Give at least one.")
    height, width = first.shape[:2]
    if height % 2 or width % 2:
        raise InputError(
            "video.encode",
            str(path),
            f"size {width}x{height} has an odd side, halved colours need even ones",
            "Crop or pad the pictures by a row or a column.",
        )
    rate = Fraction(fps).limit_denominator(1001)
    with atomic_path(path) as temporary, av.open(str(temporary), "w") as container:
        stream = container.add_stream(codec, rate=rate, options={**options, "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        count = 0
        for frame in _stamped(chain([first], pictures), rate):
            container.mux(stream.encode(frame))
            count += 1
        container.mux(stream.encode(None))
    return count


def _stamped(pictures: Iterable[NDArray[np.uint8]], rate: Fraction) -> Iterator[av.VideoFrame]:
    for index, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts, frame.time_base = index, 1 / rate
        yield frame


def encode_sound(path: Path, samples: NDArray[np.float32], rate: int) -> None:
    """Write one channel of sound (AAC) and no picture, atomically: what a health check must find.

    Args:
        path: `.mp4` or `.m4a`.
        samples: (N,) in -1..1.
        rate: samples a second.
    """
    with atomic_path(path) as temporary, av.open(str(temporary), "w") as container:
        stream = container.add_stream("aac", rate=rate)
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)

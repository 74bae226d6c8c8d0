"""I-frames and motion vectors straight from H.264 and MPEG-4: what the encoder found, for the price
of decoding.

A vector does not tell how far back its reference lies, and FFmpeg hands out wrong ones for B-frames
when it decodes in several threads. So only streams without B-frames and with one reference are
taken, and decoding has one thread; `reencode_for_motion` makes such a stream of any video.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from common.core.clips import Fit
from common.core.errors import InputError
from common.video.encode import MotionCodec, encode_for_motion
from common.video.h264_headers import reference_frames
from common.video.picture import Picture
from common.video.reader import VideoReader, open_video

CELL = 4  # pixels; no block of either codec is narrower
_TAKEN = {"I": 1, "P": 2}


@dataclass(frozen=True, slots=True)
class MotionMaps:
    """The motion of a whole video of T frames.

    Args:
        flow: (T, ceil(H / 4), ceil(W / 4), 2) float32, pixels by which what is seen in a cell of
            4x4 moved since the frame before: x to the right, y downwards; 0 in I-frames and in
            blocks without a vector.
        frame_type: (T,) uint8, 1 for an I-frame and 2 for a P-frame.
        has_mv: (T,) whether the frame came with vectors.
    """

    flow: NDArray[np.float32]
    frame_type: NDArray[np.uint8]
    has_mv: NDArray[np.bool_]


def mv_map(path: Path) -> MotionMaps:
    """Decode a video and paint its motion vectors; see `motion_frames` for what is refused."""
    maps, kinds, have = [], [], []
    for picture, flow in motion_frames(path):
        kinds.append(_TAKEN[picture.kind])
        have.append(flow is not None)
        maps.append(flow if flow is not None else _empty_map(picture))
    return MotionMaps(np.stack(maps), np.array(kinds, np.uint8), np.array(have))


def motion_frames(path: Path) -> Iterator[tuple[Picture, NDArray[np.float32] | None]]:
    """Every picture with its motion map (`MotionMaps.flow`), None where it came without vectors.

    Raises:
        InputError: the video cannot be read (`open_video`); `video.motion_stream` where it is
            neither MPEG-4 nor H.264, has B-frames or several references, or is stored turned.
    """
    with open_video(path, motion=True) as video:
        _check_stream(video)
        for picture in video:
            if picture.kind not in _TAKEN:
                raise _unfit(path, f"frame {picture.index} is a {picture.kind}-frame")
            if picture.is_turned:
                raise _unfit(path, "its pictures are stored turned")
            vectors = picture.motion_vectors()
            yield picture, paint_blocks(vectors, *picture.stored_size) if len(vectors) else None


def paint_blocks(vectors: NDArray[np.void], height: int, width: int) -> NDArray[np.float32]:
    """The motion map of one frame: each block's displacement in all of its cells.

    Args:
        vectors: (N,) rows with `source`, `w`, `h`, `dst_x`, `dst_y` (centre of the block, pixels),
            `motion_x`, `motion_y`, `motion_scale`. The vector points to where the block came from;
            its negative is the motion since then. Rows whose source lies in the future are left
            out; where blocks overlap, the later row counts.
        height: of the frame, pixels.
        width: of the frame, pixels.

    Returns:
        (ceil(height / 4), ceil(width / 4), 2) float32, pixels, x and y.
    """
    flow = np.zeros((-(-height // CELL), -(-width // CELL), 2), np.float32)
    columns = [
        vectors[name].astype(np.int64)
        for name in ("source", "w", "h", "dst_x", "dst_y", "motion_x", "motion_y", "motion_scale")
    ]
    _paint(flow, *columns)
    return flow


def reencode_for_motion(
    source: Path, target: Path, codec: MotionCodec = "mpeg4", fit: Fit | None = None
) -> int:
    """Write `target` (.mp4) from any video so that `mv_map` takes it; see `encode_for_motion`.

    Args:
        fit: size; the source's without it, which must have even sides.

    Returns:
        The number of frames, in the source's order, at its mean rate.
    """
    with open_video(source) as video:
        for _ in video:
            pass
        rate = video.n_frames / video.duration
    with open_video(source) as video:
        return encode_for_motion(target, (picture.rgb(fit) for picture in video), rate, codec)


@njit(cache=True, nogil=True)
def _paint(flow, source, w, h, x, y, motion_x, motion_y, scale):  # type: ignore[no-untyped-def]
    rows, columns = flow.shape[:2]
    for i in range(len(source)):
        if source[i] >= 0:
            continue
        top, left = (y[i] - h[i] // 2) // CELL, (x[i] - w[i] // 2) // CELL
        for row in range(max(top, 0), min(top + h[i] // CELL, rows)):
            for column in range(max(left, 0), min(left + w[i] // CELL, columns)):
                flow[row, column, 0] = -motion_x[i] / scale[i]
                flow[row, column, 1] = -motion_y[i] / scale[i]


def _empty_map(picture: Picture) -> NDArray[np.float32]:
    height, width = picture.stored_size
    return np.zeros((-(-height // CELL), -(-width // CELL), 2), np.float32)


def _check_stream(video: VideoReader) -> None:
    if video.codec not in ("mpeg4", "h264"):
        raise _unfit(video.path, f"it is coded in {video.codec}, not in MPEG-4 or H.264")
    if video.codec == "h264":
        references = reference_frames(video.headers)
        if references is None:
            raise _unfit(video.path, "its headers do not tell how many references it has")
        if references > 1:
            raise _unfit(video.path, f"its vectors may point to any of {references} frames")


def _unfit(path: Path, problem: str) -> InputError:
    return InputError(
        "video.motion_stream",
        str(path),
        problem,
        "Encode it anew without B-frames and with one reference (`reencode_for_motion`).",
    )

"""One decoded frame: it becomes an RGB array, turned upright and brought to size, when asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from av import VideoFrame
from av.sidedata.sidedata import Type
from av.video.frame import PictureType
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from common.core.clips import Fit

Image = NDArray[np.uint8]

# Area averaging when it shrinks, bilinear when it grows; the exact flags make it the same with and
# without vector instructions. 160x120 -> 80x60 costs 0.02 ms so, 0.2 ms through a full RGB copy.
_SCALING = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


# The columns of a motion vector that are read here, for frames that have none.
_VECTOR = np.dtype(
    [
        ("source", "i4"),
        ("w", "u1"),
        ("h", "u1"),
        ("dst_x", "i2"),
        ("dst_y", "i2"),
        ("motion_x", "i4"),
        ("motion_y", "i4"),
        ("motion_scale", "u2"),
    ]
)


@dataclass(frozen=True, slots=True)
class Turn:
    """How a stored picture is set upright: swap rows and columns first, then mirror."""

    swap: bool = False
    mirror_rows: bool = False
    mirror_columns: bool = False

    def apply(self, image: Image) -> Image:
        """The upright picture, (H, W, 3)."""
        if self.swap:
            image = image.transpose(1, 0, 2)
        if self.mirror_rows:
            image = image[::-1]
        if self.mirror_columns:
            image = image[:, ::-1]
        return np.ascontiguousarray(image)


def turn_of(frame: VideoFrame) -> Turn:
    """Read the display matrix of a frame; angles between right angles count as the nearest one.

    The matrix is stored by rows in 16.16 fixed point; x' = a x + c y, y' = b x + d y.
    """
    # PyAV ties a frame and its side data into a ring, which lives until the collector comes by: a
    # small copy is looked at, so that the ring does not hold the decoder's buffers.
    side_data = frame.reformat(width=16, height=16, format="gray", threads=1).side_data
    if Type.DISPLAYMATRIX not in side_data:
        return Turn()
    a, b, _, c, d = np.frombuffer(bytes(side_data[Type.DISPLAYMATRIX]), np.int32)[:5].tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(False, d < 0, a < 0)
    return Turn(True, b < 0, c < 0)


class Scaler:
    """Turns frames of one video into RGB; keeps one conversion per size."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self._reformatters: dict[Fit | None, VideoReformatter] = {}

    def rgb(self, frame: VideoFrame, fit: Fit | None) -> Image:
        """(H, W, 3) uint8, upright; in the source's size without `fit`."""
        reformatter = self._reformatters.setdefault(fit, VideoReformatter())
        width, height = self._scaled_size(frame, fit)
        if self.turn.swap:
            width, height = height, width
        # One thread: a conversion of a small picture is over before a second one has started.
        converted = reformatter.reformat(
            frame, width=width, height=height, format="rgb24", interpolation=_SCALING, threads=1
        )
        image = self.turn.apply(converted.to_ndarray())
        return image if fit is None else _centre(image, fit)

    def size(self, frame: VideoFrame) -> tuple[int, int]:
        """(width, height) as shown."""
        if self.turn.swap:
            return frame.height, frame.width
        return frame.width, frame.height

    def _scaled_size(self, frame: VideoFrame, fit: Fit | None) -> tuple[int, int]:
        width, height = self.size(frame)
        if fit is None:
            return width, height
        if fit.short_side is None:
            return fit.width, fit.height
        scale = fit.short_side / min(width, height)
        return int(width * scale + 0.5), int(height * scale + 0.5)


def _centre(image: Image, fit: Fit) -> Image:
    top, left = (image.shape[0] - fit.height) // 2, (image.shape[1] - fit.width) // 2
    if top == left == 0 and image.shape[:2] == (fit.height, fit.width):
        return image
    return np.ascontiguousarray(image[top : top + fit.height, left : left + fit.width])


class Picture:
    """A frame on its way: `index` and `time` (seconds from the first frame) are known, pixels are
    made when asked for, once per size.
    """

    __slots__ = ("_frame", "_images", "_scaler", "index", "time")

    def __init__(self, index: int, time: float, frame: VideoFrame, scaler: Scaler) -> None:
        self.index, self.time = index, time
        self._frame, self._scaler = frame, scaler
        self._images: dict[Fit | None, Image] = {}

    @property
    def kind(self) -> str:
        """`I`, `P`, `B` or another picture type, as the stream has it."""
        return PictureType(self._frame.pict_type).name

    @property
    def stored_size(self) -> tuple[int, int]:
        """(height, width) as stored, before it is turned upright."""
        return self._frame.height, self._frame.width

    @property
    def is_turned(self) -> bool:
        """Whether it is stored otherwise than it is shown."""
        return self._scaler.turn != Turn()

    def motion_vectors(self) -> NDArray[np.void]:
        """(N,) rows of FFmpeg's `AVMotionVector`, of the picture as stored; none for I-frames, and
        none unless the video was opened with `motion`.
        """
        side_data = self._frame.side_data
        if Type.MOTION_VECTORS not in side_data:
            return np.empty(0, _VECTOR)
        return np.asarray(side_data[Type.MOTION_VECTORS].to_ndarray())

    def rgb(self, fit: Fit | None = None) -> Image:
        """(H, W, 3) uint8 RGB, upright; the same array for every call with the same `fit`."""
        if fit not in self._images:
            self._images[fit] = self._scaler.rgb(self._frame, fit)
        return self._images[fit]

"""Render one planned video: pieces of clips with frame rates of their own, joined by time stamps at
one output rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.clips import Fit
from common.core.errors import InputError
from common.data.compose_plan import VideoPlan
from common.video.encode import encode_video
from common.video.picture import Picture
from common.video.reader import open_video

Image = NDArray[np.uint8]

# A time that is meant to be a frame's own may lie a rounding error before it (as in timebase).
_SAME_TIME = 1e-6


def render_video(
    plan: VideoPlan,
    clips: dict[str, Path],
    fps: float,
    size: tuple[int, int],
    crf: int,
    target: Path,
) -> None:
    """Encode the pieces of `plan`, one after the other, to `target`, atomically.

    Args:
        plan: pieces count frames at `fps`.
        clips: clip id -> file.
        fps: output rate.
        size: (width, height) of the output.
        crf: quality of the encoder.
        target: the new file.

    Raises:
        InputError: a clip cannot be read; the file cannot be written.
    """
    frames = (
        frame
        for run in plan.runs
        for piece in run.pieces
        for frame in frames_at_times(
            clips[piece.clip], (piece.first + np.arange(piece.frames)) / fps, size
        )
    )
    written = encode_video(target, frames, fps, crf=crf)
    if written != plan.frames:
        raise InputError(
            "compose.frames",
            plan.video,
            f"{written} frames came out of its clips, {plan.frames} were planned",
            "A clip changed while we read it: run the command again.",
        )


def frames_at_times(
    path: Path, times: Sequence[float] | NDArray[np.float64], size: tuple[int, int]
) -> Iterator[Image]:
    """The picture on screen at each time: the last one shown at or before it.

    Args:
        path: a video.
        times: seconds from its first frame, ascending; later than its end means its last frame.
        size: (width, height); the picture is scaled to cover it and cut around its centre.
    """
    wanted = iter(times)
    time = next(wanted, None)
    shown: Picture | None = None
    with open_video(path) as video:
        for picture in video:
            while time is not None and shown is not None and time + _SAME_TIME < picture.time:
                yield _cover(shown, (video.width, video.height), size)
                time = next(wanted, None)
            if time is None:
                return
            shown = picture
        while time is not None and shown is not None:
            yield _cover(shown, (video.width, video.height), size)
            time = next(wanted, None)


def _cover(picture: Picture, source: tuple[int, int], size: tuple[int, int]) -> Image:
    """(height, width, 3): as much of the picture as `size` has room for, proportions kept."""
    scale = max(size[0] / source[0], size[1] / source[1])
    width, height = (max(side, round(old * scale)) for side, old in zip(size, source, strict=True))
    image = picture.rgb(Fit(width, height))
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    return image[top : top + size[1], left : left + size[0]]

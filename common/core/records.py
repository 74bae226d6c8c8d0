"""What the annotations of every challenge become. Frozen; validated once, at the boundary."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from common.core.errors import InputError

Subset = Literal["train", "validation", "test"]
SUBSETS: tuple[Subset, ...] = ("train", "validation", "test")

_VIDEO_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")


def check_video_id(video: str, where: str = "") -> str:
    """The id itself, if it can be a file name; ids become file names, so nothing else may pass.

    Raises:
        InputError: not 1 to 128 letters, digits, `_`, `.`, `-`, or it starts with a dot.
    """
    if not _VIDEO_ID.fullmatch(video):
        raise InputError(
            "record.video_id",
            where or "video id",
            f"{video[:80]!r} is not 1 to 128 letters, digits, '_', '.', '-' with no leading dot",
            "Rename the video.",
        )
    return video


@dataclass(frozen=True, slots=True)
class Video:
    """One video. `duration` in seconds; `fps` and size are None where the annotation does not give
    them.
    """

    video: str
    subset: Subset
    duration: float
    fps: float | None = None
    width: int | None = None
    height: int | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.duration) and self.duration > 0):
            raise InputError(
                "record.duration",
                self.video,
                f"duration {self.duration!r} s is not positive",
                "Correct the duration.",
            )


@dataclass(frozen=True, slots=True)
class Segment:
    """An interval [start, end) of a video. Seconds from its first frame."""

    video: str
    start: float
    end: float

    def __post_init__(self) -> None:
        _check_order(self.video, self.start, self.end)


@dataclass(frozen=True, slots=True)
class LabelledSegment:
    """One action interval [start, end). Seconds from the first frame of the video."""

    video: str
    start: float
    end: float
    label: str

    def __post_init__(self) -> None:
        _check_order(self.video, self.start, self.end)


@dataclass(frozen=True, slots=True)
class KeyframeBox:
    """A person or object at a key frame. Corners are fractions of width and height; `actions` are
    class ids.
    """

    video: str
    timestamp: float
    x1: float
    y1: float
    x2: float
    y2: float
    actions: tuple[int, ...]
    person: int | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class ObjectMask:
    """Where the mask of one object of one frame lies: pixels of `path` that equal `object_id`."""

    sequence: str
    frame: str
    object_id: int
    path: str


@dataclass(frozen=True, slots=True)
class Clip:
    """A trimmed clip with its label; `group` names the source video, so that a split never
    separates its parts.
    """

    clip: str
    path: str
    label: str
    subset: Subset
    group: str


def _check_order(video: str, start: float, end: float) -> None:
    if not (math.isfinite(start) and math.isfinite(end) and 0.0 <= start < end):
        raise InputError(
            "segment.order",
            video,
            f"start {start:.3f} s is not before end {end:.3f} s (or is negative)",
            "Drop the segment or swap its ends.",
        )

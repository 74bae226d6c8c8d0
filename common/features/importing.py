"""Other people's features become a feature store. What is not told is not guessed."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.files import atomic_folder
from common.core.hashing import sha256_value
from common.core.timebase import SnippetGrid
from common.features.durations import Length, read_lengths
from common.features.foreign import ForeignArray, foreign_arrays
from common.features.store import UNKNOWN, Features, check_video_id, write_features


@dataclass(frozen=True, slots=True)
class Layout:
    """When the rows of the source's arrays were seen.

    Args:
        fps: frame rate at which the extractor saw the videos; None where it saw each at its own,
            which the durations file then holds.
        stride_frames, first_center_frames: frames of that rate between two rows, and from the start
            of the video to the centre of the first; for one row a snippet.
        steps: number of rows; for features that were resized to a fixed number a video.
        transpose: the arrays are (C, T).
    """

    fps: float | None
    stride_frames: float | None = None
    first_center_frames: float | None = None
    steps: int | None = None
    transpose: bool = False

    def __post_init__(self) -> None:
        told = (self.stride_frames is not None, self.first_center_frames is not None)
        resized = self.steps is not None
        if (resized and any(told)) or (not resized and not all(told)):
            raise InputError(
                "features.layout",
                "layout",
                "the time of the rows is not told, or told twice",
                "Give --stride-frames and --first-center-frames for one row a snippet, or --steps "
                "for features that were resized to a fixed number of rows a video.",
            )
        positive = (self.fps, self.stride_frames, self.steps)
        centre = self.first_center_frames
        if not (
            all(value is None or 0 < value < math.inf for value in positive)
            and (centre is None or 0 <= centre < math.inf)
        ):
            raise InputError(
                "features.layout",
                "layout",
                f"fps {self.fps}, stride {self.stride_frames} frames, first centre "
                f"{self.first_center_frames} frames, {self.steps} steps",
                "Rates, strides and steps are positive; the first centre is not negative.",
            )


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `without_features` are videos of the durations file that have none."""

    videos: int
    channels: int
    without_features: tuple[str, ...]


def import_features(
    source: Path,
    out: Path,
    durations: Path,
    extractor: str,
    layout: Layout,
    *,
    key: str | None = None,
    prefix: str = "",
    weights_sha256: str = UNKNOWN,
) -> Imported:
    """Make the feature store `out` of the arrays in `source`; all or nothing.

    Args:
        source: folder of `.npy`, `.npz` or `.csv` files, or one HDF5 file; see `foreign_arrays`.
        out: folder of one extractor's features; must not exist or be empty.
        durations: how long the videos are; see `read_lengths`.
        extractor: name of what made the features, with its version and training data.
        layout: when the rows were seen.
        key: of the array where a file holds several.
        prefix: what stands before the id in file names and in `durations` (`v_`).
        weights_sha256: of the extractor's weights, where they are known.

    Raises:
        InputError: see `foreign_arrays`, `read_lengths`, `Layout`; an array whose rows do not fit
            the video's duration, or that is turned; a video of unknown duration; two widths.
    """
    if not re.fullmatch(r"[A-Za-z0-9_.+-]{1,80}", extractor):
        raise InputError(
            "features.extractor_name",
            repr(extractor),
            "a name has 1 to 80 of the characters A-Z a-z 0-9 _ . + -",
            "For instance tsp_r2plus1d34_anet.",
        )
    if out.exists() and any(out.iterdir()):
        raise InputError(
            "features.out", str(out), "is there and not empty", "Choose a new folder, or remove it."
        )
    lengths = read_lengths(durations, prefix)
    settings = sha256_value([asdict(layout), extractor, weights_sha256])
    videos: set[str] = set()
    channels = 0
    with atomic_folder(out) as folder:
        for found in foreign_arrays(source, key):
            video = found.name.removeprefix(prefix)
            check_video_id(video)
            length = _length_of(video, lengths, found.where, durations)
            fps = _rate(layout, length, f"{durations} {video}")
            array, grid = _placed(found, layout, fps, length)
            if channels and array.shape[1] != channels:
                raise InputError(
                    "features.shape",
                    found.where,
                    f"has {array.shape[1]} channels, the ones before have {channels}",
                    "Import each kind of features into a folder of its own.",
                )
            channels = array.shape[1]
            write_features(
                folder,
                Features(
                    video=video,
                    array=array,
                    scores=None,
                    classes=None,
                    grid=grid,
                    duration=length.covered if layout.steps else length.duration,
                    fps=fps,
                    extractor=extractor,
                    weights_sha256=weights_sha256,
                    source_sha256=found.source_sha256,
                    item_key=sha256_value([settings, found.source_sha256]),
                ),
            )
            videos.add(video)
    return Imported(len(videos), channels, tuple(sorted(set(lengths) - videos)))


def _length_of(video: str, lengths: dict[str, Length], where: str, durations: Path) -> Length:
    if video not in lengths:
        some = ", ".join(sorted(lengths)[:3])
        raise InputError(
            "features.durations",
            where,
            f"{durations} has no video {video!r} (it has {some} …)",
            "Give the durations of all videos, or the --prefix of the file names.",
        )
    return lengths[video]


def _rate(layout: Layout, length: Length, where: str) -> float:
    """The frame rate of a video; 0 where it is not known and decides nothing."""
    fps = layout.fps if layout.fps is not None else length.fps
    if fps is None and layout.steps is not None:
        return 0.0
    if fps is None or not 0 < fps < math.inf:
        raise InputError(
            "features.durations",
            where,
            f"its frame rate is {fps}",
            "Give --fps, or durations with a column fps.",
        )
    return fps


def _placed(
    found: ForeignArray, layout: Layout, fps: float, length: Length
) -> tuple[NDArray[Any], SnippetGrid]:
    """The array as (T, C) float, and its grid."""
    array = found.array.T if layout.transpose else found.array
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise InputError(
            "features.shape",
            found.where,
            f"is {found.array.dtype} {found.array.shape}, expected numbers (T, C)",
            "Take one array of two axes a video; average crops and views first.",
        )
    rows, columns = array.shape
    if not _fits(rows, layout, fps, length):
        if _fits(columns, layout, fps, length):
            raise InputError(
                "features.transposed",
                found.where,
                f"has shape {(rows, columns)}, which is (C, T): {columns} rows fit the video, "
                f"so (T, C) is {(columns, rows)}",
                "Turn it: --transpose." if not layout.transpose else "Leave out --transpose.",
            )
        raise InputError(
            "features.grid",
            found.where,
            f"has {rows} rows, expected {_expected(layout, fps, length)}",
            "Correct --fps, --stride-frames, --steps or the durations.",
        )
    if array.dtype != np.float16:
        array = array.astype(np.float32)
    return np.ascontiguousarray(array), _grid(rows, layout, fps, length)


def _grid(rows: int, layout: Layout, fps: float, length: Length) -> SnippetGrid:
    if layout.steps is not None:
        stride = length.covered / layout.steps
        return SnippetGrid(stride / 2, stride, rows)
    assert layout.stride_frames is not None and layout.first_center_frames is not None
    return SnippetGrid(layout.first_center_frames / fps, layout.stride_frames / fps, rows)


def _fits(rows: int, layout: Layout, fps: float, length: Length) -> bool:
    if layout.steps is not None:
        return rows == layout.steps
    grid = _grid(rows, layout, fps, length)
    last = grid.first_center_seconds + (rows - 1) * grid.stride_seconds
    return abs(last - length.duration) < 2 * grid.stride_seconds


def _expected(layout: Layout, fps: float, length: Length) -> str:
    if layout.steps is not None:
        return f"{layout.steps} steps"
    grid = _grid(1, layout, fps, length)
    about = max(1, round((length.duration - grid.first_center_seconds) / grid.stride_seconds + 1))
    return (
        f"about {about}: one every {grid.stride_seconds:g} s from {grid.first_center_seconds:g} s "
        f"in a video of {length.duration:.2f} s"
    )

"""The feature store: a folder of one extractor's features, one `.safetensors` file per video.

A file explains itself: `features` (T, C), `scores` (T, K) where the extractor has a classifier, and
in its metadata when each row was seen and what made it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.tensor_files import read_metadata, read_tensors, write_tensors
from common.core.timebase import SnippetGrid
from common.video.health import Health

SUFFIX = ".safetensors"
UNKNOWN = "unknown"  # in place of a hash that an import cannot know

_VIDEO_ID = re.compile(r"(?!\.)[A-Za-z0-9_.-]{1,128}")
_NUMBERS = ("fps", "duration", "stride_seconds", "first_center_seconds")
_TEXTS = ("video", "extractor", "weights_sha256", "source_sha256", "item_key")


@dataclass(frozen=True, slots=True)
class Features:
    """One video's features by one extractor.

    Args:
        video: id, and name of the file.
        array: (T, C) float32 or float16, finite.
        scores: (T, K) float32, softmax of the extractor's own classifier; None where it has none.
        classes: K labels of `scores`.
        grid: when each row was seen.
        duration: seconds of the video; for features that were resized before they came here, of
            what they cover.
        fps: frame rate of the source, 0 where it is not known.
        extractor: name; training refuses to mix two under one name.
        weights_sha256, source_sha256: of the network's and of the video's file.
        item_key: equal keys mean that nothing that decides the content has changed.
        health: what the reader found in the video; None where the features were imported.
    """

    video: str
    array: NDArray[Any]
    scores: NDArray[np.float32] | None
    classes: tuple[str, ...] | None
    grid: SnippetGrid
    duration: float
    fps: float
    extractor: str
    weights_sha256: str
    source_sha256: str
    item_key: str
    health: Health | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What all files of one store have in common."""

    extractor: str
    weights_sha256: str
    n_videos: int


def write_features(folder: Path, features: Features) -> Path:
    """Write `<folder>/<video>.safetensors` atomically; equal content gives equal bytes.

    Raises:
        InputError: an id that is no safe file name, an array of another shape or type than
            promised, a value that is not finite, a grid that does not cover the video, or a file
            that cannot be written.
    """
    where = f"features of {features.video}"
    check_video_id(features.video)
    _check_array(features, where)
    check_grid(features.grid, features.duration, where)
    arrays = {"features": features.array}
    metadata = {name: getattr(features, name) for name in _TEXTS}
    metadata |= {name: repr(float(value)) for name, value in _numbers(features).items()}
    if features.scores is not None:
        arrays["scores"] = features.scores
        metadata["classes"] = json.dumps(list(features.classes or ()), ensure_ascii=False)
    if features.health is not None:
        metadata["health"] = json.dumps(asdict(features.health), sort_keys=True)
    path = feature_path(folder, features.video)
    write_tensors(path, arrays, metadata)
    return path


def read_features(folder: Path, video: str) -> Features:
    """Read one video's features and check that they make sense.

    Raises:
        InputError: no such file, a damaged one, metadata that lack something, an array of the wrong
            shape, or a grid that does not cover the video (a wrong stride or rate).
    """
    path = feature_path(folder, video)
    features = parse_features(path)
    _check_array(features, str(path))
    if features.video != video:
        raise InputError(
            "features.metadata",
            str(path),
            f"holds the features of video {features.video!r}",
            "Give the file the name of its video.",
        )
    check_grid(features.grid, features.duration, str(path))
    return features


def parse_features(path: Path) -> Features:
    """What a feature file holds, whether it makes sense or not.

    Raises:
        InputError: no such file, a damaged one, or metadata that lack something.
    """
    arrays, metadata = read_tensors(path)
    try:
        numbers = {name: float(metadata[name]) for name in _NUMBERS}
        texts = {name: metadata[name] for name in _TEXTS}
        array, scores = arrays["features"], arrays.get("scores")
        classes = None if scores is None else tuple(json.loads(metadata["classes"]))
        health = health_in(metadata)
        if array.ndim != 2:
            raise ValueError(f"features of shape {array.shape}")
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(
            "features.metadata",
            str(path),
            f"it is no file of a feature store ({type(error).__name__}: {error})",
            "Import it: emc2 features import.",
        ) from error
    grid = SnippetGrid(numbers["first_center_seconds"], numbers["stride_seconds"], len(array))
    return Features(
        array=array,
        scores=scores,
        classes=classes,
        grid=grid,
        duration=numbers["duration"],
        fps=numbers["fps"],
        health=health,
        **texts,
    )


def health_in(metadata: Mapping[str, str]) -> Health | None:
    """What the reader found in the video of a feature file; None for imported features."""
    return Health(**json.loads(metadata["health"])) if "health" in metadata else None


def list_features(folder: Path) -> list[str]:
    """Sorted ids of the videos that the store holds; empty where the folder is missing."""
    return sorted(path.stem for path in Path(folder).glob(f"*{SUFFIX}"))


def feature_path(folder: Path, video: str) -> Path:
    """Where a video's features lie."""
    return Path(folder) / f"{video}{SUFFIX}"


def check_one_extractor(folder: Path) -> Provenance:
    """Refuse a store that mixes extractors or weights; no array is read.

    Raises:
        InputError: two files that differ, both named, or an empty folder.
    """
    videos = list_features(folder)
    if not videos:
        raise InputError(
            "features.none",
            str(folder),
            "no features here",
            "Extract them: dvc repro, or import them: emc2 features import.",
        )
    first: tuple[str, str] | None = None
    for video in videos:
        metadata = read_metadata(feature_path(folder, video))
        found = metadata.get("extractor", UNKNOWN), metadata.get("weights_sha256", UNKNOWN)
        first = first or found
        if found != first:
            raise InputError(
                "features.mixed",
                str(folder),
                f"{videos[0]} comes from extractor {_shown(first)}, {video} from {_shown(found)}",
                "Keep each extractor in a folder of its own, or extract all videos with one.",
            )
    assert first is not None
    return Provenance(*first, len(videos))


def check_video_id(video: str) -> None:
    """Refuse ids that are no safe file names."""
    if not _VIDEO_ID.fullmatch(video):
        raise InputError(
            "features.video_id",
            repr(video),
            "an id has 1 to 128 of the characters A-Z a-z 0-9 _ . - and does not begin with a dot",
            "Rename the video.",
        )


def check_grid(grid: SnippetGrid, duration: float, where: str) -> None:
    """Refuse a grid whose last centre is two strides or more away from the end of the video: a
    wrong stride, frame rate or number of rows gives scores near zero and no other sign.
    """
    last = grid.first_center_seconds + (grid.n_snippets - 1) * grid.stride_seconds
    if not (grid.stride_seconds > 0 and abs(last - duration) < 2 * grid.stride_seconds):
        raise InputError(
            "features.grid",
            where,
            f"{grid.n_snippets} rows every {grid.stride_seconds:g} s from "
            f"{grid.first_center_seconds:g} s end at {last:.3f} s, the video ends at "
            f"{duration:.3f} s",
            "Correct stride, frame rate or duration; the last row must lie within two strides "
            "of the end.",
        )


def _check_array(features: Features, where: str) -> None:
    array, scores = features.array, features.scores
    shape_ok = array.ndim == 2 and array.shape[0] == features.grid.n_snippets and array.size > 0
    if not shape_ok or array.dtype not in (np.float32, np.float16):
        raise InputError(
            "features.shape",
            where,
            f"features are {array.dtype} {array.shape}, expected float32 or float16 "
            f"({features.grid.n_snippets}, C)",
            "Rows are snippets, columns are channels.",
        )
    if scores is not None:
        expected = (len(array), len(features.classes or ()))
        if scores.shape != expected or scores.dtype != np.float32:
            raise InputError(
                "features.shape",
                where,
                f"scores are {scores.dtype} {scores.shape}, expected float32 {expected}",
                "Give one row a snippet and one column a class.",
            )
    for name, values in (("features", array), ("scores", scores)):
        if values is not None and not np.isfinite(values).all():
            row = int(np.argwhere(~np.isfinite(values))[0][0])
            raise InputError(
                "features.finite",
                f"{where} row {row}",
                f"{name} hold a value that is not finite in {values.dtype}",
                "Repair the source; where float16 is too narrow, use float32.",
            )


def _numbers(features: Features) -> dict[str, float]:
    grid = features.grid
    return {
        "fps": features.fps,
        "duration": features.duration,
        "stride_seconds": grid.stride_seconds,
        "first_center_seconds": grid.first_center_seconds,
    }


def _shown(found: tuple[str, str]) -> str:
    return f"{found[0]} (weights {found[1][:8]})"

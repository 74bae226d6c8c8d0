"""The trimmed clips and validation segments of a dataset folder, decoded once for all trainings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.clips import ClipSpec, Fit
from common.core.errors import InputError
from common.core.hashing import sha256_file, sha256_value
from common.core.tensor_files import read_metadata, read_tensors, write_tensors
from common.core.timebase import frame_times
from common.training.clip_dataset import Frames, TrimmedClips
from common.video.clips import read_all, read_clip

BACKGROUND = "background"


def read_table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """A CSV file of the dataset folder.

    Raises:
        InputError: no such file, not a table, or a column is missing.
    """
    try:
        table = pd.read_csv(path, keep_default_na=False)
    except FileNotFoundError as error:
        raise InputError(
            "dataset.table", str(path), "no such file", "Make the dataset folder first."
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(
            "dataset.table", str(path), f"is not a CSV table ({error})", "Correct the file."
        ) from error
    for column in columns:
        if column not in table.columns:
            found = ", ".join(map(str, table.columns))
            raise InputError(
                "dataset.table",
                str(path),
                f"no column {column!r}, found {found}",
                f"Give it the columns {', '.join(columns)}.",
            )
    return table


def class_names(folder: Path, labels: Sequence[str]) -> tuple[str, ...]:
    """The classes of `classes.csv`, in its order, and `background` last if clips have it.

    Raises:
        InputError: a clip's label is not among them.
    """
    listed = read_table(folder / "classes.csv", ["label"])["label"].astype(str).tolist()
    known = [label for label in listed if label != BACKGROUND]
    if BACKGROUND in labels:
        known.append(BACKGROUND)
    for row, label in enumerate(labels, start=2):
        if label not in known:
            raise InputError(
                "dataset.label",
                f"{folder / 'clips.csv'} line {row}",
                f"label {label!r} is not in classes.csv",
                "Add it there or correct it here.",
            )
    return tuple(known)


@dataclass(frozen=True, slots=True)
class Decoding:
    """How clips are kept in memory.

    Args:
        fit: size of the frames.
        fps: of the frames that a training clip takes.
        steps: frames kept for each of those, so that it can begin in between.
    """

    fit: Fit
    fps: float
    steps: int


def decode_clips(folder: Path, decoding: Decoding, store: Path) -> None:
    """Decode the clips of `clips.csv` into one file, unless it holds just those already.

    Args:
        folder: the dataset folder.
        decoding: size and rate.
        store: `.safetensors` file: `frames` (all clips one after the other), `lengths`, `labels`;
            its metadata say what it was made from.

    Raises:
        InputError: a table or a clip cannot be read; the file and the row are named.
    """
    table = read_table(folder / "clips.csv", ["clip", "path", "label"])
    if table.empty:
        raise InputError(
            "dataset.empty", str(folder / "clips.csv"), "no clips", "Add trimmed clips."
        )
    labels = table["label"].astype(str).tolist()
    classes = class_names(folder, labels)
    paths = [folder / path for path in table["path"].astype(str)]
    for row, path in enumerate(paths, start=2):
        if not path.is_file():
            place = f"{folder / 'clips.csv'} line {row}"
            raise InputError("dataset.clip", place, f"no file {path}", "Correct the path.")
    key = _key(paths, labels, classes, decoding)
    if store.exists() and read_metadata(store).get("key") == key:
        return
    rate = decoding.fps * decoding.steps
    frames = [read_all(path, decoding.fit, rate)[0] for path in paths]
    positions = {label: position for position, label in enumerate(classes)}
    arrays = {
        "frames": np.concatenate(frames),
        "lengths": np.array([len(clip) for clip in frames]),
        "labels": np.array([positions[label] for label in labels]),
    }
    metadata = {"key": key, "classes": json.dumps(classes), "steps": str(decoding.steps)}
    write_tensors(store, arrays, metadata)


def load_clips(store: Path) -> TrimmedClips:
    """What `decode_clips` wrote."""
    arrays, metadata = read_tensors(store)
    ends = np.cumsum(arrays["lengths"])
    return TrimmedClips(
        np.split(arrays["frames"], ends[:-1]),
        arrays["labels"].tolist(),
        tuple(json.loads(metadata["classes"])),
        int(metadata["steps"]),
        metadata["key"],
    )


@dataclass(frozen=True, slots=True)
class SegmentClips:
    """The clips at the centres of the validation segments: (N, T, H, W, 3) uint8, and labels."""

    frames: NDArray[np.uint8]
    labels: list[str]


def read_validation(folder: Path, spec: ClipSpec) -> SegmentClips:
    """One clip at the centre of every validation segment, as extraction would sample it there."""
    videos = read_table(folder / "videos.csv", ["video", "subset"])
    segments = read_table(folder / "segments.csv", ["video", "start", "end", "label"])
    wanted = set(videos.loc[videos["subset"] == "validation", "video"])
    segments = segments[segments["video"].isin(wanted)]
    frames: list[Frames] = []
    labels: list[str] = []
    for video, rows in segments.groupby("video", sort=True):
        centers = (rows["start"] + rows["end"]) / 2
        times = [frame_times(center, spec.frames, spec.spacing) for center in centers]
        taken = read_clip(folder / "videos" / f"{video}.mp4", np.concatenate(times), spec.fit)
        frames += list(taken.reshape(len(rows), spec.frames, *taken.shape[1:]))
        labels += rows["label"].tolist()
    size = (0, spec.frames, spec.fit.height, spec.fit.width, 3)
    return SegmentClips(np.stack(frames) if frames else np.empty(size, np.uint8), labels)


def _key(
    paths: Sequence[Path], labels: Sequence[str], classes: Sequence[str], decoding: Decoding
) -> str:
    size = [decoding.fit.width, decoding.fit.height, decoding.fit.short_side]
    contents = [sha256_file(path) for path in paths]
    return sha256_value([contents, list(labels), list(classes), size, decoding.fps, decoding.steps])

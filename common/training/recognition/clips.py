"""The clips of a list, decoded once: small frames at a constant rate, in one file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.files import write_text
from common.core.hashing import sha256_file, sha256_value
from common.core.launcher import Broken, map_items
from common.core.params.recognition import Recognition
from common.core.tensor_files import read_metadata, read_tensors, write_tensors
from common.core.timebase import SAME_TIME
from common.training.recognition.lists import ClipItem
from common.video.reader import open_video

Frames = NDArray[np.uint8]
# Mean change from the first frame, on the scale 0..255, below which nothing moves: encoding noise
# of a still picture stays below it.
_STILL = 0.1


@dataclass(frozen=True, slots=True)
class DecodedClips:
    """Clips in memory.

    Args:
        items: of the list, without those that were left out.
        frames: of each, (F, H, W, 3) uint8 RGB; sizes differ.
        fps: of all.
        fingerprint: changes whenever frames or labels do.
        left_out: clips that cannot be used, with the reason.
    """

    items: tuple[ClipItem, ...]
    frames: Sequence[Frames]
    fps: float
    fingerprint: str
    left_out: tuple[Broken, ...]


def decode_list(
    items: Sequence[ClipItem], folder: Path, params: Recognition, cache: Path
) -> DecodedClips:
    """Decode the clips of a list, unless `cache` holds them already.

    A clip that is missing, broken, shorter than `sampling.min_seconds` or a still picture is left
    out and named; the training or test goes on with the others.

    Raises:
        InputError: no clip can be used.
    """
    hashes = {item.path: _content(folder / item.path) for item in items}
    sampling = params.sampling
    settings = [sampling.stored_fps, sampling.short_side, sampling.min_seconds]
    key = sha256_value([[[item.path, hashes[item.path]] for item in items], settings])
    path = cache / f"{key[:16]}.safetensors"
    if path.exists() and read_metadata(path).get("key") == key:
        frames, left_out = _read(path)
    else:
        frames, left_out = _decode(items, folder, params)
        _write(path, frames, left_out, key)
    there = tuple(item for item in items if item.path in frames)
    if not there:
        first = left_out[0]
        raise InputError(
            "recognition.empty",
            first.item,
            f"no clip of the list can be used; the first: {first.reason}",
            "Check the list and the folder.",
        )
    labels = [item.label for item in there]
    return DecodedClips(
        there,
        [frames[item.path] for item in there],
        sampling.stored_fps,
        sha256_value([key, labels]),
        left_out,
    )


def write_quarantine(path: Path, left_out: Sequence[Broken]) -> None:
    """A CSV of the clips that were left out: clip, rule, reason."""
    rows = ["clip,rule,reason", *[f'"{b.item}",{b.rule},"{b.reason}"' for b in left_out]]
    write_text(path, "\n".join(rows) + "\n")


def _decode(
    items: Sequence[ClipItem], folder: Path, params: Recognition
) -> tuple[dict[str, Frames], tuple[Broken, ...]]:
    names = [item.path for item in items]
    outcome = map_items(
        decode_clip,
        names,
        args=(
            folder,
            params.sampling.stored_fps,
            params.sampling.short_side,
            params.sampling.min_seconds,
        ),
        workers=params.workers,
        timeout_s=params.timeout_s,
        max_broken=len(names),
        label="decode clips",
        preload=("common.training.recognition.clips",),
        quarantine=("video.", "clip."),
    )
    return outcome.results, outcome.broken


def decode_clip(name: str, folder: Path, fps: float, short_side: int, min_seconds: float) -> Frames:
    """(F, H, W, 3) frames of one clip at `fps`, its short side scaled to `short_side`.

    Raises:
        InputError: it cannot be decoded, is too short, or shows a still picture.
    """
    path = folder / name
    frames = _frames(path, fps, short_side)
    if len(frames) / fps < min_seconds:
        raise InputError(
            "clip.short",
            str(path),
            f"lasts about {len(frames) / fps:.2f} s, at least {min_seconds} s are needed",
            "Remove it from the list.",
        )
    change = np.abs(frames.astype(np.int16) - frames[0]).mean(axis=(1, 2, 3))
    if len(frames) > 1 and float(change.max()) < _STILL:
        raise InputError(
            "clip.still", str(path), "shows one picture all the time", "Remove it from the list."
        )
    return frames


def _frames(path: Path, fps: float, short_side: int) -> Frames:
    """What is on screen at 0, 1 / fps, 2 / fps ... seconds; only these frames become pictures."""
    found: list[Frames] = []
    with open_video(path) as video:
        shown = None
        for picture in video:
            while shown is not None and len(found) / fps + SAME_TIME < picture.time:
                found.append(_shrunk(shown.rgb(), short_side))
            shown = picture
        assert shown is not None  # a reader without pictures raises
        wanted = max(1, round(video.duration * fps))
        while len(found) < wanted:
            found.append(_shrunk(shown.rgb(), short_side))
    return np.stack(found[:wanted])


def _shrunk(image: Frames, short_side: int) -> Frames:
    height, width = image.shape[:2]
    scale = short_side / min(height, width)
    size = (max(short_side, round(width * scale)), max(short_side, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _content(path: Path) -> str:
    return sha256_file(path) if path.is_file() else ""


def _write(path: Path, frames: dict[str, Frames], left_out: Sequence[Broken], key: str) -> None:
    arrays = {f"{place:06d}": clip for place, clip in enumerate(frames.values())}
    broken = [[entry.item, entry.rule, entry.reason] for entry in left_out]
    metadata = {"key": key, "clips": json.dumps(list(frames)), "left_out": json.dumps(broken)}
    write_tensors(path, arrays, metadata)


def _read(path: Path) -> tuple[dict[str, Frames], tuple[Broken, ...]]:
    arrays, metadata = read_tensors(path)
    names = json.loads(metadata["clips"])
    frames = {name: arrays[f"{place:06d}"] for place, name in enumerate(names)}
    return frames, tuple(Broken(*entry) for entry in json.loads(metadata["left_out"]))

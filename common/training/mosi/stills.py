"""The stills that MoSI slides over, decoded once: first frames of clips or videos, or pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.hashing import sha256_file, sha256_value
from common.core.params.pretrain import StillSource
from common.core.progress import track_progress
from common.core.tensor_files import read_metadata, read_tensors, write_tensors
from common.training.clip_files import read_table
from common.video.clips import read_clip

_PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True)
class Stills:
    """Pictures (H, W, 3) uint8 RGB of any size; `fingerprint` changes whenever they do."""

    pictures: Sequence[NDArray[np.uint8]]
    fingerprint: str


def still_paths(dataset: Path, source: StillSource) -> list[Path]:
    """Files of the dataset folder whose stills are taken; no label is read.

    Args:
        dataset: its folder.
        source: `clips` (trimmed clips of train), `videos` (of train) or `stills` (pictures).
    """
    if source == "clips":
        table = read_table(dataset / "clips.csv", ["path"])
        return [dataset / path for path in table["path"].astype(str)]
    if source == "videos":
        table = read_table(dataset / "videos.csv", ["video", "subset"])
        names = table.loc[table["subset"] == "train", "video"].astype(str)
        return [dataset / "videos" / f"{name}.mp4" for name in names]
    return sorted(p for p in (dataset / "stills").glob("*") if p.suffix.lower() in _PICTURES)


def gather_stills(
    paths: Sequence[Path], seconds: Sequence[float], short_side: int, store: Path
) -> None:
    """Write the stills of all files into one, unless it holds just those already.

    Args:
        paths: videos, or pictures (.jpg, .png), which give one still each.
        seconds: moments of a video; after its end its last frame is taken.
        short_side: that larger pictures are scaled to, pixels.
        store: `.safetensors` file, one tensor a still.

    Raises:
        InputError: there is none, or one cannot be read; it is named.
    """
    if not paths:
        raise InputError("mosi.empty", str(store), "there is no still", "Give clips or pictures.")
    key = sha256_value([[sha256_file(path) for path in paths], list(seconds), short_side])
    if store.exists() and read_metadata(store).get("key") == key:
        return
    pictures = [
        _scaled(picture, short_side)
        for path in track_progress(paths, len(paths), "stills")
        for picture in _read(path, seconds)
    ]
    write_tensors(store, {f"{n:06d}": one for n, one in enumerate(pictures)}, {"key": key})


def load_stills(store: Path) -> Stills:
    """What `gather_stills` wrote."""
    arrays, metadata = read_tensors(store)
    return Stills(list(arrays.values()), metadata["key"])


def _read(path: Path, seconds: Sequence[float]) -> Sequence[NDArray[np.uint8]]:
    if path.suffix.lower() not in _PICTURES:
        return list(read_clip(path, np.array(seconds, np.float64)))
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputError("mosi.picture", str(path), "is not a picture", "Remove or replace it.")
    return [cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)]


def _scaled(picture: NDArray[np.uint8], short_side: int) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    factor = short_side / min(height, width)
    if factor >= 1:
        return picture
    size = round(width * factor), round(height * factor)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)

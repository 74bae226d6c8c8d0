"""Videos for CMD: encoded anew so that their vectors mean something, then kept small in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common.core.clips import Fit
from common.core.errors import InputError
from common.core.hashing import sha256_file, sha256_value
from common.core.launcher import Broken, map_items
from common.core.tensor_files import read_metadata, read_tensors, write_tensors
from common.video.encode import MotionCodec
from common.video.motion_vectors import CELL, motion_frames, reencode_for_motion

# Motion is kept in whole numbers of quarter pixels, the finest step of either codec; a vector
# beyond 31.75 pixels is cut, and CMD cuts at 10.
_STEPS = 4


@dataclass(frozen=True, slots=True)
class CmdVideos:
    """Decoded videos.

    Args:
        names: of the videos.
        frames: of each video, (F, H, W, 3) uint8 RGB.
        motion: of each video, (F, H', W', 2) int8, quarter pixels of the encoded picture since the
            frame before.
        keys: of each video, numbers of its I-frames, ascending.
        cell: side in pixels of the encoded picture that one cell of `motion` covers.
        fingerprint: changes whenever anything above does.
    """

    names: tuple[str, ...]
    frames: Sequence[NDArray[np.uint8]]
    motion: Sequence[NDArray[np.int8]]
    keys: Sequence[NDArray[np.int64]]
    cell: int
    fingerprint: str


def reencode_videos(
    paths: Mapping[str, Path],
    folder: Path,
    codec: MotionCodec = "mpeg4",
    fit: Fit | None = None,
    *,
    workers: int = 1,
    timeout_s: float = 600.0,
) -> tuple[Broken, ...]:
    """Write `folder/<name>.mp4` of every video; those that cannot be read are left out and named.

    Args:
        paths: name -> file.
        folder: of the encoded files.
        codec: see `encode_for_motion`.
        fit: size; the source's without it.
        workers: processes.
        timeout_s: seconds for one video.
    """
    outcome = map_items(
        _reencode,
        list(paths),
        args=({name: str(path) for name, path in paths.items()}, str(folder), codec, fit),
        workers=workers,
        timeout_s=timeout_s,
        max_broken=len(paths),
        label="encode for motion",
        quarantine=("video.",),
        preload=("common.video.motion_vectors",),
    )
    return outcome.broken


def decode_videos(paths: Mapping[str, Path], fit: Fit, cell: int, store: Path) -> None:
    """Decode encoded videos into one file, unless it holds just those already.

    Args:
        paths: name -> file that `reencode_videos` wrote.
        fit: size of the pictures.
        cell: see `CmdVideos`; a multiple of 4.
        store: `.safetensors` file.

    Raises:
        InputError: there is no video, or one cannot be read; it is named.
    """
    if not paths:
        raise InputError("cmd.empty", str(store), "there is no video", "Give at least one.")
    contents = [[name, sha256_file(path)] for name, path in paths.items()]
    key = sha256_value([contents, fit.width, fit.height, fit.short_side, cell])
    if store.exists() and read_metadata(store).get("key") == key:
        return
    frames, motion, is_key = zip(
        *(_decode(path, fit, cell) for path in paths.values()), strict=True
    )
    arrays = {
        "frames": np.concatenate(frames),
        "motion": np.concatenate(motion),
        "is_key": np.concatenate(is_key),
        "lengths": np.array([len(one) for one in frames]),
    }
    write_tensors(store, arrays, {"key": key, "names": json.dumps(list(paths)), "cell": str(cell)})


def load_videos(store: Path) -> CmdVideos:
    """What `decode_videos` wrote."""
    arrays, metadata = read_tensors(store)
    ends = np.cumsum(arrays["lengths"])[:-1]
    return CmdVideos(
        tuple(json.loads(metadata["names"])),
        np.split(arrays["frames"], ends),
        np.split(arrays["motion"], ends),
        [np.flatnonzero(one) for one in np.split(arrays["is_key"], ends)],
        int(metadata["cell"]),
        metadata["key"],
    )


def quarter_pixels(flow: NDArray[np.float32], cell: int) -> NDArray[np.int8]:
    """A motion map of 4-pixel cells (H, W, 2) as quarter pixels, the mean of each larger cell."""
    factor = cell // CELL
    size = (max(1, flow.shape[1] // factor), max(1, flow.shape[0] // factor))
    if factor > 1:
        flow = cv2.resize(flow, size, interpolation=cv2.INTER_AREA)
    return np.clip(np.round(flow * _STEPS), -127, 127).astype(np.int8)


def pixels(motion: NDArray[np.int8]) -> NDArray[np.float32]:
    """Quarter pixels as pixels."""
    return motion.astype(np.float32) / _STEPS


def _reencode(
    name: str, paths: Mapping[str, str], folder: str, codec: MotionCodec, fit: Fit | None
) -> int:
    return reencode_for_motion(Path(paths[name]), Path(folder) / f"{name}.mp4", codec, fit)


def _decode(
    path: Path, fit: Fit, cell: int
) -> tuple[NDArray[np.uint8], NDArray[np.int8], NDArray[np.bool_]]:
    frames, motion, is_key = [], [], []
    for picture, flow in motion_frames(path):
        frames.append(picture.rgb(fit))
        if flow is None:
            height, width = picture.stored_size
            flow = np.zeros((-(-height // CELL), -(-width // CELL), 2), np.float32)
        motion.append(quarter_pixels(flow, cell))
        is_key.append(picture.kind == "I")
    return np.stack(frames), np.stack(motion), np.array(is_key)

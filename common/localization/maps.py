"""Score maps of one video: how they are kept, and how they change size.

Time is relative to `duration`: boundary bin i stands for i / T, cell (d, s) for the proposal
[s / T, (s + d + 1) / T]; both times `duration` are seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.tensor_files import read_tensors, write_tensors
from common.localization.labels import inside

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ScoreMaps:
    """What a member says about one video.

    Args:
        video: id.
        duration: seconds that the time axis covers, from the first frame.
        start, end: (T,) probability of a boundary.
        confidence: (2, D, T); channel 0 regression (tIoU), channel 1 classification (tIoU > 0.9).
            Cells with d + s >= T mean nothing.
    """

    video: str
    duration: float
    start: Floats
    end: Floats
    confidence: Floats

    @property
    def positions(self) -> int:
        """T."""
        return len(self.start)

    @property
    def durations(self) -> int:
        """D."""
        return self.confidence.shape[1]


def write_maps(folder: Path, maps: ScoreMaps) -> Path:
    """Write `<folder>/<video>.safetensors`; equal maps give equal bytes."""
    path = folder / f"{maps.video}.safetensors"
    arrays = {"start": maps.start, "end": maps.end, "confidence": maps.confidence}
    metadata = {"video": maps.video, "duration": repr(float(maps.duration)), "axis": "relative"}
    write_tensors(path, {k: v.astype(np.float32) for k, v in arrays.items()}, metadata)
    return path


def read_maps(folder: Path, video: str) -> ScoreMaps:
    """The maps of one video.

    Raises:
        InputError: missing, broken, or not score maps.
    """
    path = folder / f"{video}.safetensors"
    arrays, metadata = read_tensors(path)
    try:
        start, end, confidence = (arrays[name] for name in ("start", "end", "confidence"))
        duration = float(metadata["duration"])
    except (KeyError, ValueError) as error:
        raise _not_maps(path, f"lacks {error}") from error
    size = start.shape[0] if start.ndim == 1 else -1
    if end.shape != (size,) or confidence.ndim != 3 or confidence.shape[::2] != (2, size):
        shapes = ", ".join(f"{name} {arrays[name].shape}" for name in sorted(arrays))
        raise _not_maps(path, f"has the shapes {shapes}, expected (T,), (T,) and (2, D, T)")
    if not duration > 0:
        raise _not_maps(path, f"says that the duration is {duration} s")
    return ScoreMaps(video, duration, start, end, confidence)


def list_maps(folder: Path) -> list[str]:
    """Ids of the videos that have maps in the folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.safetensors"))


def read_all_maps(folder: Path) -> Iterator[ScoreMaps]:
    """The maps of every video of the folder, in the order of their ids."""
    return (read_maps(folder, video) for video in list_maps(folder))


def resize_maps(maps: ScoreMaps, positions: int, durations: int, duration: float) -> ScoreMaps:
    """The same maps on another time axis; bilinear in (start, length), in seconds.

    Cells are read from valid cells only. A proposal longer than the old map's longest takes the
    longest one's value: its own is not known.

    Args:
        positions, durations: T and D of the result.
        duration: seconds that the result covers.
    """
    if (positions, durations, duration) == (maps.positions, maps.durations, maps.duration):
        return maps
    scale = duration / positions * maps.positions / maps.duration  # new bin, in old bins
    bins = np.clip(np.arange(positions) * scale, 0.0, maps.positions - 1.0)
    old = np.arange(maps.positions)
    start, end = (np.interp(bins, old, x).astype(np.float32) for x in (maps.start, maps.end))
    lengths = np.clip((np.arange(durations) + 1) * scale - 1.0, 0.0, maps.durations - 1.0)
    confidence = _bilinear(maps.confidence, lengths, bins)
    return replace(maps, duration=duration, start=start, end=end, confidence=confidence)


def _bilinear(confidence: Floats, d: NDArray[np.float64], s: NDArray[np.float64]) -> Floats:
    """(2, D, T) read at every pair of (d, s), weights of invalid cells left out."""
    _, durations, positions = confidence.shape
    valid = inside(positions, durations)
    total = np.zeros((2, len(d), len(s)))
    weight = np.zeros((len(d), len(s)))
    d_low, s_low = np.floor(d).astype(int), np.floor(s).astype(int)
    for i in (0, 1):
        for j in (0, 1):
            row = np.minimum(d_low + i, durations - 1)[:, None]
            column = np.minimum(s_low + j, positions - 1)[None, :]
            share_d = d - d_low if i else 1.0 - (d - d_low)
            share_s = s - s_low if j else 1.0 - (s - s_low)
            w = np.outer(share_d, share_s) * valid[row, column]
            total += w * confidence[:, row, column]
            weight += w
    return (total / np.maximum(weight, 1e-12)).astype(np.float32)


def _not_maps(path: Path, problem: str) -> InputError:
    return InputError(
        "maps.layout", str(path), problem, "Delete it and run the stage that makes it again."
    )

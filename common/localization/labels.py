"""What BMN learns: boundary probabilities and the tIoU map, from annotated segments.

Segments are relative to the time axis of the map: [start, end) in [0, 1].
Source: open-mmlab/mmaction2 (mmaction/models/localizers/bmn.py, `generate_labels`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.core.records import LabelledSegment

# In positions: half width of the region around a boundary, and where a position's window begins
# and ends, relative to it.
_REGION_HALF = 1.5
_WINDOW = (-0.5, 1.5)


@dataclass(frozen=True, slots=True)
class MapLabels:
    """`start`, `end`: (T,) float32, share of the position's window that lies near a boundary.
    `iou`: (D, T) float32, best tIoU of the cell's proposal with a segment; cells with d + s >= T
    have values too, which no loss may use.
    """

    start: NDArray[np.float32]
    end: NDArray[np.float32]
    iou: NDArray[np.float32]


def relative_segments(segments: Iterable[LabelledSegment], duration: float) -> NDArray[np.float64]:
    """(n, 2) relative start and end, clipped to [0, 1]; what has no length left is dropped.

    Args:
        segments: of one video, seconds.
        duration: seconds that the map covers.
    """
    pairs = np.array([(s.start, s.end) for s in segments], dtype=np.float64).reshape(-1, 2)
    clipped = np.clip(pairs / duration, 0.0, 1.0)
    return clipped[clipped[:, 1] > clipped[:, 0]]


def map_labels(segments: NDArray[np.float64], positions: int, durations: int) -> MapLabels:
    """Labels of one video.

    Args:
        segments: (n, 2) relative start and end; n = 0 gives zeros.
        positions, durations: T and D.
    """
    return MapLabels(
        boundary_labels(segments[:, 0], positions).astype(np.float32),
        boundary_labels(segments[:, 1], positions).astype(np.float32),
        iou_map(segments, positions, durations).astype(np.float32),
    )


def boundary_labels(boundaries: NDArray[np.float64], positions: int) -> NDArray[np.float64]:
    """(T,) best share of each position's window inside the region of a boundary.

    Position i looks at [(i - 0.5) / T, (i + 1.5) / T]; a boundary's region is 3 / T wide.
    """
    if len(boundaries) == 0:
        return np.zeros(positions)
    index = np.arange(positions)[:, None]
    center = boundaries[None, :] * positions
    overlap = np.minimum(index + _WINDOW[1], center + _REGION_HALF) - np.maximum(
        index + _WINDOW[0], center - _REGION_HALF
    )
    return overlap.clip(min=0.0).max(axis=1) / (_WINDOW[1] - _WINDOW[0])


def iou_map(segments: NDArray[np.float64], positions: int, durations: int) -> NDArray[np.float64]:
    """(D, T) best tIoU of [s / T, (s + d + 1) / T] with any segment, for every d and s."""
    start = np.arange(positions) / positions
    end = (np.arange(positions) + np.arange(1, durations + 1)[:, None]) / positions
    best = np.zeros((durations, positions))
    for low, high in segments:
        overlap = np.minimum(end, high) - np.maximum(start, low)
        overlap = overlap.clip(min=0.0)
        np.maximum(best, overlap / ((end - start) + (high - low) - overlap), out=best)
    return best


def inside(positions: int, durations: int) -> NDArray[np.bool_]:
    """(D, T) True where the proposal ends within the sequence, d + s < T."""
    return np.add.outer(np.arange(durations), np.arange(positions)) < positions

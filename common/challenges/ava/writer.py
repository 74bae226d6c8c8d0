"""Write detections as the CSV of the leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.files import write_bytes


def write_detections(
    out: Path,
    videos: Sequence[str],
    timestamps: Sequence[float],
    boxes: NDArray[np.float64],
    actions: NDArray[np.int64],
    scores: NDArray[np.float64],
) -> None:
    """One line for each row, in the order given; numbers are written so that they read back equal.

    Args:
        out: the CSV.
        videos: n ids.
        timestamps: n seconds; whole ones are written with four digits, as AVA does.
        boxes: (n, 4) x1, y1, x2, y2 as fractions of width and height.
        actions: (n,) ids.
        scores: (n,).

    Raises:
        InputError: `out` cannot be written.
    """
    times = {seconds: _time(seconds) for seconds in set(map(float, timestamps))}
    rows = zip(
        videos,
        map(float, timestamps),
        np.asarray(boxes, np.float64).tolist(),
        np.asarray(actions, np.int64).tolist(),
        np.asarray(scores, np.float64).tolist(),
        strict=True,
    )
    lines = [
        f"{video},{times[seconds]},{','.join(map(repr, box))},{action},{score!r}\n"
        for video, seconds, box, action, score in rows
    ]
    write_bytes(out, "".join(lines).encode())


def _time(seconds: float) -> str:
    return f"{int(seconds):04d}" if seconds.is_integer() else f"{seconds:.6f}"

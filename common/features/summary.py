"""What a feature store holds, and how alike two stores are, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from common.core.errors import InputError
from common.core.timebase import resize_sequence
from common.features.store import feature_path, list_features, parse_features, read_features


@dataclass(frozen=True, slots=True)
class VideoSummary:
    """One video's features. `norm` is the mean length of a row; `not_finite` counts the values
    that are no numbers; mean and norm leave their rows out.
    """

    video: str
    rows: int
    channels: int
    duration: float
    stride_seconds: float
    mean: float
    norm: float
    not_finite: int


@dataclass(frozen=True, slots=True)
class VideoLikeness:
    """Mean cosine similarity of the rows of one video in two stores."""

    video: str
    rows: int
    other_rows: int
    cosine: float


def summarise(folder: Path) -> list[VideoSummary]:
    """One row a video, sorted by id; files that would be refused in training are shown as well."""
    rows = []
    for video in list_features(folder):
        found = parse_features(feature_path(folder, video))
        values = found.array.astype(np.float64)
        whole = values[np.isfinite(values).all(axis=1)]
        rows.append(
            VideoSummary(
                video,
                *values.shape,
                found.duration,
                found.grid.stride_seconds,
                float(whole.mean()) if len(whole) else 0.0,
                float(np.linalg.norm(whole, axis=1).mean()) if len(whole) else 0.0,
                int((~np.isfinite(values)).sum()),
            )
        )
    return rows


def compare(folder: Path, other: Path) -> list[VideoLikeness]:
    """Cosine similarity per video of two stores; the other's rows are resized to ours in time.

    Features that should be the same (own against published ones) lie near 1; near 0 they come from
    other weights, another layer, or another order of channels.

    Raises:
        InputError: no video in common, or another number of channels.
    """
    common = sorted(set(list_features(folder)) & set(list_features(other)))
    if not common:
        raise InputError(
            "features.compare", f"{folder} and {other}", "no video in common", "Check the ids."
        )
    rows = []
    for video in common:
        ours, theirs = read_features(folder, video).array, read_features(other, video).array
        if ours.shape[1] != theirs.shape[1]:
            raise InputError(
                "features.compare",
                f"{folder} and {other}, video {video}",
                f"{ours.shape[1]} and {theirs.shape[1]} channels cannot be compared",
                "Compare features of the same network.",
            )
        resized = resize_sequence(theirs.astype(np.float64), len(ours), "half_pixel")
        rows.append(VideoLikeness(video, len(ours), len(theirs), _cosine(ours, resized)))
    return rows


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    a = a.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(axis=1) / np.maximum(lengths, 1e-12)).mean())


def as_text(rows: Sequence[VideoSummary] | Sequence[VideoLikeness]) -> str:
    """A table of aligned columns; below it the number of videos, and their mean likeness."""
    names = [field.name for field in fields(rows[0])]
    cells = [names, *[[_cell(getattr(row, name)) for name in names] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            text.ljust(width) if place == 0 else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]
    likeness = [row.cosine for row in rows if isinstance(row, VideoLikeness)]
    end = f", mean cosine {sum(likeness) / len(likeness):.4f}" if likeness else ""
    return "\n".join([*lines, f"{len(rows)} videos{end}"])


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)

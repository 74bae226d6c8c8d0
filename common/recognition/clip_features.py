"""Features of segments: the mean over each of their views, and what the feature bank adds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.challenges.epic.annotations import EpicSegment
from common.core.errors import InputError
from common.core.params.epic_recognition import FeatureBank, RecognitionTrack, Views
from common.core.seeds import rng_for
from common.core.tensor_files import read_tensors, write_tensors
from common.features.store import read_features
from common.localization.pooling import pool_intervals
from common.recognition.epic_data import times
from common.recognition.feature_bank import bank_context

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClipFeatures:
    """Features of N segments by one extractor.

    Args:
        narrations: N ids.
        views: (N, V, C) float32.
    """

    narrations: tuple[str, ...]
    views: NDArray[np.float32]


def view_intervals(segments: Floats, views: Views) -> Floats:
    """(N, V, 2) parts of (N, 2) segments, seconds: evenly spread, the last one reaches the end.

    A single view lies in the middle.
    """
    length = (segments[:, 1] - segments[:, 0])[:, None]
    at = np.linspace(0.0, 1.0, views.count) if views.count > 1 else np.array([0.5])
    start = segments[:, :1] + at * (1.0 - views.share) * length
    return np.stack([start, start + views.share * length], axis=-1)


def shifted_intervals(
    segments: Sequence[EpicSegment], jitters: int, share: float, seed: int
) -> Floats:
    """(N, 1 + jitters, 2): each training segment as it is, and copies with both ends shifted by up
    to `share` of its length. Seconds; a start never lies before the video.
    """
    whole = times(segments)
    length = whole[:, 1] - whole[:, 0]
    copies = [whole]
    for number in range(jitters):
        shift = [rng_for(seed, "jitter", s.narration, number).uniform(-1, 1, 2) for s in segments]
        moved = whole + share * length[:, None] * np.array(shift).reshape(-1, 2)
        copies.append(np.maximum(moved, 0.0))
    return np.stack(copies, axis=1)


def pool_segments(
    store: Path, segments: Sequence[EpicSegment], intervals: Floats, bank: FeatureBank
) -> ClipFeatures:
    """Mean features of the intervals of every segment; with a bank, its context beside them.

    Args:
        store: one feature set.
        segments: N segments.
        intervals: (N, V, 2) seconds, in the videos of the segments.
    """
    rows: list[NDArray[np.float32] | None] = [None] * len(segments)
    by_video: dict[str, list[int]] = {}
    for row, segment in enumerate(segments):
        by_video.setdefault(segment.video, []).append(row)
    whole = times(segments)
    for video, mine in by_video.items():
        features = read_features(store, video)
        array = features.array.astype(np.float32)
        n_views = intervals.shape[1]
        pooled = pool_intervals(array, features.grid, intervals[mine].reshape(-1, 2))
        pooled = pooled.reshape(len(mine), n_views, -1)
        if bank.operator != "none":
            context = bank_context(array, features.grid, features.duration, whole[mine], bank)
            around = np.repeat(context[:, None], n_views, axis=1)
            pooled = np.concatenate([pooled, around], axis=2)
        for place, row in enumerate(mine):
            rows[row] = pooled[place]
    views = np.stack([row for row in rows if row is not None])
    return ClipFeatures(tuple(s.narration for s in segments), views)


def pool_parts(
    store: Path, parts: dict[str, tuple[EpicSegment, ...]], track: RecognitionTrack
) -> dict[str, ClipFeatures]:
    """Clip features by role: shifted copies for train, views for the others."""
    found = {}
    for name, segments in parts.items():
        if name == "train":
            intervals = shifted_intervals(segments, track.jitters, track.jitter_share, track.seed)
        else:
            intervals = view_intervals(times(segments), track.views)
        found[name] = pool_segments(store, segments, intervals, track.bank)
    return found


def write_clips(path: Path, clips: ClipFeatures) -> None:
    """Write a `.safetensors` file; equal content gives equal bytes."""
    metadata = {"narrations": json.dumps(list(clips.narrations))}
    write_tensors(path, {"views": clips.views}, metadata)


def read_clips(path: Path, segments: Sequence[EpicSegment]) -> ClipFeatures:
    """Read a file back.

    Raises:
        InputError: missing, damaged, or of other segments than `segments`.
    """
    arrays, metadata = read_tensors(path)
    narrations = tuple(json.loads(metadata.get("narrations", "[]")))
    if "views" not in arrays or narrations != tuple(s.narration for s in segments):
        raise InputError(
            "epic.clips",
            str(path),
            "holds no features of the segments of the tables",
            "Run the stage `clips` again: dvc repro.",
        )
    return ClipFeatures(narrations, arrays["views"])

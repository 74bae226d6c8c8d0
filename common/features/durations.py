"""How long each video is, from the annotation files that features are published with."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from common.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Length:
    """Seconds of a video, the seconds from its start that its features cover, and its frame rate.

    The first two differ where an extractor dropped a last incomplete snippet before the features
    were resized to a fixed number of steps.
    """

    duration: float
    covered: float
    fps: float | None


def read_lengths(path: Path, prefix: str = "") -> dict[str, Length]:
    """Video id -> length.

    Args:
        path: one of
            an annotation file in ActivityNet's layout (`database`, `duration`);
            a JSON object of videos with `duration_second`, `duration_frame`, `feature_frame`
            (mmaction2's `anet_anno_*.json`);
            a CSV with `video` and `duration` (our `videos.csv`);
            a CSV with `video`, `seconds`, `numFrame`, `featureFrame` (BMN's `video_info_new.csv`).
            Each may hold `fps`.
        prefix: taken off ids that begin with it.

    Raises:
        InputError: unreadable, none of these, or a length that is not positive.
    """
    try:
        rows = _csv_rows(path) if path.suffix == ".csv" else _json_rows(path)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            "features.durations",
            str(path),
            f"cannot be read as durations ({type(error).__name__}: {error})",
            "Give an ActivityNet annotation file, or a CSV with the columns video and duration.",
        ) from error
    return {
        video.removeprefix(prefix): _length(row, f"{path} {video}") for video, row in rows.items()
    }


def _json_rows(path: Path) -> dict[str, Mapping[str, Any]]:
    document = json.loads(path.read_text(encoding="utf-8"))
    rows = document["database"] if "database" in document else document
    return {str(video): dict(row) for video, row in rows.items()}


def _csv_rows(path: Path) -> dict[str, Mapping[str, Any]]:
    table = pd.read_csv(path, dtype={"video": str})
    if "video" not in table:
        raise ValueError(f"no column video, only {', '.join(map(str, table.columns))}")
    return {str(row["video"]): row for row in table.to_dict("records")}


def _length(row: Mapping[str, Any], where: str) -> Length:
    """The length in one row, whatever its columns are called.

    Source: the corrected duration of mmaction2 `datasets/transforms/loading.py`:
    feature_frame / duration_frame * duration_second.
    """
    names = {name: row.get(name) for name in ("duration", "duration_second", "seconds")}
    name = next((name for name, value in names.items() if value is not None), None)
    try:
        if name is None:
            raise ValueError("no duration, duration_second or seconds")
        duration = float(row[name])
        frames = row.get("duration_frame", row.get("numFrame"))
        seen = row.get("feature_frame", row.get("featureFrame"))
        covered = duration
        if frames is not None and seen is not None:
            covered = float(seen) / float(frames) * duration
        fps = None if row.get("fps") is None else float(row["fps"])
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise InputError(
            "features.durations",
            where,
            f"has no usable duration ({error})",
            "Correct the row.",
        ) from error
    if not (math.isfinite(duration) and math.isfinite(covered) and min(duration, covered) > 0):
        raise InputError(
            "features.durations",
            where,
            f"lasts {duration} s, of which {covered} s are covered",
            "Both must be positive.",
        )
    return Length(duration, covered, fps)

"""Detection tables to leaderboard files and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd

from common.challenges.activitynet.layout import DETECTION, HACS_DETECTION, Detection
from common.challenges.activitynet.writer import ExternalData, result_bytes
from common.challenges.payloads import read_payload
from common.core.errors import InputError

_LAYOUTS = {layout.format: layout for layout in (DETECTION, HACS_DETECTION)}


class _File(msgspec.Struct):
    """What of a result file is read back."""

    results: dict[str, list[Detection]]


def detection_file(
    detections: pd.DataFrame,
    external_data: ExternalData,
    *,
    format: str = "activitynet-detection",
    version: str = "VERSION 1.3",
    videos: Sequence[str] = (),
) -> bytes:
    """The JSON file of a detection table: same detections, same bytes.

    Videos stand in the order of `videos`, then by name; detections by score, best first.

    Args:
        detections: `video, start, end, label, score`; seconds.
        external_data: the declaration that the challenge asks for.
        version: of the ground truth.
        videos: the subset; those without a detection appear too.

    Raises:
        InputError: a time or score that is not finite.
    """
    order = ["video", "score", "start", "end", "label"]
    rows = detections.sort_values(order, ascending=[True, False, True, True, True], kind="stable")
    columns = {name: rows[name].to_numpy() for name in order}
    return result_bytes(columns, _LAYOUTS[format], external_data, version, videos)


def reads_detections(format: str) -> bool:
    """True if `read_detections` knows the format."""
    return format in _LAYOUTS


def read_detections(path: Path) -> pd.DataFrame:
    """The detections of a leaderboard file in file order: `video, start, end, label, score`.

    Raises:
        InputError: the file cannot be read, or is not of the ActivityNet layout.
    """
    try:
        results = msgspec.json.decode(read_payload(path), type=_File).results
    except msgspec.DecodeError as error:
        raise InputError(
            "submission.leaderboard", str(path), str(error), "Run `emc2 validate` on it."
        ) from error
    videos = list(results)
    counts = [len(results[video]) for video in videos]
    rows = [row for video in videos for row in results[video]]
    segments = np.array([row.segment for row in rows], dtype=np.float64).reshape(-1, 2)
    return pd.DataFrame(
        {
            "video": np.repeat(np.array(videos, dtype=object), counts),
            "start": segments[:, 0],
            "end": segments[:, 1],
            "label": [row.label for row in rows],
            "score": np.array([row.score for row in rows], dtype=np.float64),
        }
    )

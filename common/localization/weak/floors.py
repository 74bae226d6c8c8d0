"""Floors of a weak track: segments that know nothing of the video, with the same class scores."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from common.core.params.localization import Detection
from common.core.records import Video
from common.core.seeds import rng_for
from common.localization.detection import detect
from common.localization.floors import sliding_window_proposals, uniform_random_proposals
from common.localization.tables import PROPOSAL_COLUMNS, empty_table

# Window lengths as shares of the video: nobody knows how long segments are.
_SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2)


def floor_detections(
    videos: Sequence[Video], class_scores: pd.DataFrame, n: int, top_k: int, seed: int
) -> dict[str, pd.DataFrame]:
    """Detections of uniform-random segments and of sliding windows.

    Args:
        videos: with durations.
        class_scores: of these videos.
        n: segments of a video.
        top_k: classes of a segment.
        seed: of the random segments.
    """
    rng = rng_for(seed, "random floor")
    windows = [
        sliding_window_proposals([video], [share * video.duration for share in _SHARES], n)
        for video in videos
    ]
    proposals = {
        "uniform random": uniform_random_proposals(videos, n, rng),
        "sliding windows": pd.concat(windows or [empty_table(PROPOSAL_COLUMNS)]),
    }
    spec = Detection(top_k=top_k)
    return {name: detect(found, class_scores, None, spec) for name, found in proposals.items()}

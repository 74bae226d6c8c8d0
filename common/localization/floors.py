"""Proposals without any learning: what every result is to be compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.records import LabelledSegment, Video
from common.localization.tables import PROPOSAL_COLUMNS, make_table

# Neighbouring windows of a scale share at least this part, while the number allows.
_OVERLAP = 0.75
_GOLDEN = 0.6180339887498949


def uniform_random_proposals(
    videos: Sequence[Video], n: int, rng: np.random.Generator
) -> pd.DataFrame:
    """`n` proposals a video between two uniform times, with uniform scores, best first."""
    parts = []
    for video in videos:
        times = np.sort(rng.uniform(0.0, video.duration, (n, 2)), axis=1)
        parts.append((times, np.sort(rng.random(n))[::-1]))
    return _table(videos, parts, "random")


def sliding_window_proposals(
    videos: Sequence[Video], scales: Sequence[float], n: int
) -> pd.DataFrame:
    """At most `n` windows a video, evenly spaced at each scale.

    Their scores differ only by a millionth from one to the next, so that ties are broken the same
    way everywhere: any first few of them spread over all scales and times.

    Args:
        videos: with durations.
        scales: window lengths, seconds; one that is longer than the video is the whole video.
        n: windows a video, divided evenly among the scales.
    """
    parts = []
    for video in videos:
        windows = np.concatenate(
            [_windows(video.duration, scale, max(1, n // len(scales))) for scale in scales]
        )[:n]
        spread = np.argsort(np.arange(len(windows)) * _GOLDEN % 1.0, kind="stable")
        parts.append((windows[spread], 1.0 - 1e-6 * np.arange(len(windows))))
    return _table(videos, parts, "windows")


def window_scales(segments: Sequence[LabelledSegment], n: int) -> list[float]:
    """`n` window lengths, seconds, that split the lengths of training segments evenly."""
    lengths = [segment.end - segment.start for segment in segments]
    return np.quantile(lengths, (np.arange(n) + 0.5) / n).tolist()


def _windows(duration: float, scale: float, most: int) -> NDArray[np.float64]:
    if scale >= duration:
        return np.array([[0.0, duration]])
    wanted = int(np.ceil((duration - scale) / (scale * (1.0 - _OVERLAP)))) + 1
    start = np.linspace(0.0, duration - scale, min(wanted, most))
    return np.stack([start, np.minimum(start + scale, duration)], axis=1)


def _table(
    videos: Sequence[Video],
    parts: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    member: str,
) -> pd.DataFrame:
    names = [v.video for v, (times, _) in zip(videos, parts, strict=True) for _ in times]
    times = np.concatenate([part[0] for part in parts] or [np.zeros((0, 2))])
    scores = np.concatenate([part[1] for part in parts] or [np.zeros(0)])
    columns = {"video": names, "start": times[:, 0], "end": times[:, 1], "score": scores}
    return make_table(PROPOSAL_COLUMNS, columns | {"member": [member] * len(names)})

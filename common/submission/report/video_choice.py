"""Which videos a report shows, and why: the worst, the typical of each error, some at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from common.core.seeds import rng_for
from common.submission.analysis.matching import ERROR_KINDS, KIND_NAME, Kind, Matches


@dataclass(frozen=True, slots=True)
class VideoSummary:
    """One video at tIoU 0.5.

    Args:
        n_truth: its truth segments.
        found: share of them that its best `n_truth` detections match, mean over all thresholds.
        counts: kinds of its best `n_truth` detections (of one, where it has no truth).
        right: how many of `rows` are right.
        rows: the detections that are shown, rows of `matches.detections`, best first.
    """

    video: str
    n_truth: int
    found: float
    counts: Mapping[Kind, int]
    right: int
    rows: tuple[int, ...]


def summarise(matches: Matches, videos: Sequence[str], most: int) -> list[VideoSummary]:
    """A summary of each video, in the order of `videos`.

    Args:
        most: how many detections of a video are shown.
    """
    order = np.lexsort((matches.detections["rank"], -matches.detections["score"]))
    names = matches.detections["video"].to_numpy()[order]
    best: dict[str, list[int]] = {}
    for video, row in zip(names.tolist(), order.tolist(), strict=True):
        rows = best.setdefault(video, [])
        if len(rows) < most:
            rows.append(row)
    n_truth = matches.truth["video"].value_counts()
    return [
        _summary(matches, video, tuple(best.get(video, ())), int(n_truth.get(video, 0)))
        for video in videos
    ]


def _summary(matches: Matches, video: str, rows: tuple[int, ...], n_truth: int) -> VideoSummary:
    index = np.asarray(rows, dtype=np.int64)
    top = index[: max(n_truth, 1)]
    hits = (matches.match[:, top] >= 0).sum(axis=1).mean() if len(top) else 0.0
    kinds = np.bincount(matches.kind[0, top], minlength=len(Kind))
    counts = {kind: int(kinds[kind]) for kind in Kind}
    found = float(hits) / n_truth if n_truth else 0.0
    right = int((matches.match[0, index] >= 0).sum())
    return VideoSummary(video, n_truth, found, counts, right, rows)


def choose_videos(
    summaries: Sequence[VideoSummary], limit: int, seed: int
) -> list[tuple[VideoSummary, tuple[str, ...]]]:
    """At most `limit` videos with the reasons why each is shown.

    A quarter are the worst, a half are typical of the five kinds of error in turn, the rest are
    drawn at random; all of them when there are no more than `limit`.
    """
    if len(summaries) <= limit:
        worst_first = sorted(summaries, key=_badness)
        return [(item, _traits(item)) for item in worst_first]
    reasons: dict[str, list[str]] = {}
    by_name = {item.video: item for item in summaries}
    worst = [item for item in summaries if item.n_truth]
    for item in sorted(worst, key=_badness)[: max(1, limit // 4)]:
        reasons.setdefault(item.video, []).append("among the worst")
    per_kind = max(1, limit // 2 // len(ERROR_KINDS))
    for kind in ERROR_KINDS:
        for item in _typical(summaries, kind, reasons)[:per_kind]:
            if len(reasons) < limit:
                reasons.setdefault(item.video, []).append(f"typical: {KIND_NAME[kind]}")
    left = sorted(set(by_name) - set(reasons))
    drawn = rng_for(seed, "report-videos").permutation(len(left))[: max(0, limit - len(reasons))]
    for index in sorted(drawn.tolist()):
        reasons.setdefault(left[index], []).append("drawn at random")
    return [(by_name[video], tuple(why)) for video, why in list(reasons.items())[:limit]]


def _badness(item: VideoSummary) -> tuple[float, int, str]:
    return item.found, -item.n_truth, item.video


def _typical(
    summaries: Sequence[VideoSummary], kind: Kind, taken: Mapping[str, object]
) -> list[VideoSummary]:
    """Videos whose best detections are mostly of one kind, the clearest first."""
    some = [s for s in summaries if s.counts[kind] and s.video not in taken]
    share = {s.video: s.counts[kind] / sum(s.counts.values()) for s in some}
    return sorted(some, key=lambda s: (-share[s.video], -s.counts[kind], s.video))


def _traits(item: VideoSummary) -> tuple[str, ...]:
    """The error that its best detections make most, if they make any."""
    kind = max(ERROR_KINDS, key=lambda k: (item.counts[k], -int(k)))
    return (f"mostly {KIND_NAME[kind]}",) if item.counts[kind] else ()


def key_frame_times(truth: pd.DataFrame, duration: float, most: int) -> list[float]:
    """Times of key frames: the middle of each segment, then their starts, then an even spread.

    Args:
        truth: `start, end` of the segments of one video.
        duration: seconds.

    Returns:
        At most `most` times in seconds, ascending, at least a hundredth of the duration apart.
    """
    middles = ((truth["start"] + truth["end"]) / 2).tolist()
    even = [duration * (i + 0.5) / max(most, 1) for i in range(most)]
    chosen: list[float] = []
    for time in [*middles, *truth["start"].tolist(), *even]:
        time = round(min(max(time, 0.0), duration), 3)
        if len(chosen) < most and all(abs(time - other) >= duration / 100 for other in chosen):
            chosen.append(time)
    return sorted(chosen)

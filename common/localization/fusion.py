"""Fusing members: score maps, proposals, class scores.

Source: map and proposal fusion are those of the challenge entries of the BMN line; segment voting
is that of sming256/OpenTAD (threshold 0.95).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.params.localization import SoftNms
from common.localization.maps import ScoreMaps, resize_maps
from common.localization.soft_nms import soft_nms
from common.localization.tables import CLASS_SCORE_COLUMNS, PROPOSAL_COLUMNS, make_table

# The name of a fused member in the tables.
FUSED = "ensemble"


def fuse_maps(members: Sequence[ScoreMaps], weights: Sequence[float]) -> ScoreMaps:
    """Weighted mean of the maps of one video, on the time axis of the first member.

    Args:
        members: maps of the same video; other sizes and durations are resized.
        weights: not negative; they are divided by their sum.

    Raises:
        InputError: the maps are of different videos, or no weight is positive.
    """
    first = members[0]
    if any(member.video != first.video for member in members):
        found = ", ".join(sorted({member.video for member in members}))
        raise InputError("fuse.videos", found, "are different videos", "Fuse video by video.")
    share = _normalised(weights, first.video)
    same = [resize_maps(m, first.positions, first.durations, first.duration) for m in members]
    return ScoreMaps(
        first.video,
        first.duration,
        _weighted([m.start for m in same], share),
        _weighted([m.end for m in same], share),
        _weighted([m.confidence for m in same], share),
    )


def fuse_all_maps(
    members: Mapping[str, Sequence[ScoreMaps]], weights: Mapping[str, float]
) -> list[ScoreMaps]:
    """Weighted means of the members' maps, video by video; members of weight 0 are not read.

    Args:
        members: maps of the same videos in the same order, by member.
    """
    used = {name: weight for name, weight in weights.items() if weight > 0}
    return [
        fuse_maps(views, list(used.values()))
        for views in zip(*(members[name] for name in used), strict=True)
    ]


def _weighted(
    arrays: Sequence[NDArray[np.float32]], share: NDArray[np.float64]
) -> NDArray[np.float32]:
    total = np.zeros(arrays[0].shape)
    for array, weight in zip(arrays, share, strict=True):
        total += weight * array
    return total.astype(np.float32)


def proposal_scale(proposals: pd.DataFrame, top_k: int = 100) -> float:
    """Mean score of the `top_k` best proposals of each video: divide by it before fusing, so that
    no member dominates by the size of its scores. Measure it on the fold.
    """
    best = proposals.sort_values("score", ascending=False, kind="stable")
    return float(best.groupby("video", sort=False).head(top_k)["score"].mean())


def pool_proposals(
    members: Mapping[str, pd.DataFrame],
    weights: Mapping[str, float],
    scales: Mapping[str, float],
) -> pd.DataFrame:
    """All proposals of all members, score = weight * score / scale; PROPOSAL_COLUMNS.

    Ordered by video, score, start, end and member: the order of the members does not matter.
    """
    parts = [
        table.assign(score=table["score"] * (weights[name] / scales[name]), member=name)
        for name, table in members.items()
        if weights[name] > 0
    ]
    keys = ["video", "score", "start", "end", "member"]
    pooled = pd.concat(parts)[list(PROPOSAL_COLUMNS)]
    ascending = [True, False, True, True, True]
    return pooled.sort_values(keys, ascending=ascending, kind="stable", ignore_index=True)


def join_proposals(
    members: Mapping[str, pd.DataFrame],
    weights: Mapping[str, float],
    durations: Mapping[str, float],
    nms: SoftNms,
    voting_tiou: float | None = None,
) -> pd.DataFrame:
    """The members' proposals, each divided by their scale, under one Soft-NMS; see
    `fuse_proposals`.
    """
    scales = {name: proposal_scale(table, nms.top_k) for name, table in members.items()}
    pooled = pool_proposals(members, weights, scales)
    return fuse_proposals(pooled, durations, nms, voting_tiou)


def fuse_proposals(
    pooled: pd.DataFrame,
    durations: Mapping[str, float],
    nms: SoftNms,
    voting_tiou: float | None = None,
) -> pd.DataFrame:
    """Joint Soft-NMS of pooled proposals; PROPOSAL_COLUMNS, member `ensemble`.

    Args:
        pooled: from `pool_proposals`.
        durations: seconds of every video (the threshold of Soft-NMS depends on relative width).
        nms: keeps at most `nms.top_k` a video.
        voting_tiou: from this tIoU on the pooled proposals vote on the boundaries; None: off.
    """
    parts = []
    for video, group in pooled.groupby("video", sort=False):
        segments = group[["start", "end"]].to_numpy()
        scores = group["score"].to_numpy()
        kept, new_scores = soft_nms(segments / durations[str(video)], scores, nms)
        times = segments[kept]
        if voting_tiou is not None:
            times = vote_segments(times, segments, scores, voting_tiou)
        columns = {"video": [video] * len(kept), "start": times[:, 0], "end": times[:, 1]}
        columns |= {"score": new_scores, "member": [FUSED] * len(kept)}
        parts.append(make_table(PROPOSAL_COLUMNS, columns))
    return pd.concat(parts, ignore_index=True) if parts else pooled.head(0)


def vote_segments(
    kept: NDArray[np.float64],
    pool: NDArray[np.float64],
    scores: NDArray[np.float64],
    tiou: float,
) -> NDArray[np.float64]:
    """(k, 2) new boundaries: for each kept segment the score-weighted mean of the pool's segments
    with at least this tIoU. A segment nobody votes for stays.

    Args:
        kept: (k, 2); pool: (n, 2) seconds; scores: (n,) of the pool, before Soft-NMS.
    """
    overlap = np.minimum(kept[:, None, 1], pool[None, :, 1]) - np.maximum(
        kept[:, None, 0], pool[None, :, 0]
    )
    overlap = overlap.clip(min=0.0)
    lengths = (kept[:, 1] - kept[:, 0])[:, None] + (pool[:, 1] - pool[:, 0])[None, :]
    votes = np.where(overlap >= tiou * (lengths - overlap), scores[None, :], 0.0)
    total = votes.sum(axis=1, keepdims=True)
    return np.where(total > 0, votes @ pool / np.maximum(total, 1e-300), kept)


def fuse_class_scores(
    members: Mapping[str, pd.DataFrame], weights: Mapping[str, float]
) -> pd.DataFrame:
    """Weighted mean of class scores; CLASS_SCORE_COLUMNS, sorted by video and label.

    Raises:
        InputError: the members do not score the same videos and labels, or no weight is positive.
    """
    share = _normalised([weights[name] for name in members], "class scores")
    total: pd.Series | None = None
    for (name, table), weight in zip(members.items(), share, strict=True):
        scores = table.set_index(["video", "label"])["score"].sort_index()
        if total is not None and not scores.index.equals(total.index):
            raise InputError(
                "fuse.class_scores",
                name,
                "scores other videos or labels than the members before it",
                "Fuse classifiers that scored the same videos with the same classes.",
            )
        total = scores * weight if total is None else total + scores * weight
    assert total is not None, "nothing to fuse"
    frame = total.reset_index()
    return make_table(CLASS_SCORE_COLUMNS, {name: frame[name] for name in CLASS_SCORE_COLUMNS})


def _normalised(weights: Sequence[float], where: str) -> NDArray[np.float64]:
    share = np.asarray(weights, dtype=np.float64)
    if share.min() < 0 or share.sum() <= 0:
        raise InputError(
            "fuse.weights",
            where,
            f"the weights {share.tolist()} are not non-negative with a positive sum",
            "Give at least one positive weight.",
        )
    return share / share.sum()

"""Average recall of proposals by number of proposals, for truth segments of each length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.challenges.activitynet.detection import TIOU
from common.challenges.temporal.average_precision import best_first
from common.submission.analysis.sensitivity import cut, length_bounds

MOST_PROPOSALS = 100


@dataclass(frozen=True, slots=True)
class RecallByLength:
    """AR@AN of the truth segments of one length bin.

    Args:
        bounds: the bin for a person.
        n_truth: truth segments in it.
        recall: AR with the best 1, 2, ... 100 proposals of each video; empty without truth.
    """

    bounds: str
    n_truth: int
    recall: tuple[float, ...]


def recall_by_length(
    truth: pd.DataFrame, proposals: pd.DataFrame, length_edges: Sequence[float]
) -> list[RecallByLength]:
    """AR@AN in each length bin, averaged over the ten tIoU thresholds.

    Counts the best AN proposals of each video, without the official program's rescaling of AN
    (that one's curve is for all lengths together).

    Args:
        truth: `video, start, end`.
        proposals: `video, start, end, score`; equal scores: the later row goes first.
    """
    first = _first_rank(truth, proposals)
    length = (truth["end"] - truth["start"]).to_numpy(dtype=np.float64)
    bins = cut(length, length_edges)
    ranks = np.arange(MOST_PROPOSALS)
    results = []
    for index, bounds in enumerate(length_bounds(length_edges)):
        inside = first[:, bins == index].ravel()
        found = np.searchsorted(np.sort(inside), ranks, side="right")
        recall = (found / max(1, len(inside))).tolist()
        results.append(
            RecallByLength(bounds, int((bins == index).sum()), tuple(recall) if len(inside) else ())
        )
    return results


def _first_rank(truth: pd.DataFrame, proposals: pd.DataFrame) -> NDArray[np.int64]:
    """(K, G) rank of the first proposal that reaches each threshold; 100 if none of 100 does."""
    score = proposals["score"].to_numpy(dtype=np.float64)
    order = best_first(score)
    by_video = {
        str(video): rows[["start", "end"]].to_numpy(dtype=np.float64)[:MOST_PROPOSALS]
        for video, rows in proposals.iloc[order].groupby("video", sort=False)
    }
    first = np.full((len(TIOU), len(truth)), MOST_PROPOSALS, dtype=np.int64)
    for video, rows in truth.reset_index(drop=True).groupby("video", sort=False):
        best = by_video.get(str(video))
        if best is None:
            continue
        segments = rows[["start", "end"]].to_numpy(dtype=np.float64)
        overlap = np.minimum(segments[:, None, 1], best[None, :, 1]) - np.maximum(
            segments[:, None, 0], best[None, :, 0]
        )
        overlap = overlap.clip(min=0.0)
        union = np.diff(segments, axis=1) + np.diff(best, axis=1).T - overlap
        tiou = np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0)
        reached = tiou[None] >= TIOU[:, None, None]
        rank = np.where(reached.any(axis=2), reached.argmax(axis=2), MOST_PROPOSALS)
        first[:, rows.index.to_numpy()] = rank
    return first

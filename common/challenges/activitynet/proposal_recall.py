"""Average recall of proposals by their number (AR@AN) and the area under that curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.challenges.temporal.average_precision import best_first, rank_rows
from common.challenges.temporal.columns import Floats, Instances, Ints, Scored
from common.challenges.temporal.matching import blocks, temporal_iou


@dataclass(frozen=True, slots=True)
class ProposalScores:
    """What a proposal file is worth.

    Args:
        auc_percent: 100 x area under the curve / its largest number of proposals.
        area_under_curve: the area itself.
        recall: (T, 100) at each tIoU threshold and number of proposals.
        average_recall: (100,) mean of `recall` over the thresholds.
        proposals_per_video: (100,) average number of proposals, the curve's x axis.
        tiou: (T,) thresholds.
    """

    auc_percent: float
    area_under_curve: float
    recall: Floats
    average_recall: Floats
    proposals_per_video: Floats
    tiou: Floats


def proposal_scores(
    truth: Instances, proposals: Scored, max_avg_nr_proposals: int | None, tiou: Floats
) -> ProposalScores:
    """Recall and area of proposals; classes are not looked at.

    Args:
        truth: at least one segment; only its videos count.
        proposals: at least one row; rows of video -1 count for the common ratio only.
        max_avg_nr_proposals: average number per video that the curve ends at; None or 0: all.
        tiou: (T,) thresholds.

    Source: activitynet/ActivityNet, Evaluation/eval_proposal.py, with a stable sort of scores.
    """
    videos, of_truth = np.unique(truth.video, return_inverse=True)
    n_videos, n_rows = videos.size, len(proposals)
    asked = float(max_avg_nr_proposals or n_rows / n_videos)
    kept, width = _kept_rows(videos, proposals, asked * n_videos / n_rows)
    n_kept = int(kept.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.arange(1, 101) / 100.0 * np.divide(asked * n_videos, n_kept)
        per_video = share * np.divide(n_kept, n_videos)
    place = _first_hits(truth, of_truth, proposals.instances, kept, width, tiou)
    recall = _recall(place, _looked_at(width, share)[of_truth])
    average = recall.mean(axis=0)
    with np.errstate(invalid="ignore"):
        area = float(np.sum(np.diff(per_video) * (average[1:] + average[:-1]) / 2.0))
        percent = float(100.0 * area / per_video[-1])
    return ProposalScores(percent, area, recall, average, per_video, tiou)


def _kept_rows(videos: Ints, proposals: Scored, ratio: float) -> tuple[Ints, Ints]:
    """Best rows of every video, video after video, and their number per video, (V,).

    All videos keep the same share of their proposals; the product is cut, as it is officially.
    """
    video = proposals.instances.video
    slot = np.minimum(np.searchsorted(videos, video), videos.size - 1)
    inside = np.flatnonzero(videos[slot] == video)
    count = np.bincount(slot[inside], minlength=videos.size)
    width = np.minimum((count * ratio).astype(np.intp), count)
    order = inside[rank_rows(slot[inside], best_first(proposals.score[inside]))]
    rank = np.arange(order.size) - np.repeat(np.cumsum(count) - count, count)
    return order[rank < np.repeat(width, count)], width


def _first_hits(
    truth: Instances, of_truth: Ints, rows: Instances, kept: Ints, width: Ints, tiou: Floats
) -> Ints:
    """(T, G) rank of the first proposal that reaches each threshold; a large number if none."""
    begin = np.cumsum(width) - width
    first = np.full((tiou.size, len(truth)), np.iinfo(np.intp).max)
    for part in blocks(width[of_truth]):
        video = of_truth[part]
        i = np.repeat(np.arange(len(truth))[part], width[video])
        last = np.cumsum(width[video])
        rank = np.arange(i.size) - np.repeat(last - width[video], width[video])
        value = temporal_iou(truth, i, rows, kept[begin[of_truth[i]] + rank])
        for t, threshold in enumerate(tiou):
            # Written from the back, so that the best rank stays. NaN reaches nothing here.
            found = np.flatnonzero(value >= threshold)[::-1]
            first[t, i[found]] = rank[found]
    return first


def _looked_at(width: Ints, share: Floats) -> Ints:
    """(V, 100) how many columns count. The floating product is cut: 0.29 x 100 gives 28."""
    # A video without proposals has one empty column officially; it never hits, so 0 is the same.
    if not np.isfinite(share).all():
        return np.zeros((width.size, share.size), dtype=np.intp)
    return np.minimum((width[:, None] * share).astype(np.intp), width[:, None])


def _recall(first: Ints, looked_at: Ints) -> Floats:
    """(T, 100) share of ground truth segments that are hit."""
    n_points = looked_at.shape[1]
    # looked_at grows along the points, so a segment is hit from its first sufficient point on.
    misses = np.stack([(looked_at <= row[:, None]).sum(axis=1) for row in first])
    counts = np.stack([np.bincount(row, minlength=n_points + 1)[:n_points] for row in misses])
    return np.cumsum(counts, axis=1) / float(first.shape[1])

"""Proposals x class scores -> detections.

Source: the two-stage scoring of the BSN and BMN line (every proposal takes the best classes of its
video), widened by class scores of single proposals.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.params.localization import Detection
from common.localization.tables import DETECTION_COLUMNS, make_table

# Proposals whose class scores are held at a time.
_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class ProposalScores:
    """Class scores of single proposals.

    Args:
        labels: the K classes.
        scores: (n, K), row i belongs to row i of the table of proposals.
    """

    labels: tuple[str, ...]
    scores: NDArray[np.floating]


def detect(
    proposals: pd.DataFrame,
    video_scores: pd.DataFrame,
    proposal_scores: ProposalScores | None,
    spec: Detection,
) -> pd.DataFrame:
    """Give every proposal its best classes: score = s^g * c, c the class score.

    c is the video's class score, or with proposal scores c_video^a * c_proposal^(1 - a), a =
    `spec.video_weight`, g = `spec.score_power`. Soft-NMS comes before, on proposals without label.

    Args:
        proposals: PROPOSAL_COLUMNS.
        video_scores: CLASS_SCORE_COLUMNS; each video of `proposals` with every label.
        proposal_scores: of the same labels, or None.
        spec: `top_k` classes of each proposal are kept.

    Returns:
        DETECTION_COLUMNS; videos in the order of `proposals`, best first within a video, equal
        scores in the order of the proposals.

    Raises:
        InputError: a video has no class scores, or the labels differ.
    """
    wide = _video_matrix(video_scores, proposals["video"].unique())
    labels = wide.columns.to_numpy(dtype=str)
    video_row = wide.index.get_indexer(proposals["video"])
    per_proposal = None if proposal_scores is None else _aligned(proposal_scores, labels)
    top_k = min(spec.top_k, len(labels))
    chosen = np.empty((len(proposals), top_k), dtype=np.int64)
    class_score = np.empty((len(proposals), top_k))
    for first in range(0, len(proposals), _ROWS):
        rows = slice(first, first + _ROWS)
        scores = wide.to_numpy()[video_row[rows]]
        if per_proposal is not None:
            weight = spec.video_weight
            scores = scores**weight * per_proposal[rows].astype(np.float64) ** (1 - weight)
        # Stable: of equal classes the first label wins, whatever the number of rows.
        chosen[rows] = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]
        class_score[rows] = np.take_along_axis(scores, chosen[rows], axis=1)
    score = proposals["score"].to_numpy()[:, None] ** spec.score_power * class_score
    return _ordered(proposals, labels[chosen], score, video_row)


def _ordered(
    proposals: pd.DataFrame,
    labels: NDArray[np.str_],
    score: NDArray[np.float64],
    video_row: NDArray[np.int64],
) -> pd.DataFrame:
    order = np.lexsort((-score.ravel(), np.repeat(video_row, score.shape[1])))
    row = order // max(score.shape[1], 1)
    columns = {name: proposals[name].to_numpy()[row] for name in ("video", "start", "end")}
    columns["member"] = proposals["member"].to_numpy()[row]
    columns |= {"label": labels.ravel()[order], "score": score.ravel()[order]}
    return make_table(DETECTION_COLUMNS, columns)


def _video_matrix(video_scores: pd.DataFrame, videos: Iterable[str]) -> pd.DataFrame:
    """(videos, labels) in the order given; labels sorted."""
    wide = video_scores.pivot(index="video", columns="label", values="score").sort_index(axis=1)
    missing = [video for video in videos if video not in wide.index]
    if missing:
        raise InputError(
            "detect.class_scores",
            missing[0],
            f"has proposals but no class scores ({len(missing)} such videos)",
            "Classify the same videos that the proposals are of.",
        )
    wide = wide.loc[list(videos)]
    if wide.isna().to_numpy().any():
        video = wide.index[wide.isna().any(axis=1)][0]
        raise InputError(
            "detect.class_scores", str(video), "lacks the score of a class", "Score every class."
        )
    return wide


def _aligned(scores: ProposalScores, labels: NDArray[np.str_]) -> NDArray[np.floating]:
    place = {label: i for i, label in enumerate(scores.labels)}
    if set(place) != set(labels.tolist()):
        differing = sorted(set(place) ^ set(labels.tolist()))
        raise InputError(
            "detect.labels",
            "proposal scores",
            f"their labels differ from those of the videos, first in {differing[0]!r}",
            "Score videos and proposals with the same classes.",
        )
    return scores.scores[:, [place[label] for label in labels.tolist()]]

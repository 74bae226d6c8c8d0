"""Score maps -> proposals.

Source: open-mmlab/mmaction2 (mmaction/models/localizers/bmn.py, `predict`). Differences: with
`reach_end` a proposal may end at the very end of the video, and so may begin at the last bin, which
the published rule never allows; a map without any candidate gives an empty list.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.params.localization import ProposalRule, SoftNms
from common.localization.labels import inside
from common.localization.maps import ScoreMaps
from common.localization.soft_nms import soft_nms
from common.localization.tables import PROPOSAL_COLUMNS, make_table

# A boundary score counts as high above this share of the sequence's highest one.
_HIGH_SHARE = 0.5


def proposals_table(
    maps: Iterable[ScoreMaps], rule: ProposalRule, nms: SoftNms, member: str
) -> pd.DataFrame:
    """Proposals of several videos, PROPOSAL_COLUMNS, best first within each video.

    Args:
        maps: one a video.
        rule: which cells become candidates, with what score.
        nms: Soft-NMS; keeps at most `nms.top_k` a video.
        member: what the column `member` says.
    """
    videos: list[str] = []
    segments, scores = [np.zeros((0, 2))], [np.zeros(0)]
    for one in maps:
        found = candidates(one, rule)
        kept, kept_scores = soft_nms(found[:, :2], found[:, 6], nms)
        segments.append(np.clip(found[kept, :2], 0.0, 1.0) * one.duration)
        scores.append(kept_scores)
        videos += [one.video] * len(kept)
    start, end = np.concatenate(segments).T
    columns = {"video": videos, "start": start, "end": end, "score": np.concatenate(scores)}
    return make_table(PROPOSAL_COLUMNS, columns | {"member": [member] * len(videos)})


def candidates(maps: ScoreMaps, rule: ProposalRule) -> NDArray[np.float64]:
    """(n, 7) start, end (relative), start score, end score, cls, reg, score; n may be 0.

    Cell (d, s) is a candidate if bin s may be a start and bin s + d + 1 an end. Order: by d, s.
    """
    size = maps.positions
    is_start, is_end = start_bins(maps.start, rule), end_bins(maps.end, rule)
    d, s = np.nonzero(inside(size, maps.durations))
    e = s + d + 1
    chosen = is_start[s] & is_end[e]
    d, s, e = d[chosen], s[chosen], e[chosen]
    start_score = maps.start[s].astype(np.float64)
    end_score = maps.end[np.minimum(e, size - 1)].astype(np.float64)
    reg, cls = maps.confidence[:, d, s].astype(np.float64)
    score = cell_scores(start_score, end_score, cls, reg, rule)
    return np.stack([s / size, e / size, start_score, end_score, cls, reg, score], axis=1)


def start_bins(scores: NDArray[np.float32], rule: ProposalRule) -> NDArray[np.bool_]:
    """(T,) bins that may be a start: the first one always; the last one only if the proposal of one
    bin that it begins may reach the end.
    """
    if rule.boundaries == "all":
        return np.ones(len(scores), dtype=bool)
    bins = _peaks_or_high(scores)
    bins[0] = True
    if rule.reach_end and len(scores) > 1:
        bins[-1] = scores[-1] > min(scores[-2], _HIGH_SHARE * scores.max())
    return bins


def end_bins(scores: NDArray[np.float32], rule: ProposalRule) -> NDArray[np.bool_]:
    """(T + 1,) bins that may be an end: T - 1 always, 0 never, T (the end of the video) by rule."""
    size = len(scores)
    bins = np.ones(size, dtype=bool) if rule.boundaries == "all" else _peaks_or_high(scores)
    bins[size - 1] = True
    bins[0] = False
    return np.append(bins, rule.reach_end)


def _peaks_or_high(scores: NDArray[np.float32]) -> NDArray[np.bool_]:
    bins = np.zeros(len(scores), dtype=bool)
    inner = scores[1:-1]
    peak = (inner > scores[:-2]) & (inner > scores[2:])
    bins[1:-1] = peak | (inner > _HIGH_SHARE * scores.max())
    return bins


def cell_scores(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    cls: NDArray[np.float64],
    reg: NDArray[np.float64],
    rule: ProposalRule,
) -> NDArray[np.float64]:
    """(n,) scores of cells from their boundary scores and confidences."""
    if rule.score == "cr":
        return cls**rule.cls_power * reg**rule.reg_power
    return start * end * (np.sqrt(cls * reg) if rule.score == "sqrt" else cls * reg)

"""Which detections hit a ground truth box: all key frames and classes at once.

A detection looks at one box only, the one that it overlaps most (the first of equals); it is a hit
if the overlap is 0.5 or more and no better detection of the class took that box.

Source: docs, formats/ava section 2.4 (`_compute_tp_fp_for_single_class` of the official evaluator).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.challenges.ava.capacity import Entries, Floats, Ints, lined_up
from common.core.errors import InputError

MIN_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Every detection beside every ground truth box of its key frame and class.

    Args:
        detection: (P,) detections that have any box, each repeated; ascending.
        truth: (P,) the boxes.
        starts: (D,) where each of those detections begins.
    """

    detection: Ints
    truth: Ints
    starts: Ints


def find_hits(truth: Entries, detections: Entries) -> NDArray[np.bool_]:
    """True for every detection that hits.

    Args:
        truth: G boxes in file order.
        detections: D detections with area, in the order of `official_order`.

    Raises:
        InputError: a ground truth box whose ends are swapped, where there are detections for it.
    """
    hits = np.zeros(len(detections.frame), np.bool_)
    pairs = _pairs(truth, detections)
    if not len(pairs.detection):
        return hits
    _check_ends(truth, pairs.truth)
    overlap = _overlap(detections.boxes[:, pairs.detection], truth.boxes[:, pairs.truth])
    # The first largest value, where a value that is no number counts as the largest.
    height = np.where(np.isnan(overlap), np.inf, overlap)
    best = np.maximum.reduceat(height, pairs.starts)
    widths = np.diff(pairs.starts, append=len(height))
    is_best = height == np.repeat(best, widths)
    ties = np.add.reduceat(is_best.astype(np.int64), pairs.starts) > 1
    rank = _ranks(truth, pairs.truth[pairs.starts[ties & (best >= MIN_OVERLAP)]])
    first = np.minimum.reduceat(np.where(is_best, rank[pairs.truth], len(rank)), pairs.starts)
    good = (best >= MIN_OVERLAP) & (best != np.inf)
    detection, taken = pairs.detection[pairs.starts][good], first[good]
    # Of the detections that want one box the best comes first; equal ones stand in order already.
    order = np.lexsort((detection, -detections.scores[detection], taken))
    winners = order[np.diff(taken[order], prepend=-1) != 0]
    hits[detection[winners]] = True
    return hits


def _pairs(truth: Entries, detections: Entries) -> _Pairs:
    n_actions = int(max(truth.actions.max(initial=0), detections.actions.max(initial=0))) + 1
    truth_keys = truth.frame * n_actions + truth.actions
    order = np.argsort(truth_keys, kind="stable")
    keys, first, size = np.unique(truth_keys[order], return_index=True, return_counts=True)
    if not len(keys):
        nothing = np.zeros(0, np.int64)
        return _Pairs(nothing, nothing, nothing)
    wanted = detections.frame * n_actions + detections.actions
    slot = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    detection = np.flatnonzero(keys[slot] == wanted)
    slot = slot[detection]
    widths = size[slot]
    starts = np.cumsum(widths) - widths
    within = np.arange(widths.sum()) - np.repeat(starts, widths)
    return _Pairs(
        np.repeat(detection, widths), order[np.repeat(first[slot], widths) + within], starts
    )


def _overlap(a: Floats, b: Floats) -> Floats:
    """Intersection over union of (4, P) boxes, in the operations of the official program."""
    zero = 0.0
    height = np.maximum(zero, np.minimum(a[3], b[3]) - np.maximum(a[1], b[1]))
    width = np.maximum(zero, np.minimum(a[2], b[2]) - np.maximum(a[0], b[0]))
    shared = height * width
    area_a = (a[3] - a[1]) * (a[2] - a[0])
    area_b = (b[3] - b[1]) * (b[2] - b[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        overlap: Floats = shared / (area_a + area_b - shared)
    return overlap


def _check_ends(truth: Entries, used: Ints) -> None:
    x1, y1, x2, y2 = truth.boxes
    for row in used[(x1[used] > x2[used]) | (y1[used] > y2[used])][:1]:
        raise InputError(
            "ava.truth_box",
            "ground truth",
            f"box {truth.boxes[:, row].tolist()} of action {truth.actions[row]} ends before it "
            "starts",
            "Give the official annotation file.",
        )


def _ranks(truth: Entries, contested: Ints) -> Ints:
    """(G,) the order of the boxes, which decides between equal overlaps.

    Only in key frames where that happens (`contested` names a box of each) it is the order in which
    the official reader lines the boxes up; elsewhere any order will do.
    """
    rank = np.arange(len(truth.frame))
    for frame in np.unique(truth.frame[contested]):
        rows = np.flatnonzero(truth.frame == frame)
        rank[rows[lined_up(truth.take(rows), 0)]] = rows
    return rank

"""Match detections to the truth at many tIoU thresholds and name the error of each one that fails.

The pairs and their order are those of the ActivityNet evaluator; the error types are those of
Alwassel et al. (ECCV 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.challenges.activitynet.detection import TIOU
from common.challenges.temporal.average_precision import best_first, rank_rows
from common.challenges.temporal.columns import Instances
from common.challenges.temporal.matching import Pairs, candidate_pairs, temporal_iou

# Below this overlap a detection has nothing to do with any truth.
BACKGROUND_TIOU = 0.1
# Pairs (detection, truth segment of its video) that are looked at in one go: bounds the memory.
_CHUNK_PAIRS = 2_000_000


class Kind(IntEnum):
    """What a detection is at one threshold."""

    TRUE_POSITIVE = 0
    DOUBLE = 1
    WRONG_LABEL = 2
    LOCALISATION = 3
    CONFUSION = 4
    BACKGROUND = 5


ERROR_KINDS = tuple(kind for kind in Kind if kind is not Kind.TRUE_POSITIVE)
# letter and name: colour is never the only carrier of the kind.
KIND_LETTER = {
    Kind.TRUE_POSITIVE: "T",
    Kind.DOUBLE: "D",
    Kind.WRONG_LABEL: "W",
    Kind.LOCALISATION: "L",
    Kind.CONFUSION: "C",
    Kind.BACKGROUND: "B",
}
KIND_NAME = {
    Kind.TRUE_POSITIVE: "true positive",
    Kind.DOUBLE: "double detection",
    Kind.WRONG_LABEL: "wrong label",
    Kind.LOCALISATION: "localisation",
    Kind.CONFUSION: "confusion",
    Kind.BACKGROUND: "background",
}


@dataclass(frozen=True, slots=True)
class Matches:
    """Detections matched to the truth. K thresholds, P detections, G truth segments, C classes.

    Args:
        thresholds: (K,) tIoU.
        classes: the C labels of the truth, sorted.
        truth: G rows `video, start, end, label, class_index`, by video, start, end, label.
        detections: P rows `video, start, end, label, score, class_index, rank`, by class, then by
            rank (0 = best of its class); `row` is the row in the table given.
        match: (K, P) row of the matched truth, -1 for none.
        kind: (K, P) `Kind` of each detection.
        best_truth: (P,) row of the truth segment of any class that overlaps most, -1 without truth.
        best_tiou: (P,) that overlap.
        n_truth: (C,) truth segments of each class.
        n_ignored: detections left out because their label does not occur in the truth.
    """

    thresholds: NDArray[np.float64]
    classes: tuple[str, ...]
    truth: pd.DataFrame
    detections: pd.DataFrame
    match: NDArray[np.int64]
    kind: NDArray[np.uint8]
    best_truth: NDArray[np.int64]
    best_tiou: NDArray[np.float64]
    n_truth: NDArray[np.int64]
    n_ignored: int


def match_detections(
    truth: pd.DataFrame,
    detections: pd.DataFrame,
    thresholds: NDArray[np.float64] = TIOU,
) -> Matches:
    """Match every detection and name its error.

    Per class and threshold, detections go by score, descending (of equal scores the later row goes
    first, as in our evaluator); each takes the free truth segment of its class and video that
    overlaps most, if that is at least the threshold.

    Args:
        truth: `video, start, end, label`; seconds.
        detections: `video, start, end, label, score`; seconds.
        thresholds: (K,) tIoU, ascending.
    """
    classes = tuple(sorted(truth["label"].unique()))
    videos = pd.Index(truth["video"].unique())
    rows = truth[["video", "start", "end", "label"]].reset_index(drop=True)
    rows["class_index"] = _class_index(rows["label"], classes)
    order = rows.sort_values(["video", "start", "end", "label"], kind="stable").index.to_numpy()
    ordered = rows.iloc[order].reset_index(drop=True)
    ranked = _rank_detections(detections, classes)
    predicted = _instances(ranked, videos)
    best_truth, best_tiou = _best_overlaps(_instances(ordered, videos), predicted)
    # The truth in file order here: of equal overlaps the evaluator takes the later row.
    pairs = candidate_pairs(_instances(rows, videos), predicted, float(thresholds[0]))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    match = np.stack([_greedy(pairs, place, len(ranked), t) for t in thresholds])
    return Matches(
        thresholds,
        classes,
        ordered,
        ranked,
        match,
        _kinds(match, best_truth, best_tiou, ordered, ranked, thresholds),
        best_truth,
        best_tiou,
        np.bincount(ordered["class_index"], minlength=len(classes)),
        len(detections) - len(ranked),
    )


def _class_index(labels: pd.Series, classes: tuple[str, ...]) -> NDArray[np.int64]:
    index = pd.Index(classes, dtype=object).get_indexer(labels.astype(object))
    return np.asarray(index, dtype=np.int64)


def _rank_detections(detections: pd.DataFrame, classes: tuple[str, ...]) -> pd.DataFrame:
    rows = detections[["video", "start", "end", "label", "score"]].reset_index(drop=True)
    rows["class_index"] = _class_index(rows["label"], classes)
    rows["row"] = np.arange(len(rows))
    rows = rows[rows["class_index"] >= 0]
    order = best_first(rows["score"].to_numpy(dtype=np.float64))
    order = rank_rows(rows["class_index"].to_numpy(), order)
    rows = rows.iloc[order].reset_index(drop=True)
    rows["rank"] = rows.groupby("class_index", sort=False).cumcount()
    return rows


def _instances(rows: pd.DataFrame, videos: pd.Index) -> Instances:
    return Instances(
        videos.get_indexer(rows["video"]),
        rows["class_index"].to_numpy(),
        rows["start"].to_numpy(dtype=np.float64),
        rows["end"].to_numpy(dtype=np.float64),
    )


def _best_overlaps(
    truth: Instances, detections: Instances
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(P,) truth row of any class that overlaps most, and its tIoU; -1 and 0 without truth.

    Args:
        truth: rows of a video stand together.
    """
    best_truth = np.full(len(detections), -1, dtype=np.int64)
    best_tiou = np.zeros(len(detections))
    if not len(truth):
        return best_truth, best_tiou
    count = np.bincount(truth.video)
    first = np.zeros(len(count), dtype=np.int64)
    first[truth.video[::-1]] = np.arange(len(truth))[::-1]
    known = np.flatnonzero(detections.video >= 0)
    for part in _chunks(known, count[detections.video[known]]):
        per_row = count[detections.video[part]]
        begin = np.cumsum(per_row) - per_row
        detection = np.repeat(part, per_row)
        within = np.arange(len(detection)) - np.repeat(begin, per_row)
        row = np.repeat(first[detections.video[part]], per_row) + within
        tiou = np.nan_to_num(temporal_iou(truth, row, detections, detection), nan=1.0)
        best_tiou[part] = np.maximum.reduceat(tiou, begin)
        # Of equal overlaps the first truth segment counts.
        is_best = tiou == np.repeat(best_tiou[part], per_row)
        best_truth[part] = np.minimum.reduceat(np.where(is_best, row, len(truth)), begin)
    return best_truth, best_tiou


def _chunks(rows: NDArray[np.int64], pairs: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """`rows` cut so that no part has many more pairs than the chunk size; no part is empty."""
    if not len(rows):
        return []
    part = np.cumsum(pairs) // _CHUNK_PAIRS
    return np.split(rows, np.flatnonzero(np.diff(part)) + 1)


def _greedy(
    pairs: Pairs, place: NDArray[np.int64], n_detections: int, threshold: float
) -> NDArray[np.int64]:
    """(P,) matched truth rows, -1 for none.

    Args:
        pairs: detections in rank order, so that their numbers are their turns.
        place: row of the ordered truth for each row of the truth in `pairs`.
    """
    reach = ~(pairs.tiou < threshold)
    match = [-1] * n_detections
    taken = [False] * len(place)
    rows, truth = pairs.row[reach].tolist(), place[pairs.truth[reach]].tolist()
    for detection, segment in zip(rows, truth, strict=True):
        if match[detection] < 0 and not taken[segment]:
            match[detection] = segment
            taken[segment] = True
    return np.asarray(match, dtype=np.int64)


def _kinds(
    match: NDArray[np.int64],
    best_truth: NDArray[np.int64],
    best_tiou: NDArray[np.float64],
    truth: pd.DataFrame,
    detections: pd.DataFrame,
    thresholds: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """(K, P) kinds by the rule table of Alwassel et al. 2018, section 4 (see docs/report.md)."""
    labels = np.append(truth["class_index"].to_numpy(), -1)
    same = labels[best_truth] == detections["class_index"].to_numpy()
    reached = best_tiou >= thresholds[:, None]
    near = np.where(same, Kind.LOCALISATION, Kind.CONFUSION)
    at = np.where(same, Kind.DOUBLE, Kind.WRONG_LABEL)
    kind = np.where(reached, at, np.where(best_tiou < BACKGROUND_TIOU, Kind.BACKGROUND, near))
    return np.where(match >= 0, Kind.TRUE_POSITIVE, kind).astype(np.uint8)

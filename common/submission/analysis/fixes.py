"""What average precision would gain if errors were put right instead of taken away.

After Bolya et al. (ECCV 2020), with the error types of `matching.py` and segments for boxes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from common.submission.analysis.matching import Kind, Matches
from common.submission.analysis.precision import ap_of_classes

Fix = Literal["label", "localisation", "both", "double", "background", "missed"]
FIXES: tuple[Fix, ...] = ("label", "localisation", "both", "double", "background", "missed")
_REMOVED: dict[Fix, Kind] = {
    "both": Kind.CONFUSION,
    "double": Kind.DOUBLE,
    "background": Kind.BACKGROUND,
}
_PUT_RIGHT: dict[Fix, Kind] = {
    "label": Kind.WRONG_LABEL,
    "localisation": Kind.LOCALISATION,
}


@dataclass(frozen=True, slots=True)
class _Ranking:
    """What AP is computed from at one threshold: (P,) arrays and (C,) counts."""

    classes: NDArray[np.int64]
    score: NDArray[np.float64]
    hit: NDArray[np.bool_]
    gone: NDArray[np.bool_]
    n_truth: NDArray[np.int64]

    def mean_ap(self) -> float:
        left = np.flatnonzero(~self.gone)
        order = left[np.lexsort((left, -self.score[left], self.classes[left]))]
        # A class whose truth was all taken away as missed has found nothing: its AP is 0.
        return float(ap_of_classes(self.classes[order], self.hit[order], self.n_truth).mean())


def fix_gains(matches: Matches, level: int = 0) -> dict[Fix, float]:
    """Gain in mAP at one threshold for each kind of mistake put right alone.

    * label, localisation: the detection becomes a true positive of the truth segment that it
      overlaps most; if that one is found already, or by a better detection put right, it goes.
    * both (wrong label and poor overlap), double, background: the detection goes.
    * missed: truth segments that are neither matched nor within reach of the first two fixes go.

    Args:
        level: which threshold of `matches`; 0 is tIoU 0.5.

    Source: Bolya et al. 2020, section 3 (dAP of main error types).
    """
    start = _ranking(matches, level)
    base = start.mean_ap()
    gains: dict[Fix, float] = {}
    for fix in FIXES:
        if fix in _REMOVED:
            fixed = replace(start, gone=matches.kind[level] == _REMOVED[fix])
        elif fix in _PUT_RIGHT:
            fixed = _put_right(start, matches, level, _PUT_RIGHT[fix])
        else:
            fixed = replace(start, n_truth=_without_missed(matches, level))
        gains[fix] = fixed.mean_ap() - base
    return gains


def _ranking(matches: Matches, level: int) -> _Ranking:
    hit = matches.match[level] >= 0
    detections = matches.detections
    return _Ranking(
        detections["class_index"].to_numpy(),
        detections["score"].to_numpy(dtype=np.float64),
        hit,
        np.zeros_like(hit),
        matches.n_truth,
    )


def _put_right(start: _Ranking, matches: Matches, level: int, kind: Kind) -> _Ranking:
    wrong = np.flatnonzero(matches.kind[level] == kind)
    best_first = wrong[np.argsort(-start.score[wrong], kind="stable")]
    target = matches.best_truth[best_first]
    _, first = np.unique(target, return_index=True)
    found = matches.match[level][matches.match[level] >= 0]
    chosen = first[~np.isin(target[first], found)]
    classes, hit, gone = start.classes.copy(), start.hit.copy(), start.gone.copy()
    gone[wrong] = True
    gone[best_first[chosen]] = False
    hit[best_first[chosen]] = True
    classes[best_first[chosen]] = matches.truth["class_index"].to_numpy()[target[chosen]]
    return replace(start, classes=classes, hit=hit, gone=gone)


def _without_missed(matches: Matches, level: int) -> NDArray[np.int64]:
    within_reach = np.isin(matches.kind[level], list(_PUT_RIGHT.values()))
    reached = np.append(
        matches.match[level][matches.match[level] >= 0], matches.best_truth[within_reach]
    )
    classes = matches.truth["class_index"].to_numpy()
    left = np.bincount(classes[np.unique(reached)], minlength=len(matches.n_truth))
    return left.astype(np.int64)

"""Proposals of an EPIC-KITCHENS video x verbs x nouns -> rows of a C2 result.

Source: alibaba-mmai-research/TAdaConv (utils/tal_tools.py, configs/projects/epic-kitchen-tal).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.challenges.epic.annotations import N_NOUNS, N_VERBS
from common.core.errors import InputError
from common.core.timebase import ResizeRule
from common.features.rows import FeatureRows
from common.localization.windows.class_scores import window_class_scores
from common.localization.windows.grid import WindowGrid

ACTION_COLUMNS = ("video", "verb", "noun", "start", "end", "score")
_SAME = 1e-6  # of a position

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PairRule:
    """Which pairs a proposal gets; the defaults are published.

    Args:
        verbs, nouns: best of each that are paired.
        pairs: best pairs that are kept.
        power: exponent of the pair's probability beside the proposal's score.
    """

    verbs: int = 10
    nouns: int = 30
    pairs: int = 5
    power: float = 1.0


def best_pairs(verbs: Floats, nouns: Floats, rule: PairRule) -> tuple[Ints, Ints, Floats]:
    """The best pairs of n proposals: (n, p) verbs, (n, p) nouns and (n, p) products, best first.

    Equal products are ordered by the verb's rank, then the noun's; equal scores of one kind by the
    class. p is smaller than `rule.pairs` where there are not so many.

    Args:
        verbs: (n, V) probabilities; nouns: (n, N).
    """
    verb = np.argsort(-verbs, axis=1, kind="stable")[:, : rule.verbs]
    noun = np.argsort(-nouns, axis=1, kind="stable")[:, : rule.nouns]
    best_verbs, best_nouns = (
        np.take_along_axis(scores, index, axis=1)
        for scores, index in ((verbs, verb), (nouns, noun))
    )
    product = (best_verbs[:, :, None] * best_nouns[:, None, :]).reshape(len(verbs), -1)
    order = np.argsort(-product, axis=1, kind="stable")[:, : rule.pairs]
    which_verb, which_noun = np.divmod(order, noun.shape[1])
    return (
        np.take_along_axis(verb, which_verb, axis=1),
        np.take_along_axis(noun, which_noun, axis=1),
        np.take_along_axis(product, order, axis=1),
    )


def action_detections(
    proposals: pd.DataFrame,
    verbs: Sequence[FeatureRows],
    nouns: Sequence[FeatureRows],
    grid: WindowGrid,
    rule: PairRule | None = None,
    resize: ResizeRule = "ends",
) -> pd.DataFrame:
    """Detected actions of one video, ACTION_COLUMNS, best first.

    Args:
        proposals: of `window_proposals` with the same grid.
        verbs: logits of the 97 verbs along the video, one store a crop; nouns: of the 300 nouns.

    Raises:
        InputError: logits of other classes than the challenge has, or damaged ones.
    """
    rule = rule or PairRule()
    for stores, expected, kind in ((verbs, N_VERBS, "verbs"), (nouns, N_NOUNS, "nouns")):
        _check_classes(stores, expected, kind)
    spans = _spans(proposals, grid)
    parts: list[pd.DataFrame] = []
    for (rows, verb), (_, noun) in zip(
        window_class_scores(verbs, grid, spans, resize),
        window_class_scores(nouns, grid, spans, resize),
        strict=True,
    ):
        mine = proposals.iloc[rows]
        verb_class, noun_class, product = best_pairs(verb, noun, rule)
        table = mine.loc[mine.index.repeat(product.shape[1]), ["video", "start", "end", "score"]]
        table = table.assign(verb=verb_class.ravel(), noun=noun_class.ravel())
        parts.append(table.assign(score=table["score"] * product.ravel() ** rule.power))
    if not parts:
        return pd.DataFrame({name: [] for name in ACTION_COLUMNS})
    found = pd.concat(parts)[list(ACTION_COLUMNS)]
    return found.sort_values("score", ascending=False, kind="stable", ignore_index=True)


def _spans(proposals: pd.DataFrame, grid: WindowGrid) -> Ints:
    """(n, 2) positions of proposals, whose ends may have been cut at the end of the video."""
    times = proposals[["start", "end"]].to_numpy() / grid.position_seconds
    first, stop = np.floor(times[:, 0] + _SAME), np.ceil(times[:, 1] - _SAME)
    return np.stack([first, stop], axis=1).astype(np.int64)


def _check_classes(stores: Sequence[FeatureRows], expected: int, kind: str) -> None:
    for rows in stores:
        if rows.channels != expected:
            raise InputError(
                "pairs.classes",
                str(rows.path),
                f"logits of {rows.channels} classes, the challenge has {expected} {kind}",
                "Give one column a class of the official table, in its order.",
            )

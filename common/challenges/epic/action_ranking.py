"""Action scores and ranks, made of verb and noun scores as the EPIC recognition program does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.challenges.temporal.columns import Ints

Scores = NDArray[np.floating[Any]]
TOP_CLASSES = 100
TOP_ACTIONS = 100
# The official program numbers actions verb * 1000 + noun, unlike the detection program's 300.
ACTION_BASE = 1000


@dataclass(frozen=True, slots=True)
class RankedScores:
    """Verbs and nouns of every segment, best first, of equal scores the higher class first.

    Args:
        verbs: (N, 97) classes; nouns: (N, 300) classes.
        verb_shares: (N, 97) softmax of the verb scores, in that order.
        noun_shares: (N, 100) the same of the 100 best nouns.
    """

    verbs: Ints
    nouns: Ints
    verb_shares: Scores
    noun_shares: Scores


def rank_scores(
    verb_scores: Scores, noun_scores: Scores, per_segment_softmax: bool
) -> RankedScores:
    """Sort the scores of every segment and turn the best 100 into shares.

    Args:
        verb_scores: (N, 97), noun_scores: (N, 300); the dtype is kept.
        per_segment_softmax: False is the official program: it normalises over the whole array, so
            that a segment far below the others underflows and loses its action ranking. True
            normalises every segment by itself.
    """
    verbs, nouns = _best_first(verb_scores), _best_first(noun_scores)
    return RankedScores(
        verbs,
        nouns,
        _softmax(_taken(verb_scores, verbs[:, :TOP_CLASSES]), per_segment_softmax),
        _softmax(_taken(noun_scores, nouns[:, :TOP_CLASSES]), per_segment_softmax),
    )


def _best_first(scores: Scores) -> Ints:
    return np.argsort(scores, axis=1, kind="stable")[:, ::-1]


def _taken(scores: Scores, order: Ints) -> Scores:
    return np.take_along_axis(scores, order, axis=1)


def _softmax(scores: Scores, per_segment: bool) -> Scores:
    axis = 1 if per_segment else None
    with np.errstate(invalid="ignore", under="ignore"):
        powers = np.exp(scores - np.amax(scores, axis=axis, keepdims=True))
        shares: Scores = powers / np.sum(powers, axis=axis, keepdims=True)
    return shares


def best_actions(ranked: RankedScores, k: int) -> tuple[Ints, Ints]:
    """(N, k) verb and noun of the k best actions of every segment, k <= 5.

    The official program sorts 9,700 products per segment, keeps 100, and sorts those again, each
    time reversing the order of equal products: among the kept ones the better verb comes first in
    the end. Shares fall along the ranks, so the k best are among the few products whose ranks
    a, b give (a + 1) (b + 1) <= k. Only where the next product equals the last one kept (or NaN or
    rounding disturbs the order) does it matter which 100 were kept; those segments are sorted as
    the program does.
    """
    n = len(ranked.verbs)
    a, b = _corner(k + 1, ranked)
    products = ranked.verb_shares[:, a] * ranked.noun_shares[:, b]
    order = np.argsort(-products, axis=1, kind="stable")
    ordered = np.take_along_axis(products, order, axis=1)
    first, second = a[order[:, :k]], b[order[:, :k]]
    clear = _falls(ranked.verb_shares) & _falls(ranked.noun_shares)
    clear &= ordered[:, k - 1] > ordered[:, k]
    for row in np.flatnonzero(~clear):
        first[row], second[row] = (part[:k] for part in official_ranking(ranked, int(row)))
    rows = np.arange(n)[:, None]
    return ranked.verbs[rows, first], ranked.nouns[rows, second]


def _corner(k: int, ranked: RankedScores) -> tuple[Ints, Ints]:
    """Ranks (a, b) with (a + 1) (b + 1) <= k, verb by verb."""
    a, b = np.indices((ranked.verb_shares.shape[1], ranked.noun_shares.shape[1])).reshape(2, -1)
    near = (a + 1) * (b + 1) <= k
    return a[near], b[near]


def _falls(shares: Scores) -> NDArray[np.bool_]:
    return np.asarray((shares[:, 1:] <= shares[:, :-1]).all(axis=1))


def official_ranking(ranked: RankedScores, row: int) -> tuple[Ints, Ints]:
    """Ranks (verb, noun) of the 100 kept actions of one segment in the final order."""
    verb, noun, score = kept_actions(ranked, row)
    final = np.argsort(score, kind="stable")[::-1]
    return verb[final], noun[final]


def kept_actions(ranked: RankedScores, row: int) -> tuple[Ints, Ints, Scores]:
    """Ranks (verb, noun) and scores of the 100 kept actions of one segment, in the order in which
    the program keeps them: best first, of equal scores the worse verb first.
    """
    with np.errstate(under="ignore"):
        products = (ranked.verb_shares[row][:, None] * ranked.noun_shares[row][None, :]).ravel()
    kept = _largest(products)
    verb, noun = np.divmod(kept, ranked.noun_shares.shape[1])
    return verb, noun, products[kept]


def _largest(products: Scores) -> Ints:
    """Positions of the 100 largest values, largest first, of equal ones the later first."""
    position = np.arange(products.size)
    if not np.isnan(products).any():
        # Only what reaches the 100th largest value can be kept; sorting the rest is wasted.
        least = np.partition(products, -TOP_ACTIONS)[-TOP_ACTIONS]
        position = np.flatnonzero(products >= least)
    order = np.argsort(products[position], kind="stable")[::-1]
    return position[order[:TOP_ACTIONS]]

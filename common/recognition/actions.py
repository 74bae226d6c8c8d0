"""Action scores from verb and noun scores.

Source: the action scores of TAdaConv, `sum` (`action_class_ind_pred`) and `calculate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from common.challenges.epic.annotations import EpicSegment
from common.core.params.epic_recognition import Actions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def action_scores(verbs: Floats, nouns: Floats, views: Literal["sum", "calculate"]) -> Floats:
    """(N, A, B) scores of all pairs.

    Args:
        verbs: (N, V, A), nouns: (N, V, B): softmax scores of every view.
        views: `sum`: sum over the views of their products; `calculate`: product of the views' sums.
    """
    if views == "sum":
        return np.einsum("nva,nvb->nab", verbs, nouns, optimize=True)
    return np.einsum("na,nb->nab", verbs.sum(axis=1), nouns.sum(axis=1), optimize=True)


def pair_weights(
    train: Sequence[EpicSegment], n_verbs: int, n_nouns: int, spec: Actions
) -> Floats | None:
    """(A, B) weight of every pair: 1 for those that the training set has, `unseen_pair` for the
    others; None where all pairs are equal.
    """
    if spec.pairs == "all":
        return None
    weights = np.full((n_verbs, n_nouns), spec.unseen_pair)
    for segment in train:
        weights[segment.verb, segment.noun] = 1.0
    return weights


def marginals(verbs: Floats, nouns: Floats, pairs: Floats | None) -> tuple[Floats, Floats]:
    """(N, A) and (N, B) verb and noun scores of the weighted product; each row sums to 1.

    The server makes its own product of what is submitted, so a weight of pairs can reach it through
    the marginals alone. Where every pair of a segment has weight 0, its scores stay.

    Args:
        verbs: (N, A), nouns: (N, B), rows of sum 1.
        pairs: (A, B) weights; None: the scores as they are.
    """
    if pairs is None:
        return verbs, nouns
    of_verb, of_noun = verbs * (nouns @ pairs.T), nouns * (verbs @ pairs)
    total = of_verb.sum(axis=1, keepdims=True)
    possible = total > 0
    total = np.where(possible, total, 1.0)
    return np.where(possible, of_verb / total, verbs), np.where(possible, of_noun / total, nouns)


def best_pairs(scores: Floats, pairs: Floats | None = None) -> Ints:
    """(N, 2) verb and noun of the highest action score; of equal ones the first.

    Args:
        scores: (N, A, B).
        pairs: (A, B) weights; None: all equal.
    """
    weighted = scores if pairs is None else scores * pairs
    flat = weighted.reshape(len(scores), -1).argmax(axis=1)
    return np.stack(np.divmod(flat, scores.shape[2]), axis=1)

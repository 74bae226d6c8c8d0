"""Action scores: the published example of the two rules, pair weights, marginals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.challenges.epic.annotations import EpicSegment
from common.core.params.epic_recognition import Actions
from common.recognition.actions import action_scores, best_pairs, marginals, pair_weights

# Two views of one segment, where the two published rules differ.
VERBS = np.array([[[0.9, 0.1], [0.3, 0.7]]])
NOUNS = np.array([[[0.2, 0.8], [0.9, 0.1]]])


def test_sum_and_calculate_give_the_published_scores_and_disagree():
    summed = action_scores(VERBS, NOUNS, "sum")
    calculated = action_scores(VERBS, NOUNS, "calculate")
    assert summed[0] == pytest.approx(np.array([[0.45, 0.75], [0.65, 0.15]]))
    assert calculated[0] == pytest.approx(np.array([[1.32, 1.08], [0.88, 0.72]]))
    assert best_pairs(summed).tolist() == [[0, 1]]
    assert best_pairs(calculated).tolist() == [[0, 0]]


def segment(verb, noun):
    return EpicSegment("a_0", "P00", "a", 0.0, 1.0, verb, noun)


def test_pairs_that_were_never_seen_weigh_what_the_params_say():
    seen = Actions(views="sum", pairs="seen", unseen_pair=0.25)
    weights = pair_weights([segment(0, 1), segment(1, 0)], 2, 2, seen)
    assert weights.tolist() == [[0.25, 1.0], [1.0, 0.25]]
    everything = Actions(views="sum", pairs="all", unseen_pair=0.0)
    assert pair_weights([segment(0, 1)], 2, 2, everything) is None


def test_a_seen_pair_mends_a_noun_that_does_not_go_with_the_verb():
    verbs, nouns = np.array([[0.9, 0.1]]), np.array([[0.6, 0.4]])
    pairs = np.array([[0.0, 1.0], [1.0, 0.0]])
    verb, noun = marginals(verbs, nouns, pairs)
    assert nouns.argmax() == 0 and noun.argmax() == 1
    assert verb == pytest.approx(np.array([[0.36 / 0.42, 0.06 / 0.42]]))


def test_scores_stay_where_no_pair_is_possible():
    verbs, nouns = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    verb, noun = marginals(verbs, nouns, np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert (verb == verbs).all() and (noun == nouns).all()


@given(st.integers(0, 1000))
def test_marginals_are_those_of_the_weighted_product(seed):
    rng = np.random.default_rng(seed)
    verbs, nouns = rng.dirichlet(np.ones(4), 3), rng.dirichlet(np.ones(5), 3)
    pairs = (rng.random((4, 5)) < 0.7).astype(float)
    pairs[0] = 1.0
    joint = verbs[:, :, None] * nouns[:, None, :] * pairs
    joint /= joint.sum(axis=(1, 2), keepdims=True)
    verb, noun = marginals(verbs, nouns, pairs)
    assert np.allclose(verb, joint.sum(axis=2)) and np.allclose(noun, joint.sum(axis=1))

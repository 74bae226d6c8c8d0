"""Fusion of members and the weights that are fitted for verbs, nouns and actions."""

import numpy as np
import pytest

from common.challenges.epic.annotations import EpicSegment
from common.challenges.epic.ground_truth import EpicTruth
from common.core.params.epic_recognition import Actions, RecognitionWeights
from common.recognition.fitting import fit_members, late_hits
from common.recognition.members import MemberScores, fused, fused_actions
from common.recognition.scoring import evaluate_scores, floor_rows, member_rows, official_scores

SUM = Actions(views="sum", pairs="all", unseen_pair=0.0)


def scores(classes, n_classes, right, rng):
    """(N, 1, C) scores whose best class is right with chance `right`."""
    found = rng.dirichlet(np.ones(n_classes), len(classes)) * 0.3
    best = np.where(
        rng.random(len(classes)) < right, classes, rng.integers(0, n_classes, len(classes))
    )
    found[np.arange(len(classes)), best] += 0.7
    return found[:, None]


@pytest.fixture
def world():
    """A member that knows verbs, one that knows nouns, and the segments."""
    rng = np.random.default_rng(0)
    verb, noun = rng.integers(0, 4, 200), rng.integers(0, 3, 200)
    segments = tuple(
        EpicSegment(f"v{i // 10}_{i % 10}", "P00", f"v{i // 10}", 0.0, 1.0, int(v), int(n))
        for i, (v, n) in enumerate(zip(verb, noun, strict=True))
    )
    members = {
        "motion": MemberScores(scores(verb, 4, 0.9, rng), scores(noun, 3, 0.4, rng)),
        "looks": MemberScores(scores(verb, 4, 0.3, rng), scores(noun, 3, 0.9, rng)),
    }
    return members, segments


@pytest.mark.parametrize("criterion", ["accuracy", "likelihood"])
def test_verbs_and_nouns_get_weights_of_their_own(world, criterion):
    fitted = fit_members(*world, SUM, RecognitionWeights(criterion=criterion)).weights()
    assert min(fitted["verb"][0], fitted["noun"][1]) > 0.55
    assert all(sum(weights) == pytest.approx(1.0) for weights in fitted.values())


def test_fitted_weights_beat_both_members_at_actions(world):
    members, segments = world
    truth = EpicTruth(segments, {}, None, None, None, [])
    fitted = fit_members(*world, SUM, RecognitionWeights(criterion="likelihood"))
    rows = member_rows(members, fitted.weights(), truth)
    best = max(rows["motion"]["action"], rows["looks"]["action"])
    assert rows["fitted weights"]["action"] > best + 0.2


def test_late_fusion_of_one_member_is_its_own_product(world):
    members, segments = world
    one = members["motion"]
    product = fused_actions([one], (1.0,), "sum")
    assert product == pytest.approx(np.einsum("na,nb->nab", one.verb[:, 0], one.noun[:, 0]))
    known = {
        "verb": np.array([s.verb for s in segments]),
        "noun": np.array([s.noun for s in segments]),
    }
    hits = late_hits([one], (1.0,), known, "sum", None)
    right = one.verb[:, 0].argmax(1) == known["verb"]
    assert (hits == (right & (one.noun[:, 0].argmax(1) == known["noun"]))).all()


@pytest.mark.parametrize("views", ["sum", "calculate"])
def test_a_member_with_more_views_weighs_no_more(views):
    rng = np.random.default_rng(1)
    verb, noun = rng.dirichlet(np.ones(3), (2, 4)), rng.dirichlet(np.ones(5), (2, 4))
    total = fused_actions([MemberScores(verb, noun)], (1.0,), views)
    assert total.sum(axis=(1, 2)) == pytest.approx(np.ones(2))


def test_fused_scores_are_a_weighted_mean(world):
    members, _ = world
    first, second = members.values()
    mean = fused([first, second], (0.25, 0.75), "noun")
    assert mean == pytest.approx(0.25 * first.noun[:, 0] + 0.75 * second.noun[:, 0])


def test_what_is_submitted_has_all_official_classes_and_the_same_order(world):
    members, _ = world
    verb, noun = official_scores(members["motion"].verb[:, 0], members["motion"].noun[:, 0])
    assert verb.shape == (200, 97) and noun.shape == (200, 300)
    assert (verb.argmax(1) == members["motion"].verb[:, 0].argmax(1)).all()
    assert (np.exp(verb[:, 4:]) < 1e-8).all()


def test_the_majority_floor_is_the_share_of_the_most_frequent_pair(world):
    _, segments = world
    truth = EpicTruth(segments, {}, None, None, None, [])
    pairs = [(s.verb, s.noun) for s in segments]
    share = max(pairs.count(pair) for pair in set(pairs)) / len(pairs)
    assert floor_rows(segments, truth)["majority class"]["action"] == share


def test_official_numbers_are_those_of_the_scores(world):
    members, segments = world
    truth = EpicTruth(segments, {}, (3,), (2,), None, [])
    found = evaluate_scores(members["motion"].verb[:, 0], members["motion"].noun[:, 0], truth)
    right = members["motion"].verb[:, 0].argmax(1) == truth.verb
    assert found.metrics["all_verb_accuracy_at_1"] == pytest.approx(100 * right.mean())
    assert "tail_action_accuracy_at_1" in found.metrics

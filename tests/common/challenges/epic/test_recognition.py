import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.challenges.epic import evaluate_recognition
from common.challenges.epic.action_ranking import best_actions, official_ranking, rank_scores
from common.core.errors import InputError
from tests.common.challenges.slow_temporal import best_actions as slow_best_actions


def scores(n=4, seed=0, step=None):
    """(n, 97) and (n, 300) scores; with `step` they are multiples of it, so ties abound."""
    rng = np.random.default_rng(seed)
    parts = [rng.normal(0, 3, (n, 97)), rng.normal(0, 3, (n, 300))]
    return [np.round(part / step) * step if step else part for part in parts]


def shares_by_class(ranked, row):
    verbs, nouns = np.zeros(97), np.full(300, -1.0)
    verbs[ranked.verbs[row]] = ranked.verb_shares[row]
    nouns[ranked.nouns[row, :100]] = ranked.noun_shares[row]
    return verbs.tolist(), nouns.tolist()


def test_the_right_classes_give_100_percent():
    verb, noun = scores(3)
    labels = verb.argmax(axis=1), noun.argmax(axis=1)
    metrics = evaluate_recognition(labels, (verb, noun)).metrics
    assert set(metrics.values()) == {100.0}
    assert len(metrics) == 6


def test_top_5_finds_the_fifth_class_and_top_1_does_not():
    verb, noun = scores(1)
    fifth = np.argsort(verb[0])[-5], np.argsort(noun[0])[-5]
    metrics = evaluate_recognition(([fifth[0]], [fifth[1]]), (verb, noun)).metrics
    assert metrics["all_verb_accuracy_at_1"] == 0.0
    assert metrics["all_verb_accuracy_at_5"] == 100.0
    assert metrics["all_noun_accuracy_at_5"] == 100.0


def test_of_equal_scores_the_higher_class_is_first():
    verb, noun = np.zeros((1, 97)), np.zeros((1, 300))
    metrics = evaluate_recognition(([96], [299]), (verb, noun)).metrics
    assert metrics["all_verb_accuracy_at_1"] == 100.0
    assert metrics["all_noun_accuracy_at_1"] == 100.0


def test_a_segment_far_below_the_others_loses_its_actions_to_the_whole_array_softmax():
    verb, noun = scores(2)
    labels = verb.argmax(axis=1), noun.argmax(axis=1)
    verb[1] -= 900
    noun[1] -= 900
    official = evaluate_recognition(labels, (verb, noun))
    own = evaluate_recognition(labels, (verb, noun), per_segment_softmax=True)
    assert official.metrics["all_action_accuracy_at_1"] == 50.0
    assert own.metrics["all_action_accuracy_at_1"] == 100.0


def test_float32_underflows_where_float64_does_not():
    verb, noun = scores(2)
    labels = verb.argmax(axis=1), noun.argmax(axis=1)
    verb[1] -= 200
    noun[1] -= 200
    wide = evaluate_recognition(labels, (verb, noun)).metrics
    narrow = evaluate_recognition(labels, (verb, noun), dtype="float32").metrics
    assert wide["all_action_accuracy_at_1"] == 100.0
    assert narrow["all_action_accuracy_at_1"] == 50.0


def test_the_tail_action_needs_a_tail_verb_or_a_tail_noun():
    verb, noun = scores(4)
    labels = [0, 1, 2, 3], [0, 0, 0, 1]
    result = evaluate_recognition(labels, (verb, noun), tail=((1,), (1,)))
    hit = result.action_hits[[1, 3], 0].mean() * 100
    assert result.metrics["tail_action_accuracy_at_1"] == hit


def test_without_a_tail_segment_it_stops_as_the_official_program():
    with pytest.raises(InputError, match="tail class"):
        evaluate_recognition(([0], [0]), scores(1), tail=((5,), (5,)))


def test_without_unseen_segments_those_keys_are_absent():
    result = evaluate_recognition(([0, 1], [0, 1]), scores(2), unseen=[False, False])
    assert not any(key.startswith("unseen") for key in result.metrics)
    seen = evaluate_recognition(([0, 1], [0, 1]), scores(2), unseen=[False, True])
    assert "unseen_action_accuracy_at_1" in seen.metrics


@given(st.integers(0, 10_000), st.sampled_from([None, 0.5, 1.0, 3.0, 40.0]), st.booleans())
@settings(deadline=None, max_examples=20)
def test_the_five_best_actions_equal_the_slow_ranking(seed, step, spread):
    verb, noun = scores(2, seed, step)
    if spread:  # The last segment underflows: all of its products are 0.
        verb[-1] -= 1000
    ranked = rank_scores(verb, noun, per_segment_softmax=False)
    verbs, nouns = best_actions(ranked, 5)
    for row in range(2):
        found = list(zip(verbs[row].tolist(), nouns[row].tolist(), strict=True))
        raw = verb[row].tolist(), noun[row].tolist()
        assert found == slow_best_actions(raw, shares_by_class(ranked, row), 5)


def test_nan_scores_are_ranked_as_by_the_full_sort():
    verb, noun = scores(2)
    verb[0, 3] = np.nan
    ranked = rank_scores(verb, noun, per_segment_softmax=False)
    verbs, nouns = best_actions(ranked, 5)
    a, b = official_ranking(ranked, 1)
    assert verbs[1].tolist() == ranked.verbs[1][a[:5]].tolist()
    assert nouns[1].tolist() == ranked.nouns[1][b[:5]].tolist()


@given(st.integers(0, 10_000), st.permutations(range(6)))
@settings(deadline=None, max_examples=15)
def test_the_order_of_segments_changes_nothing(seed, order):
    verb, noun = scores(6, seed)
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 97, 6), rng.integers(0, 300, 6)
    one_way = evaluate_recognition(labels, (verb, noun)).metrics
    shuffled = [part[list(order)] for part in (*labels, verb, noun)]
    other = evaluate_recognition(tuple(shuffled[:2]), tuple(shuffled[2:])).metrics
    assert one_way == pytest.approx(other)

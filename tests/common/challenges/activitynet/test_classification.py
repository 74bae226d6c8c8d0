import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.challenges.activitynet import evaluate_classification
from common.core.errors import InputError
from tests.common.challenges.slow_temporal import classification_ap, hit_at
from tests.common.challenges.temporal_strategies import LABELS, TIED_SCORES, VIDEOS, columns

NAMES = ("video", "label")


def score(truth, predictions):
    return evaluate_classification(columns(truth, NAMES), columns(predictions, NAMES))


def one(video="a", label="run", **more):
    return {"video": video, "label": label, **more}


labelled = st.lists(
    st.builds(one, st.sampled_from(VIDEOS), st.sampled_from(LABELS)), min_size=1, max_size=8
)


@st.composite
def predicted(draw, tied=True):
    videos = st.sampled_from([*VIDEOS, "elsewhere"])
    rows = draw(st.lists(st.builds(one, videos, st.sampled_from(LABELS)), max_size=25))
    if tied:
        return [row | {"score": draw(TIED_SCORES)} for row in rows]
    order = draw(st.permutations(range(len(rows))))
    return [row | {"score": rank / 100} for row, rank in zip(rows, order, strict=True)]


def known(truth, predictions):
    labels = {row["label"] for row in truth}
    return [row for row in predictions if row["label"] in labels]


def test_a_repeated_row_is_a_false_positive():
    truth = [one("a"), one("b")]
    once = [one("a", score=0.9), one("b", score=0.7)]
    assert score(truth, once).map == 1.0
    assert score(truth, [*once, one("a", score=0.8)]).map == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_hit_at_k_counts_any_label_and_the_average_counts_each():
    truth = [one("a", "run"), one("a", "sit"), one("a", "jump")]
    result = score(truth, [one("a", "run", score=0.9)])
    assert result.hit_at_k[1] == 1.0
    assert result.average_hit_at_k[1] == pytest.approx(1 / 3)


def test_repeated_rows_take_places_among_the_k_best():
    truth = [one("a", "run"), one("b", "sit")]
    rows = [one("a", "sit", score=0.9 - i / 10) for i in range(3)] + [one("a", "run", score=0.1)]
    assert score(truth, rows).hit_at_k == {1: 0.0, 3: 0.0, 5: 0.5}


def test_no_prediction_at_all_is_zero():
    result = score([one()], [])
    assert (result.map, result.hit_at_k[5]) == (0.0, 0.0)


def test_an_unknown_label_is_refused():
    with pytest.raises(InputError, match="'Run' is not among the 1 classes"):
        score([one()], [one(label="Run", score=1.0)])


@given(labelled, predicted())
@settings(deadline=None, max_examples=150)
def test_every_value_equals_the_slow_evaluator(truth, predictions):
    predictions = known(truth, predictions)
    labels = {(row["video"], row["label"]) for row in truth}
    result = score(truth, predictions)
    for c, label in enumerate(result.classes):
        expected = classification_ap(labels, predictions, label)
        assert math.isclose(result.ap[c], expected, abs_tol=1e-12)
    for k in (1, 3, 5):
        found = (result.hit_at_k[k], result.average_hit_at_k[k])
        assert found == pytest.approx(hit_at(labels, predictions, k), abs=1e-12)


@given(labelled, predicted(tied=False), st.randoms())
@settings(deadline=None, max_examples=40)
def test_without_ties_the_order_of_rows_changes_nothing(truth, predictions, random):
    predictions = known(truth, predictions)
    shuffled = random.sample(predictions, len(predictions))
    one_way, other = score(truth, predictions), score(truth, shuffled)
    assert np.array_equal(one_way.ap, other.ap)
    assert one_way.hit_at_k == other.hit_at_k


@given(labelled, predicted(tied=False))
@settings(deadline=None, max_examples=40)
def test_repeating_all_predictions_raises_no_score(truth, predictions):
    predictions = known(truth, predictions)
    once, twice = score(truth, predictions), score(truth, predictions * 2)
    assert (twice.ap <= once.ap + 1e-12).all()
    assert all(twice.hit_at_k[k] <= once.hit_at_k[k] for k in (1, 3, 5))


@given(labelled)
@settings(deadline=None, max_examples=40)
def test_the_truth_as_prediction_scores_one(truth):
    rows = {(row["video"], row["label"]): row for row in truth}.values()
    perfect = [row | {"score": 0.5 + i / 100} for i, row in enumerate(rows)]
    result = score(truth, perfect)
    assert result.map == pytest.approx(1.0, abs=1e-12)
    assert result.hit_at_k[3] == 1.0

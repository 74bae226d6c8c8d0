import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.challenges.activitynet import evaluate_detections
from common.core.errors import InputError
from tests.common.challenges.slow_temporal import detection_ap
from tests.common.challenges.temporal_strategies import columns, scored, segments

TIOU = np.linspace(0.5, 0.95, 10)


def score(truth, predictions):
    return evaluate_detections(columns(truth), columns(predictions))


def one(video="a", start=0.0, end=10.0, label="run", **more):
    return {"video": video, "label": label, "start": start, "end": end, **more}


def test_a_known_curve():
    truth = [one(start=0, end=10), one(start=20, end=30)]
    predictions = [
        one(start=0, end=10, score=0.9),
        one(start=50, end=60, score=0.8),
        one(start=20, end=30, score=0.7),
    ]
    # Recall 1/2 at precision 1, recall 1 at precision 2/3.
    result = score(truth, predictions)
    assert result.average_map == pytest.approx(0.5 * 1.0 + 0.5 * 2 / 3)
    assert result.ap.shape == (10, 1)


def test_overlap_equal_to_a_threshold_counts():
    result = score([one(end=10)], [one(end=6, score=1.0)])
    assert result.map_per_tiou.tolist() == [1.0, 1.0, 1.0, *[0.0] * 7]


def test_a_segment_without_length_hits_one_at_the_same_place_only():
    truth = [one(start=5, end=5)]
    assert score(truth, [one(start=5, end=5, score=1.0)]).average_map == 1.0
    assert score(truth, [one(start=4, end=4, score=1.0)]).average_map == 1.0  # 0 / 0 as well
    assert score(truth, [one(start=4, end=6, score=1.0)]).average_map == 0.0


def test_the_second_best_segment_is_taken_when_the_best_is_gone():
    truth = [one(start=0, end=10), one(start=1, end=11)]
    predictions = [one(start=0, end=10, score=0.9), one(start=0, end=10, score=0.8)]
    assert score(truth, predictions).map_per_tiou[0] == 1.0


def test_of_equal_scores_the_later_row_goes_first():
    truth = [one()]
    good, bad = one(score=0.5), one(start=50, end=60, score=0.5)
    assert score(truth, [bad, good]).average_map == 1.0
    assert score(truth, [good, bad]).average_map == 0.5


def test_a_class_without_predictions_counts_as_zero():
    assert score([one(), one(label="jump")], [one(score=1.0)]).average_map == 0.5


def test_no_prediction_at_all_is_zero():
    assert score([one()], []).average_map == 0.0


def test_classes_stand_in_the_order_of_first_occurrence():
    truth = [one(label="sit"), one(label="jump"), one(label="sit")]
    assert score(truth, []).classes == ("sit", "jump")


def test_an_unknown_label_is_refused_with_the_nearest_name():
    with pytest.raises(InputError, match="'jum' is not among the 2 classes.*\"jump\""):
        score([one(), one(label="jump")], [one(label="jum", score=1.0)])


def test_a_data_frame_serves_as_columns():
    import pandas as pd

    truth, predictions = [one(), one(video="b")], [one(score=0.2), one(video="b", score=0.7)]
    frames = pd.DataFrame(truth), pd.DataFrame(predictions)
    assert evaluate_detections(*frames).average_map == score(truth, predictions).average_map


@given(segments(min_size=1), scored(max_size=25))
@settings(deadline=None, max_examples=150)
def test_every_value_equals_the_slow_evaluator(truth, predictions):
    known = {row["label"] for row in truth}
    predictions = [row for row in predictions if row["label"] in known]
    result = score(truth, predictions)
    for c, label in enumerate(result.classes):
        for t, threshold in enumerate(TIOU):
            expected = detection_ap(truth, predictions, label, threshold)
            assert math.isclose(result.ap[t, c], expected, abs_tol=1e-12)


untied = st.tuples(segments(min_size=1), scored(tied=False, max_size=20)).map(
    lambda pair: (pair[0], [r for r in pair[1] if r["label"] in {x["label"] for x in pair[0]}])
)


@given(untied, st.randoms())
@settings(deadline=None, max_examples=60)
def test_without_ties_the_order_of_rows_changes_nothing(pair, random):
    truth, predictions = pair
    shuffled = random.sample(predictions, len(predictions))
    assert np.array_equal(score(truth, shuffled).ap, score(truth, predictions).ap)


@given(untied)
@settings(deadline=None, max_examples=60)
def test_without_ties_the_order_of_videos_changes_nothing(pair):
    truth, predictions = pair
    by_video = sorted(predictions, key=lambda row: row["video"], reverse=True)
    assert np.array_equal(score(truth, by_video).ap, score(truth, predictions).ap)


@given(untied)
@settings(deadline=None, max_examples=60)
def test_repeating_all_predictions_raises_no_score(pair):
    """Holds for segments that cannot match a second one: repeats may take the second best."""
    truth, predictions = pair
    seen, alone = set(), []
    for row in truth:
        if (row["video"], row["label"]) not in seen:
            seen.add((row["video"], row["label"]))
            alone.append(row)
    assert (score(alone, predictions * 2).ap <= score(alone, predictions).ap + 1e-12).all()


@given(untied, st.sampled_from(["a", "b", "elsewhere"]))
@settings(deadline=None, max_examples=60)
def test_a_worse_false_positive_raises_no_score(pair, video):
    truth, predictions = pair
    # A length that no truth has backwards: that would be a 0 / 0 match.
    worse = one(video=video, start=900, end=900.0123, label=truth[0]["label"], score=0.001)
    more = score(truth, [*predictions, worse])
    assert (more.ap <= score(truth, predictions).ap + 1e-12).all()


@given(segments(min_size=1, ordered=True))
@settings(deadline=None, max_examples=60)
def test_the_truth_as_prediction_scores_one(truth):
    perfect = [row | {"score": 0.5 + i / 100} for i, row in enumerate(truth)]
    assert score(truth, perfect).average_map == pytest.approx(1.0, abs=1e-12)


@given(untied)
@settings(deadline=None, max_examples=40)
def test_a_class_scores_the_same_alone(pair):
    truth, predictions = pair
    whole = score(truth, predictions)
    for c, label in enumerate(whole.classes):
        part = score(
            [r for r in truth if r["label"] == label],
            [r for r in predictions if r["label"] == label],
        )
        assert np.array_equal(part.ap[:, 0], whole.ap[:, c])

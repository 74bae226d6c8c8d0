import math

import numpy as np
import pytest
from hypothesis import given, settings

from common.challenges.epic import evaluate_detections
from common.core.errors import InputError
from tests.common.challenges.slow_temporal import detection_ap
from tests.common.challenges.temporal_strategies import columns, scored, segments

TIOU = np.linspace(0.1, 0.5, 5)
CLASSES = (0, 7, 96)


def score(truth, predictions):
    return evaluate_detections(columns(truth), columns(predictions))


def one(video="a", start=0.0, end=10.0, label=0, **more):
    return {"video": video, "label": label, "start": start, "end": end, **more}


def test_overlap_of_three_tenths_is_no_match_at_the_third_threshold():
    # linspace gives 0.30000000000000004.
    assert score([one(end=10)], [one(end=3, score=1.0)]).map_per_tiou.tolist() == [1, 1, 0, 0, 0]


def test_rows_of_classes_without_truth_cost_nothing():
    truth, good = [one()], one(score=0.5)
    assert score(truth, [good, one(label=5, score=0.9)]).average_map == 1.0


def test_rows_in_other_videos_cost():
    truth, good = [one()], one(score=0.5)
    assert score(truth, [good, one(video="x", score=0.9)]).average_map == 0.5


def test_classes_ascend():
    assert score([one(label=96), one(label=0)], []).classes == (0, 96)


def test_without_truth_there_is_no_score():
    with pytest.raises(InputError, match="no labelled segment"):
        score([], [one(score=1.0)])


@given(segments(labels=CLASSES, min_size=1), scored(labels=(*CLASSES, 50), max_size=25))
@settings(deadline=None, max_examples=80)
def test_every_value_equals_the_slow_evaluator(truth, predictions):
    result = score(truth, predictions)
    for c, label in enumerate(result.classes):
        for t, threshold in enumerate(TIOU):
            expected = detection_ap(truth, predictions, label, threshold)
            assert math.isclose(result.ap[t, c], expected, abs_tol=1e-12)

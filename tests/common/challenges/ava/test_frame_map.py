import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.challenges.ava.frame_map import frame_scores
from common.challenges.ava.labels import LabelMap
from common.challenges.ava.row_tables import join, rows_of_arrays, select
from common.core.errors import InputError
from tests.common.challenges.slow_ava import frame_ap

CLASSES = {1, 3, 4}
LABELS = LabelMap({action: str(action) for action in sorted(CLASSES)})


def table(rows, scored=True):
    columns = list(zip(*rows, strict=True)) or [[]] * 8
    return rows_of_arrays(
        columns[0],
        [float(time) for time in columns[1]],
        np.array([row[2:6] for row in rows], np.float64).reshape(-1, 4),
        np.array(columns[6], np.int64),
        np.array(columns[7], np.float64) if scored else None,
    )


def scores(truth, rows, capacity=50):
    return frame_scores(table(truth), table(rows), LABELS, capacity)


def by_class(found):
    return [found.ap[action - 1] for action in sorted(CLASSES)]


corner = st.integers(0, 3).map(lambda k: k / 8)
length = st.integers(1, 4).map(lambda k: k / 8)
# Few values: ties in score, equal overlaps and repeated boxes come up all the time.
some_score = st.integers(0, 3).map(lambda k: k / 4)
frames = st.sampled_from([("a", "902"), ("a", "903"), ("b", "902"), ("c", "904")])


@st.composite
def boxes(draw, score, shortest=length):
    video, time = draw(frames)
    x, y = draw(corner), draw(corner)
    action = draw(st.sampled_from([1, 3, 4, 2]))
    return (video, time, x, y, x + draw(shortest), y + draw(shortest), action, draw(score))


truths = st.lists(boxes(st.integers(0, 2).map(float)), min_size=1, max_size=14)
# Some detections have no area.
detections = st.lists(boxes(some_score, st.integers(0, 4).map(lambda k: k / 8)), max_size=24)


def untied(rows):
    return [(*row[:7], k / 100) for k, row in enumerate(rows)]


@settings(max_examples=150, deadline=None)
@given(truths, detections, st.integers(0, 6))
def test_equals_the_official_algorithm_box_by_box(truth, rows, capacity):
    expected = frame_ap(truth, rows, CLASSES, capacity)
    found = by_class(scores(truth, rows, capacity))
    for action, value in zip(sorted(CLASSES), found, strict=True):
        if expected[action] is None:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(expected[action], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(truths, detections, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter_without_ties(truth, rows, random):
    rows = untied(rows)
    mixed = random.sample(rows, len(rows))
    first, second = scores(truth, rows, 5), scores(random.sample(truth, len(truth)), mixed, 5)
    if len({row[2:7] for row in truth}) == len(truth):
        assert np.array_equal(first.ap, second.ap, equal_nan=True) or _contested(truth)


def _contested(truth):
    """Two boxes of one class and key frame: equal overlaps then depend on their order."""
    keys = [(row[0], row[1], row[6]) for row in truth]
    return len(set(keys)) < len(keys)


@settings(max_examples=40, deadline=None)
@given(truths, detections)
def test_perfect_detections_score_one(truth, rows):
    truth = list({(*row[:7], 0.0): None for row in truth})
    perfect = [(*row[:7], 1.0) for row in truth]
    found = scores(truth, perfect, 0)
    assert all(value == 1.0 for value in by_class(found) if not np.isnan(value))


@settings(max_examples=40, deadline=None)
@given(truths, detections)
def test_repeating_all_detections_never_helps(truth, rows):
    rows = untied(rows)
    once, twice = scores(truth, rows, 0), scores(truth, rows + rows, 0)
    assert not (np.nan_to_num(twice.ap) > np.nan_to_num(once.ap) + 1e-12).any()


@settings(max_examples=40, deadline=None)
@given(truths, detections, boxes(st.just(-1.0)))
def test_a_false_detection_below_all_others_never_helps(truth, rows, extra):
    rows = untied(rows)
    far = (*extra[:2], 0.9, 0.9, 0.95, 0.95, *extra[6:])
    more = scores(truth, [*rows, far], 0)
    assert not (np.nan_to_num(more.ap) > np.nan_to_num(scores(truth, rows, 0).ap)).any()


def test_splitting_a_table_and_joining_it_changes_nothing():
    rng = np.random.default_rng(3)
    n = 60
    start = rng.uniform(0, 0.5, (n, 2)).round(2)
    rows = rows_of_arrays(
        rng.choice(["a", "b"], n).tolist(),
        rng.integers(902, 905, n).tolist(),
        np.hstack([start, start + 0.3]),
        rng.choice([1, 2, 3, 4], n),
        rng.uniform(size=n),
    )
    parts = [select(rows, np.arange(a, b), ()) for a, b in ((0, 17), (17, 17), (17, n))]
    whole = frame_scores(rows, rows, LABELS)
    assert np.array_equal(frame_scores(rows, join(parts), LABELS).ap, whole.ap, equal_nan=True)


def test_false_detections_at_a_key_frame_without_boxes_of_the_classes_count():
    truth = [("a", "902", 0.1, 0.1, 0.4, 0.4, 1, 0.0), ("a", "903", 0.1, 0.1, 0.4, 0.4, 2, 0.0)]
    good = ("a", "902", 0.1, 0.1, 0.4, 0.4, 1, 0.5)
    false = ("a", "903", 0.1, 0.1, 0.4, 0.4, 1, 0.9)
    unknown = ("a", "904", 0.1, 0.1, 0.4, 0.4, 1, 0.9)
    assert scores(truth, [good]).mean_ap == 1.0
    assert scores(truth, [good, false]).mean_ap == 0.5
    found = scores(truth, [good, unknown])
    assert found.mean_ap == 1.0
    assert found.counts["rows_at_unknown_key_frames"] == 1


def test_timestamps_are_compared_with_six_decimals():
    truth = [("k", "4.0000004", 0.1, 0.1, 0.4, 0.4, 1, 0.0)]
    assert scores(truth, [("k", "4.0", 0.1, 0.1, 0.4, 0.4, 1, 0.5)]).mean_ap == 1.0
    assert scores(truth, [("k", "4.000001", 0.1, 0.1, 0.4, 0.4, 1, 0.5)]).mean_ap == 0.0


def test_the_capacity_counts_rows_of_all_classes_and_drops_the_lowest():
    truth = [("a", "902", 0.1, 0.1, 0.4, 0.4, 1, 0.0)]
    good = ("a", "902", 0.1, 0.1, 0.4, 0.4, 1, 0.5)
    better = [("a", "902", 0.5, 0.5, 0.7, 0.7, 3, 0.9)] * 2
    assert scores(truth, [good, *better], 3).mean_ap == 1.0
    found = scores(truth, [good, *better], 2)
    assert (found.mean_ap, found.counts["rows_beyond_capacity"]) == (0.0, 1)


def test_classes_without_truth_are_left_out_and_those_without_detections_are_zero():
    truth = [(*("a", "902", 0.1, 0.1, 0.4, 0.4), action, 0.0) for action in (1, 3)]
    found = scores(truth, [("a", "902", 0.1, 0.1, 0.4, 0.4, 1, 0.5)])
    assert found.mean_ap == 0.5
    assert found.ap[0] == 1.0 and found.ap[2] == 0.0
    assert np.isnan(found.ap[[1, 3]]).all()


def test_a_truth_box_with_swapped_ends_is_refused_when_it_is_needed():
    truth = [("a", "902", 0.4, 0.1, 0.1, 0.4, 1, 0.0), ("b", "902", 0.1, 0.1, 0.4, 0.4, 1, 0.0)]
    assert scores(truth, [("b", "902", 0.1, 0.1, 0.4, 0.4, 1, 0.5)]).mean_ap == 0.5
    with pytest.raises(InputError) as caught:
        scores(truth, [("a", "902", 0.1, 0.1, 0.4, 0.4, 1, 0.5)])
    assert caught.value.rule == "ava.truth_box"


def test_scores_that_are_no_numbers_or_infinite_boxes_do_not_stop_the_program():
    truth = [("a", "902", 0.1, 0.1, 0.4, 0.4, 1, 0.0)]
    nan, inf = float("nan"), float("inf")
    rows = [("a", "902", 0.1, 0.1, 0.4, 0.4, 1, nan), ("a", "902", 0.1, 0.1, inf, inf, 1, 0.5)]
    assert scores(truth, rows).mean_ap == 1.0
    assert scores(truth, []).mean_ap == 0.0

"""Average precision: the evaluator's numbers, and what may not change them."""

import numpy as np
import pytest

from common.challenges.activitynet import evaluate_detections
from common.submission.analysis.matching import ERROR_KINDS, match_detections
from common.submission.analysis.precision import (
    average_precision,
    mean_over_classes,
    normalised_average_precision,
)


def test_the_plain_number_is_the_evaluators_to_the_bit(make_truth, make_detections):
    truth, durations = make_truth(30)
    detections = make_detections(truth, durations)
    # Ties: the later row goes first, in both.
    detections["score"] = detections["score"].round(1)
    official = evaluate_detections(truth, detections)
    matches = match_detections(truth, detections)
    ours = average_precision(matches)
    order = [official.classes.index(label) for label in matches.classes]
    assert (ours == official.ap[:, order]).all()
    assert 0.05 < official.average_map < 0.95


def test_golden_map_per_threshold(golden_truth, golden_detections):
    ap = average_precision(match_detections(golden_truth, golden_detections))
    expected = [0.841667] * 4 + [0.729167] * 3 + [0.604167] * 2 + [0.187500]
    assert ap.mean(axis=1) == pytest.approx(expected, abs=5e-7)
    assert mean_over_classes(ap) == pytest.approx(0.695, abs=5e-7)


def test_golden_normalised_average(golden_truth, golden_detections):
    matches = match_detections(golden_truth, golden_detections)
    average = mean_over_classes(normalised_average_precision(matches))
    assert average == pytest.approx(0.699245, abs=5e-7)


@pytest.mark.parametrize("kind", ERROR_KINDS)
def test_without_an_error_no_class_gets_worse(kind, make_truth, make_detections):
    truth, durations = make_truth(12)
    matches = match_detections(truth, make_detections(truth, durations))
    assert (average_precision(matches, without=kind) >= average_precision(matches)).all()
    plain, fixed = (normalised_average_precision(matches, without=k) for k in (None, kind))
    assert (fixed >= plain - 1e-12).all()


def test_with_equal_class_sizes_normalising_changes_nothing(golden_truth, golden_detections):
    # 3 of each class: take away one A that nothing else overlaps.
    truth = golden_truth.drop(5)
    truth.loc[9] = ("v4", 50.0, 60.0, "B")
    matches = match_detections(truth, golden_detections)
    assert matches.n_truth.tolist() == [3, 3]
    assert normalised_average_precision(matches) == pytest.approx(average_precision(matches))


def test_only_part_of_the_truth(golden_truth, golden_detections):
    matches = match_detections(golden_truth, golden_detections)
    everything = np.ones(len(matches.truth), dtype=bool)
    assert normalised_average_precision(matches, only_truth=everything) == pytest.approx(
        normalised_average_precision(matches)
    )
    only_a = (matches.truth["label"] == "A").to_numpy()
    ap = normalised_average_precision(matches, only_truth=only_a)
    assert np.isnan(ap[:, 1]).all()
    assert mean_over_classes(ap) == pytest.approx(ap[:, 0].mean())


def test_nothing_left_is_not_a_number(golden_truth, golden_detections):
    matches = match_detections(golden_truth, golden_detections)
    nothing = np.zeros(len(matches.truth), dtype=bool)
    assert np.isnan(mean_over_classes(normalised_average_precision(matches, only_truth=nothing)))

"""Reliability of scores."""

import numpy as np
import pytest

from common.submission.analysis.calibration import calibration
from common.submission.analysis.matching import match_detections


def test_counts_by_hand(golden_truth, golden_detections):
    result = calibration(match_detections(golden_truth, golden_detections))
    # .20 .30 .40 .45 .50 .55 .60 .65 .70 .75 .80 .85 .90 .95; a bin holds its lower end.
    counts = dict(zip(result.edges[:-1].round(1).tolist(), result.count.tolist(), strict=True))
    assert sum(counts.values()) == 14
    assert counts[0.9] == 2 and counts[0.8] == 2 and counts[0.0] == 0
    assert result.precision[9] == 0.5
    assert result.precision[8] == 1.0
    assert np.isnan(result.precision[0])


def test_scores_that_tell_the_truth_have_no_error(golden_truth):
    perfect = match_detections(golden_truth, golden_truth.assign(score=1.0))
    assert calibration(perfect).error == pytest.approx(0.0)
    assert calibration(match_detections(golden_truth, golden_truth.assign(score=0.25))).error == (
        pytest.approx(0.75)
    )


@pytest.mark.parametrize("highest, top", [(1.0, 1.0), (0.93, 1.0), (0.41, 0.5), (0.0017, 0.002)])
def test_the_axis_ends_near_the_highest_score(highest, top, golden_truth):
    found = golden_truth.assign(score=np.linspace(0, highest, len(golden_truth)))
    assert calibration(match_detections(golden_truth, found)).edges[-1] == pytest.approx(top)


def test_no_detections(golden_truth, golden_detections):
    result = calibration(match_detections(golden_truth, golden_detections.iloc[:0]))
    assert np.isnan(result.error)
    assert result.count.sum() == 0

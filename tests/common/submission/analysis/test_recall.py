"""Recall by length of the segment."""

import numpy as np
import pandas as pd
import pytest

from common.challenges.activitynet import evaluate_proposals
from common.submission.analysis.recall import recall_by_length

EDGES = [2.0, 4.0, 8.0, 16.0]


def test_all_lengths_together_give_the_official_curve(make_truth, make_detections):
    truth, durations = make_truth(20)
    # With exactly 100 proposals a video and AN up to 100 the official program uses 1, 2, ... of
    # them, but for the points where its floating product is cut (29, 57, 58).
    proposals = make_detections(truth, durations, per_video=100)
    official = evaluate_proposals(truth, proposals)
    bins = recall_by_length(truth, proposals, EDGES)
    total = sum(np.array(row.recall) * row.n_truth for row in bins if row.recall) / len(truth)
    same = [n - 1 for n in range(1, 101) if n not in (29, 57, 58)]
    assert total[same] == pytest.approx(official.average_recall[same])


def test_recall_by_hand():
    truth = pd.DataFrame(
        [("v", 0.0, 1.0), ("v", 10.0, 13.0), ("w", 0.0, 3.0)], columns=["video", "start", "end"]
    )
    proposals = pd.DataFrame(
        [("v", 10.0, 13.0, 0.9), ("v", 0.0, 1.0, 0.8)], columns=["video", "start", "end", "score"]
    )
    short, middle, *rest = recall_by_length(truth, proposals, EDGES)
    assert (short.n_truth, middle.n_truth) == (1, 2)
    assert short.recall[:3] == (0.0, 1.0, 1.0)
    assert middle.recall[:3] == (0.5, 0.5, 0.5)
    assert all(row.recall == () and row.n_truth == 0 for row in rest)


def test_recall_never_falls(make_truth, make_detections):
    truth, durations = make_truth(5)
    for row in recall_by_length(truth, make_detections(truth, durations), EDGES):
        assert all(a <= b for a, b in zip(row.recall, row.recall[1:], strict=False))

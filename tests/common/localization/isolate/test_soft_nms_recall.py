"""Soft-NMS raises recall at few proposals and costs none at many."""

import numpy as np
import pytest

from common.core.seeds import rng_for
from common.localization.isolate.soft_nms import SETTINGS, average_recall, make_video, run


@pytest.fixture(scope="module")
def recall():
    return {name: np.array(average_recall(name, 0)) for name in SETTINGS}


def test_the_first_proposal_is_the_same_whatever_the_setting(recall):
    assert len({float(values[0]) for values in recall.values()}) == 1


def test_few_proposals_recall_more_than_without_and_than_with_hard_suppression(recall):
    soft = recall["soft .4/.5/.9"]
    assert soft[1] >= recall["none"][1] + 20
    assert soft[1] >= recall["hard, tIoU 0.65"][1] + 5


def test_a_hundred_proposals_lose_little(recall):
    assert recall["soft .4/.5/.9"][3] >= recall["hard, tIoU 0.65"][3] - 1


def test_strong_suppression_favours_few_proposals_and_a_gentle_one_many(recall):
    strong, gentle = recall["soft .4/0/0"], recall["soft .75/.65/.9"]
    assert strong[1] > gentle[1] and gentle[3] > strong[3]


def test_a_video_has_jittered_and_random_candidates():
    segments, candidates, scores = make_video(rng_for(0, "x"))
    assert len(candidates) == len(scores) == 60 * len(segments) + 60
    assert (candidates[:, 0] < candidates[:, 1]).all() and scores.min() > 0


def test_the_table_has_a_row_a_setting():
    table = run(seeds=(0,), videos=5)
    assert [row[0] for row in table.rows] == list(SETTINGS)

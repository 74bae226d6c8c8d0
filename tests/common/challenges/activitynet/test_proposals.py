import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from common.challenges.activitynet import evaluate_proposals
from common.core.errors import InputError
from tests.common.challenges.slow_temporal import recall_curve
from tests.common.challenges.temporal_strategies import columns, scored, segments

TIOU = np.linspace(0.5, 0.95, 10)
PLAIN = ("video", "start", "end")


def score(truth, proposals, asked=100):
    return evaluate_proposals(columns(truth, PLAIN), columns(proposals, PLAIN), asked)


def one(video="a", start=0.0, end=10.0, **more):
    return {"video": video, "start": start, "end": end, **more}


def a_hundred(video="a", hit_at=0):
    """100 proposals with falling scores, of which one is right."""
    rows = [one(video, 500 + i, 501 + i, score=1 - i / 1000) for i in range(100)]
    rows[hit_at] |= {"start": 0.0, "end": 10.0}
    return rows


def test_a_perfect_first_proposal_gives_99_percent():
    result = score([one()], a_hundred(hit_at=0))
    assert result.auc_percent == pytest.approx(99.0)
    assert (result.recall == 1.0).all()


def test_the_cut_product_looks_at_28_proposals_at_point_29():
    # 0.29 x 100 is 28.999999999999996, so the 29th proposal counts from point 30 on.
    result = score([one()], a_hundred(hit_at=28))
    assert result.average_recall[28] == 0.0
    assert result.average_recall[29] == 1.0


def test_a_nan_overlap_hits_nothing_here():
    point = one(start=5, end=5)
    assert score([point], [point | {"score": 1.0}], None).average_recall.max() == 0.0


def test_a_video_without_proposals_costs_recall():
    result = score([one("a"), one("b")], a_hundred("a"))
    assert result.average_recall[-1] == 0.5


def test_proposals_of_other_videos_shrink_the_common_share():
    near = score([one()], a_hundred("a", hit_at=60), asked=100)
    far = score([one()], a_hundred("a", hit_at=60) + a_hundred("x"), asked=100)
    # Half of the rows are kept, so rank 60 is out of reach.
    assert near.average_recall[-1] == 1.0
    assert far.average_recall[-1] == 0.0


def test_without_rows_there_is_no_score():
    with pytest.raises(InputError, match="no row"):
        score([one()], [])
    with pytest.raises(InputError, match="no row"):
        score([], a_hundred())


@given(
    segments(min_size=1),
    scored(min_size=1, max_size=40),
    st.sampled_from([None, 1, 3, 10, 100]),
)
@settings(deadline=None, max_examples=60)
def test_every_value_equals_the_slow_evaluator(truth, proposals, asked):
    videos = {row["video"] for row in truth}
    share = (asked or len(proposals) / len(videos)) * len(videos) / len(proposals)
    counts = [sum(row["video"] == video for row in proposals) for video in videos]
    assume(any(int(count * share) for count in counts))
    result = score(truth, proposals, asked)
    budget = float(asked or len(proposals) / len(videos))
    for t in (0, 3, 9):
        assert result.recall[t].tolist() == recall_curve(truth, proposals, budget, TIOU[t])


@given(segments(min_size=1), scored(tied=False, min_size=3, max_size=30), st.randoms())
@settings(deadline=None, max_examples=40)
def test_without_ties_the_order_of_rows_changes_nothing(truth, proposals, random):
    shuffled = random.sample(proposals, len(proposals))
    assert np.array_equal(score(truth, shuffled).recall, score(truth, proposals).recall)


@given(segments(min_size=1), scored(tied=False, min_size=3, max_size=30))
@settings(deadline=None, max_examples=40)
def test_recall_grows_with_the_number_and_falls_with_the_threshold(truth, proposals):
    recall = score(truth, proposals).recall
    assert (np.diff(recall, axis=1) >= 0).all()
    assert (np.diff(recall, axis=0) <= 0).all()


@given(segments(min_size=1, ordered=True))
@settings(deadline=None, max_examples=40)
def test_the_truth_as_proposals_is_all_found(truth):
    perfect = [row | {"score": 0.5 + i / 100} for i, row in enumerate(truth)]
    assert score(truth, perfect, None).recall[:, -1].min() == 1.0

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from common.challenges.temporal import matching
from common.challenges.temporal.columns import Instances
from common.challenges.temporal.matching import blocks, candidate_pairs, hits


def instances(rows):
    video, label, start, end = np.array(rows, dtype=float).reshape(-1, 4).T
    return Instances(video.astype(np.intp), label.astype(np.intp), start, end)


@given(st.lists(st.integers(0, 9), max_size=20), st.integers(1, 15))
def test_blocks_cover_everything_once_and_stay_small(sizes, most):
    parts = list(blocks(np.array(sizes, dtype=np.intp), most))
    assert [i for part in parts for i in range(part.start, part.stop)] == list(range(len(sizes)))
    for part in parts:
        assert sum(sizes[part]) <= most or part.stop - part.start == 1


def test_many_rows_on_many_segments_match_in_blocks(monkeypatch):
    truth = instances([(0, 0, i, i + 1) for i in range(40)])
    rows = instances([(0, 0, i % 40, i % 40 + 1) for i in range(200)])
    whole = candidate_pairs(truth, rows, 0.5)
    monkeypatch.setattr(matching, "blocks", lambda sizes: blocks(sizes, 100))
    cut = candidate_pairs(truth, rows, 0.5)
    assert np.array_equal(whole.row, cut.row) and np.array_equal(whole.truth, cut.truth)
    assert hits(cut, 0.5, 40).tolist() == list(range(40))


def test_a_segment_is_taken_by_the_first_row_that_prefers_it():
    truth = instances([(0, 0, 0, 10), (0, 0, 2, 12)])
    # Row 0 takes segment 1, its best; row 1 wants it too and takes segment 0.
    rows = instances([(0, 0, 2, 12), (0, 0, 1.5, 11.5), (0, 0, 2, 12)])
    assert hits(candidate_pairs(truth, rows, 0.5), 0.5, 2).tolist() == [0, 1]


def test_rows_of_other_videos_and_classes_have_no_candidates():
    truth = instances([(0, 0, 0, 10)])
    rows = instances([(-1, 0, 0, 10), (0, 1, 0, 10), (1, 0, 0, 10)])
    assert candidate_pairs(truth, rows, 0.5).row.size == 0

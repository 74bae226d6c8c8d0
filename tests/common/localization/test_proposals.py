"""From score maps to proposals: candidates, scores, and noiseless maps decode exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.core.params.localization import ProposalRule, SoftNms
from common.localization.labels import inside, map_labels
from common.localization.maps import ScoreMaps
from common.localization.proposals import candidates, proposals_table
from common.localization.tables import PROPOSAL_COLUMNS

T = 20


def flat(start_peaks=(), end_peaks=(), durations=T, value=0.5) -> ScoreMaps:
    """Low boundary scores with single peaks, and a constant map."""
    start, end = np.full(T, 0.1, np.float32), np.full(T, 0.1, np.float32)
    start[list(start_peaks)], end[list(end_peaks)] = 0.9, 0.9
    confidence = np.full((2, durations, T), value, np.float32)
    return ScoreMaps("v", 10.0, start, end, confidence)


def pairs(maps, **rule) -> set[tuple[int, int]]:
    found = candidates(maps, ProposalRule(**rule))
    return {(round(a * T), round(b * T)) for a, b in found[:, :2]}


def test_one_peak_each_gives_one_proposal_besides_the_borders():
    assert pairs(flat([5], [9]), reach_end=False) == {(5, 9), (0, 9), (0, 19), (5, 19)}


def test_reach_end_adds_proposals_that_end_with_the_video():
    added = pairs(flat([5], [9])) - pairs(flat([5], [9]), reach_end=False)
    assert added == {(0, 20), (5, 20)}


def test_high_scores_count_without_being_peaks():
    maps = flat([5, 6], [12])  # a plateau has no strict peak
    assert {(5, 12), (6, 12)} <= pairs(maps)


def test_the_last_bin_is_a_start_only_of_a_proposal_that_reaches_the_end():
    assert all(s != 19 for s, _ in pairs(flat([19], [9]), reach_end=False))
    assert {pair for pair in pairs(flat([19], [9])) if pair[0] == 19} == {(19, 20)}
    assert all(s != 19 for s, _ in pairs(flat([5], [9])))


def test_the_first_bin_is_no_end():
    assert all(e != 0 for _, e in pairs(flat([5], [0])))


def test_all_boundaries_give_every_pair():
    assert len(pairs(flat(), boundaries="all", reach_end=False)) == T * (T - 1) // 2
    assert len(pairs(flat(), boundaries="all")) == T * (T + 1) // 2


def test_the_scores_of_the_three_rules():
    maps = flat([5], [9])
    maps.confidence[0], maps.confidence[1] = 0.4, 0.7  # regression, classification
    expected = {
        ("product", 1.0): 0.9 * 0.9 * 0.4 * 0.7,
        ("sqrt", 1.0): 0.9 * 0.9 * (0.4 * 0.7) ** 0.5,
        ("cr", 2.0): 0.7**2 * 0.4,
    }
    for (score, power), value in expected.items():
        found = candidates(maps, ProposalRule(score=score, cls_power=power))
        row = found[(np.round(found[:, 0] * T) == 5) & (np.round(found[:, 1] * T) == 9)][0]
        assert row[6] == pytest.approx(value, rel=1e-6)
        assert row[2:6] == pytest.approx([0.9, 0.9, 0.7, 0.4], rel=1e-6)


def test_few_durations_can_leave_nothing():
    maps = flat([0], [19], durations=3)
    found = candidates(maps, ProposalRule(reach_end=False))
    assert found.shape == (0, 7)
    table = proposals_table([maps], ProposalRule(reach_end=False), SoftNms(), "m")
    assert len(table) == 0 and tuple(table.columns) == PROPOSAL_COLUMNS


@st.composite
def disjoint_segments(draw):
    """Segments on the bins of the map, in bins; neighbours may touch, the last may end with it."""
    size = draw(st.integers(8, 64))
    n = draw(st.integers(1, min(6, size // 2)))
    cuts = draw(st.lists(st.integers(0, size), min_size=2 * n, max_size=2 * n, unique=True))
    return size, np.array(sorted(cuts)).reshape(-1, 2)


@given(disjoint_segments(), st.sampled_from(["peaks", "all"]), st.sampled_from(["product", "sqrt"]))
@settings(max_examples=100, deadline=None)
def test_a_noiseless_map_decodes_to_the_ground_truth(problem, boundaries, score):
    size, bins = problem
    labels = map_labels(bins / size, size, size)
    confidence = np.stack([labels.iou, (labels.iou > 0.9).astype(np.float32)])
    maps = ScoreMaps("v", 31.7, labels.start, labels.end, confidence)
    rule = ProposalRule(boundaries=boundaries, score=score)
    table = proposals_table([maps], rule, SoftNms(), "m")
    best = table.head(len(bins)).sort_values("start")
    assert np.abs(best[["start", "end"]].to_numpy() - bins / size * 31.7).max() < 1e-9
    assert (best["score"] > 0.999).all()
    if len(table) > len(bins):
        assert table["score"].iloc[len(bins)] < best["score"].min()


@given(disjoint_segments())
@settings(max_examples=50, deadline=None)
def test_without_reach_end_only_segments_that_touch_the_end_are_missed(problem):
    size, bins = problem
    labels = map_labels(bins / size, size, size)
    maps = ScoreMaps("v", 1.0, labels.start, labels.end, np.stack([labels.iou, labels.iou]))
    found = candidates(maps, ProposalRule(reach_end=False))
    ends = set(np.round(found[:, 1] * size).astype(int))
    assert size not in ends
    assert {e for e in bins[:, 1].tolist() if e < size} <= ends


def test_a_table_of_several_videos_is_in_seconds_and_capped():
    rng = np.random.default_rng(0)
    videos = [
        ScoreMaps(
            name,
            duration,
            rng.random(T).astype(np.float32),
            rng.random(T).astype(np.float32),
            rng.random((2, T, T)).astype(np.float32),
        )
        for name, duration in (("b", 20.0), ("a", 7.0))
    ]
    table = proposals_table(videos, ProposalRule(), SoftNms(top_k=15), "slowfast")
    assert table["video"].tolist() == ["b"] * 15 + ["a"] * 15
    assert (table["start"] < table["end"]).all()
    assert table.groupby("video")["end"].max().to_dict()["a"] <= 7.0
    assert (table["member"] == "slowfast").all()
    for _, group in table.groupby("video"):
        assert (group["score"].diff().dropna() <= 0).all()


def test_cells_outside_the_sequence_are_never_candidates():
    maps = flat([5], [9])
    maps.confidence[:, ~inside(T, T)] = 1.0
    found = candidates(maps, ProposalRule(boundaries="all"))
    assert found[:, 1].max() <= 1.0 and (found[:, 4] == 0.5).all()

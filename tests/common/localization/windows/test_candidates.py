"""Candidates from columns are those of the whole map."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from common.core.params.localization import ProposalRule
from common.localization.maps import ScoreMaps
from common.localization.proposals import candidates
from common.localization.windows.candidates import window_candidates
from common.localization.windows.fusion import MapColumns

RULES = st.builds(
    ProposalRule,
    boundaries=st.sampled_from(["peaks", "all"]),
    score=st.sampled_from(["product", "sqrt", "cr"]),
    cls_power=st.just(1.2),
    reach_end=st.booleans(),
)


def cut(start, end, confidence, borders):
    edges = sorted({0, *(b for b in borders if b < len(start)), len(start)})
    for a, b in zip(edges, edges[1:], strict=False):
        yield MapColumns(start[a:b], end[a:b], confidence[:, :, a:b])


@settings(max_examples=200)
@given(
    size=st.integers(1, 40),
    durations=st.integers(1, 8),
    borders=st.lists(st.integers(1, 39), max_size=6),
    rule=RULES,
    # Few levels make plateaus and ties; a rising highest score is what the stream cannot know.
    levels=st.sampled_from([3, 1000]),
    seed=st.integers(0, 10_000),
)
def test_the_same_as_on_the_whole_map(size, durations, borders, rule, levels, seed):
    rng = np.random.default_rng(seed)
    rising = np.linspace(0.1, 1.0, size)
    start, end = (
        (rising * rng.integers(0, levels + 1, size) / levels).astype(np.float32) for _ in range(2)
    )
    confidence = rng.random((2, durations, size), dtype=np.float32)
    expected = candidates(ScoreMaps("v", 1.0, start, end, confidence), rule)
    spans, scores = window_candidates(cut(start, end, confidence, borders), rule)
    order = np.lexsort((expected[:, 1], expected[:, 0]))
    assert spans.tolist() == np.rint(expected[order, :2] * size).astype(int).tolist()
    assert np.array_equal(scores, expected[order, 6])


def test_a_low_bin_goes_when_the_highest_score_is_known():
    start = np.array([0.1, 0.3, 0.3, 0.1, 0.1, 0.1, 0.1, 0.9, 0.1], np.float32)
    end = np.full(9, 0.1, np.float32)
    end[[4, 8]] = 0.9
    confidence = np.full((2, 3, 9), 0.5, np.float32)
    rule = ProposalRule(reach_end=False)
    alone, _ = window_candidates(cut(start[:5], end[:5], confidence[..., :5], []), rule)
    together, _ = window_candidates(cut(start, end, confidence, [5]), rule)
    assert [1, 4] in alone.tolist() and [1, 4] not in together.tolist()


def test_the_score_of_the_challenge_is_cls_to_the_1_2_times_reg():
    confidence = np.stack([np.full((1, 3), 0.5), np.full((1, 3), 0.25)]).astype(np.float32)
    flat = np.full(3, 0.5, np.float32)
    rule = ProposalRule(boundaries="all", score="cr", cls_power=1.2, reg_power=1.0)
    _, scores = window_candidates([MapColumns(flat, flat, confidence)], rule)
    assert np.allclose(scores, 0.25**1.2 * 0.5, rtol=1e-12)

"""Pieces that are cut out of clips."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from common.data.compose_pieces import Footage, cut_pieces

lengths = st.lists(st.integers(3, 80), min_size=1, max_size=6)


def _clips(frames):
    return [Footage(f"c{i}", "Jump", "target", f"g{i // 2}", n) for i, n in enumerate(frames)]


@given(lengths, st.integers(1, 200), st.integers(1, 6), st.integers(1, 12), st.integers(0, 999))
def test_pieces_fill_the_length_inside_their_clips(frames, wanted, n_pieces, shortest, seed):
    clips = _clips(frames)
    pieces = cut_pieces(clips, wanted, n_pieces, shortest, np.random.default_rng(seed))
    held = {clip.clip: clip.frames for clip in clips}
    assert sum(piece.frames for piece in pieces) == min(wanted, sum(frames))
    assert all(p.frames >= 1 and 0 <= p.first <= held[p.clip] - p.frames for p in pieces)
    seen = [f for p in pieces for f in ((p.clip, n) for n in range(p.first, p.first + p.frames))]
    assert len(seen) == len(set(seen))  # no frame is shown twice


@given(lengths, st.integers(1, 200), st.integers(1, 6), st.integers(0, 999))
def test_clips_of_one_group_stay_side_by_side(frames, wanted, n_pieces, seed):
    clips = _clips(frames)
    owner = {clip.clip: clip.group for clip in clips}
    pieces = cut_pieces(clips, wanted, n_pieces, 2, np.random.default_rng(seed))
    groups = [owner[piece.clip] for piece in pieces]
    changes = sum(a != b for a, b in zip(groups, groups[1:], strict=False))
    assert changes == len(set(groups)) - 1


@given(st.integers(2, 5), st.integers(0, 999))
def test_long_clips_give_the_pieces_that_are_asked_for(n_pieces, seed):
    pieces = cut_pieces(_clips([100] * 5), 60, n_pieces, 10, np.random.default_rng(seed))
    assert len(pieces) == n_pieces
    assert len({piece.clip for piece in pieces}) == n_pieces
    assert min(piece.frames for piece in pieces) >= 10


@given(st.integers(0, 999))
def test_a_single_clip_gives_two_pieces_by_skipping_a_stretch(seed):
    pieces = cut_pieces(_clips([100]), 40, 2, 10, np.random.default_rng(seed))
    assert len(pieces) == 2
    assert pieces[1].first - (pieces[0].first + pieces[0].frames) >= 10

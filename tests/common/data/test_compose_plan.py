"""Plans of untrimmed videos: what must hold for every seed."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.core.errors import InputError
from common.data.compose_pieces import Footage
from common.data.compose_plan import plan_subset

RANKED = ["Jump", "Run", "Throw"]
seeds = st.integers(0, 2**31)


def _footage(n_groups=8, clips=2, frames=60, backgrounds=8):
    found = [
        Footage(f"{label}_g{g}_c{c}", label, "target", f"{label}_g{g}", frames)
        for label in RANKED
        for g in range(n_groups)
        for c in range(clips)
    ]
    return found + [
        Footage(f"Idle_g{g}_c{c}", f"Idle{g % 2}", "background", f"Idle_g{g}", frames)
        for g in range(backgrounds)
        for c in range(clips)
    ]


def _plan(recipe, seed, footage=None, subset="train"):
    return plan_subset(subset, footage or _footage(), RANKED, recipe, seed)


@pytest.fixture(scope="module")
def recipe(recipe_with):
    return recipe_with(
        videos={"train": 8, "validation": 2, "test": 2}, instances={"min": 2, "max": 6}
    )


@given(seeds)
@settings(max_examples=30)
def test_no_group_comes_twice_in_a_video(recipe, seed):
    owner = {clip.clip: clip.group for clip in _footage()}
    for plan in _plan(recipe, seed):
        groups = [owner[piece.clip] for run in plan.runs for piece in run.pieces]
        changes = sum(a != b for a, b in pairwise(groups))
        assert changes == len(set(groups)) - 1  # each group is one stretch


@given(seeds)
@settings(max_examples=30)
def test_instances_lie_between_background_and_inside_the_bounds(recipe, seed):
    for plan in _plan(recipe, seed):
        labels = [run.label for run in plan.runs]
        assert 2 <= sum(label is not None for label in labels) <= 6
        assert all((a is None) != (b is None) for a, b in pairwise(labels))
        assert 3 <= plan.frames / recipe.fps <= 30


@given(seeds)
@settings(max_examples=30)
def test_an_instance_shows_one_group_of_its_own_class(recipe, seed):
    known = {clip.clip: clip for clip in _footage()}
    for run in (run for plan in _plan(recipe, seed) for run in plan.runs):
        clips = [known[piece.clip] for piece in run.pieces]
        if run.label is None:
            assert {clip.role for clip in clips} == {"background"}
        else:
            assert {clip.label for clip in clips} == {run.label}
            assert len({clip.group for clip in clips}) == 1


def test_cuts_lie_inside_instances_and_backgrounds_too(recipe):
    runs = [run for seed in range(5) for plan in _plan(recipe, seed) for run in plan.runs]
    inside = [sum(len(r.pieces) - 1 for r in runs if (r.label is None) == b) for b in (True, False)]
    boundaries = sum(len(plan.runs) - 1 for seed in range(5) for plan in _plan(recipe, seed))
    assert min(inside) > 0.25 * boundaries


def test_without_cuts_a_run_is_one_piece_where_a_clip_is_long_enough(recipe_with):
    recipe = recipe_with(cuts_per_run=0.0, videos={"train": 8, "validation": 1, "test": 1})
    assert {len(run.pieces) for plan in _plan(recipe, 1) for run in plan.runs} == {1}


def test_classes_follow_the_rank(recipe):
    counts = {label: 0 for label in RANKED}
    for plan in _plan(recipe, 3):
        for segment in plan.segments(recipe.fps):
            counts[segment.label] += 1
    assert counts["Jump"] > counts["Run"] > counts["Throw"] >= 1


def test_segments_begin_and_end_with_their_runs(recipe):
    plan = _plan(recipe, 1)[0]
    ends = [sum(run.frames for run in plan.runs[: n + 1]) for n in range(len(plan.runs))]
    expected = [
        ((end - run.frames) / recipe.fps, end / recipe.fps, run.label)
        for end, run in zip(ends, plan.runs, strict=True)
        if run.label
    ]
    assert [(s.start, s.end, s.label) for s in plan.segments(recipe.fps)] == expected


def test_the_seed_decides_and_subsets_do_not_move_each_other(recipe):
    assert _plan(recipe, 1) == _plan(recipe, 1)
    assert _plan(recipe, 1) != _plan(recipe, 2)
    assert [p.runs for p in _plan(recipe, 1, subset="test")] != [
        p.runs for p in _plan(recipe, 1)[:2]
    ]


def test_the_order_of_the_clips_does_not_matter(recipe):
    assert _plan(recipe, 1) == _plan(recipe, 1, _footage()[::-1])


def test_few_backgrounds_bound_the_instances(recipe):
    plans = _plan(recipe, 1, _footage(backgrounds=2))
    assert max(sum(run.label is not None for run in plan.runs) for plan in plans) <= 3


def test_all_footage_is_used_when_there_is_need(recipe_with):
    recipe = recipe_with(videos={"train": 20, "validation": 1, "test": 1}, zipf_exponent=0.0)
    used = {p.clip for plan in _plan(recipe, 1) for run in plan.runs for p in run.pieces}
    assert len(used) >= 0.9 * len(_footage())


@pytest.mark.parametrize(
    ("footage", "message"),
    [
        ([clip for clip in _footage() if clip.role == "target"], "0 background groups"),
        ([clip for clip in _footage() if clip.role == "background"], "0 target groups"),
        (_footage(clips=1, frames=3, backgrounds=3), "no video of 3 to 30 s"),
    ],
)
def test_too_little_footage_is_an_error_that_names_the_subset(recipe, footage, message):
    with pytest.raises(InputError, match=f"^train: .*{message}") as error:
        _plan(recipe, 1, footage)
    assert error.value.rule == "compose.footage"

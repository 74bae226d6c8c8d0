"""Relation decides what BMN can only guess. All kinds, 3 seeds: `emc2 bench isolate-relation`."""

import numpy as np
import pytest

from common.core.seeds import rng_for
from common.localization.isolate.relation import LENGTHS, VARIANTS, make_videos, measure, run
from common.localization.labels import relative_segments


@pytest.fixture(scope="module")
def outcomes():
    sizes = {"BMN": 500, "relation axial_row": 800}  # training videos that are just enough
    return {name: measure(name, 0, videos) for name, videos in sizes.items()}


def test_relation_finds_ambiguous_lengths_and_bmn_guesses(outcomes):
    assert outcomes["BMN"].ambiguous <= 0.4
    assert outcomes["relation axial_row"].ambiguous >= 0.8


def test_both_find_clean_lengths(outcomes):
    assert all(outcome.clean >= 0.95 for outcome in outcomes.values())


def test_the_three_best_proposals_are_the_instances_only_with_relation(outcomes):
    assert outcomes["relation axial_row"].recall >= 0.9
    assert outcomes["BMN"].recall <= 0.6


@pytest.mark.slow
def test_with_keys_of_another_video_it_guesses_again():
    name = next(name for name in VARIANTS if name.startswith("control"))
    outcome = measure(name, 0)
    assert outcome.ambiguous <= 0.4 and outcome.clean >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in VARIANTS if n.startswith("relation")])
def test_every_kind_of_relation_learns_it(name):
    assert measure(name, 0).ambiguous >= 0.8


def test_the_videos_are_what_they_claim_to_be():
    data, truth = make_videos(rng_for(0, "check"), 50)
    for v, one in enumerate(data.sequences):
        segments = relative_segments(data.segments[one.video], one.duration) * 48
        assert np.allclose(segments[:, 1] - segments[:, 0], truth.length[v])
        assert truth.length[v] in LENGTHS
        ends = (one.array[1] > 0.5).sum()
        assert abs(int(ends) - 9) <= 1  # one of the clean instance, four of each ambiguous one


def test_the_table_has_a_row_a_network():
    table = run(seeds=(0,), videos=48, variants=("BMN",))
    assert [row[0] for row in table.rows] == ["BMN"]
    assert len(table.columns) == len(table.rows[0])

"""Heterogeneous members gain, re-seeded ones hardly. 3 seeds: `emc2 bench isolate-ensemble`."""

import pytest

from common.localization.isolate.ensemble import measure_diversity, measure_roles


@pytest.fixture(scope="module")
def diversity():
    return measure_diversity(0, videos=120)


def test_another_feature_gains_at_least_twice_what_another_seed_gains(diversity):
    assert diversity.gain_different > 5
    assert diversity.gain_different >= 2 * diversity.gain_same


def test_the_errors_of_one_feature_are_alike_and_of_two_less(diversity):
    assert diversity.correlation_same > 0.8
    assert diversity.correlation_different < 0.7


@pytest.mark.slow
def test_classes_from_one_and_maps_from_the_other_beat_both_and_their_mean():
    roles = measure_roles(0, videos=400)
    assert roles.split > roles.mean > max(roles.x, roles.y)

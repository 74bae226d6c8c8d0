"""The learning rates that are published for MoSI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.training.warm_cosine import warm_cosine


@pytest.mark.parametrize(
    ("epoch", "rate"),
    [(0, 1e-4), (5, 5.377641291e-4), (10, 9.755282581e-4), (50, 5e-4), (99, 2.467198171e-7)],
)
def test_pretraining(epoch, rate):
    assert warm_cosine(epoch, 1e-3, 1e-4, 10, 100) == pytest.approx(rate, rel=1e-9)


@pytest.mark.parametrize(
    ("epoch", "rate"),
    [(0, 2e-4), (5, 1.097260948e-3), (10, 1.994521895e-3), (150, 1e-3), (299, 5.483063e-8)],
)
def test_fine_tuning(epoch, rate):
    # The last value is published with seven digits.
    assert warm_cosine(epoch, 2e-3, 2e-4, 10, 300) == pytest.approx(rate, rel=1e-6)


@given(st.floats(0.1, 20), st.floats(0, 1))
def test_it_climbs_then_falls_without_a_jump(warmup, share):
    def at(epoch):
        return warm_cosine(epoch, 1.0, 0.1, warmup, 100)

    assert at(warmup * share) <= at(warmup) + 1e-12
    assert at(warmup - 1e-9) == pytest.approx(at(warmup), abs=1e-6)
    assert at(100) == pytest.approx(0, abs=1e-12)

"""Published learning rates, to nine digits."""

import math

import pytest

from common.training.cmd.schedule import fine_tuning, pretraining


@pytest.mark.parametrize(
    ("epoch", "step", "rate"),
    [
        (1, 1, 3.8336e-4),
        (1, 100, 6.656e-3),
        (3, 50, 1.616e-2),
        (5, 100, 3.2e-2),
        (6, 1, 0.032 * (math.cos(math.pi / 115) + 1) / 2),
        (119, 50, 0.032 * (math.cos(math.pi * 114 / 115) + 1) / 2),
    ],
)
def test_pretraining_of_64_samples_and_100_steps(epoch, step, rate):
    assert pretraining(64).rate(epoch, step, 100) == pytest.approx(rate, rel=1e-9)


def test_pretraining_equals_the_printed_digits():
    rates = {epoch: pretraining(64).rate(epoch, 1, 100) for epoch in (6, 60, 119, 120)}
    assert rates[6] == pytest.approx(3.199403010e-2, rel=1e-9)
    assert rates[60] == pytest.approx(1.709187861e-2, rel=1e-9)
    assert rates[119] == pytest.approx(5.969900e-6, rel=1e-6)  # printed with seven digits
    assert rates[120] == 0


@pytest.mark.parametrize(
    ("epoch", "step", "rate"), [(1, 0, 3.2e-5), (10, 100, 8e-4), (65, 7, 4.005e-4), (120, 0, 1e-6)]
)
def test_fine_tuning_of_8_samples(epoch, step, rate):
    assert fine_tuning(8).rate(epoch, step, 100) == pytest.approx(rate, rel=1e-9)


def test_factors_are_the_rates_of_all_steps():
    schedule = pretraining(64, epochs=8, warmup_epochs=2)
    factors = schedule.factors(5)
    assert len(factors) == 40
    assert factors[0] == pytest.approx(schedule.rate(1, 1, 5) / schedule.base)
    assert factors[9] == 1
    assert len(set(factors[10:15])) == 1 and factors[-1] == 0

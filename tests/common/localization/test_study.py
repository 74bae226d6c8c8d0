"""The table of a study over several seeds."""

import pytest

from common.localization.study import summarise


def _seed(full, best, plain=0.2):
    return {
        "member a": best,
        "member b": 0.1,
        "uniform mean": 0.25,
        "fitted weights": full,
        "BMN without relation, fitted weights": plain,
        "floor: sliding windows": 0.05,
        "floor: uniform random": 0.04,
        "classifier ncm: tail": None,
    }


def test_means_and_spreads_are_percent_over_the_seeds():
    table = summarise({1: _seed(0.3, 0.2), 2: _seed(0.4, 0.2)}).set_index("row")
    assert table.loc["fitted weights", "mean"] == pytest.approx(35.0)
    assert table.loc["fitted weights", "std"] == pytest.approx(50.0**0.5)


def test_a_gain_has_the_spread_of_its_own():
    table = summarise({1: _seed(0.3, 0.2), 2: _seed(0.4, 0.3)}).set_index("row")
    gain = table.loc["gain over the best member"]
    assert (gain["mean"], gain["std"]) == (pytest.approx(10.0), pytest.approx(0.0))
    assert table.loc["gain over the better floor", "mean"] == pytest.approx(30.0)
    assert table.loc["gain of the relation network", "mean"] == pytest.approx(15.0)


def test_a_row_that_no_seed_has_is_empty_not_zero():
    table = summarise({1: _seed(0.3, 0.2), 2: _seed(0.4, 0.2)}).set_index("row")
    assert table.loc["classifier ncm: tail", "mean"] != table.loc["classifier ncm: tail", "mean"]

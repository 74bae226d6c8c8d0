"""The benchmark of boundary matching, on a small map."""

import pytest

from common.localization.bench_bmn import Case, run

pytest.importorskip("mmaction")


@pytest.mark.slow
def test_both_layers_are_measured_and_agree():
    table = run((Case("layer", 32, 1, dense=True, repeats=1),))
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert row["s: x less"] > 2 and row["MB: x less"] > 1
    assert 0 < row["bound s"] < row["s"]
    difference = float(table.notes[-1].split(": ")[1].split(" ")[0])
    assert difference < 1e-5


@pytest.mark.slow
def test_at_the_published_size_it_needs_a_twelfth_of_the_time_and_a_fifth_of_the_memory():
    table = run((Case("layer", 100, 1, dense=True),))
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert row["s: x less"] >= 12 and row["MB: x less"] >= 5
    assert float(table.notes[-1].split(": ")[1].split(" ")[0]) < 1e-5

"""The benchmark of windows, on small windows and short videos."""

import pytest

from common.localization.bench_windows import Sizes, run
from common.localization.windows.grid import WindowGrid

SMALL = Sizes(WindowGrid(16, 8, 8), samples=4, hidden=(8, 8, 8, 8), channels=4096)


@pytest.mark.slow
def test_rows_of_the_table_and_a_peak_that_does_not_follow_the_file():
    table = run((0.5, 20.0), SMALL)
    short, long = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    assert (short["windows"], long["windows"]) == (14, 563)
    assert (short["proposals"], long["proposals"]) == (31, 1201)
    assert long["actions"] == 5 * 1201
    assert 0 < short["network s"] and 0 < long["proposals s"] and 0 < long["classes s"]
    if short["peak MB"] is not None:
        assert short["start MB"] <= short["peak MB"]
        assert long["peak MB"] - short["peak MB"] < 0.3 * long["files MB"]

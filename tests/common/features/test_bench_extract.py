"""What extraction costs: little more than decoding and the forward passes."""

import pytest

from common.features.bench_extract import run


@pytest.mark.slow
def test_extraction_costs_little_more_than_its_parts():
    table = run()
    rows = {row[0]: row[1:] for row in table.rows}
    seconds, ratio = rows["extraction, videos to stored features"]
    assert ratio == pytest.approx(seconds / rows["bound: both"][0])
    assert ratio < 1.15
    # Nothing is read again where nothing has changed.
    assert rows["second run: everything reused"][1] < 0.05

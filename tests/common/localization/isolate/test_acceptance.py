"""What the isolating experiments must show."""

import pytest

from common.localization.isolate.acceptance import (
    Requirement,
    acceptance_table,
    require_longtail,
    require_soft_nms,
)


def test_the_mean_decides_and_the_last_note_counts():
    rows = [
        Requirement("a", "up", (1.0, 3.0), ">=", 2.0),
        Requirement("a", "down", (0.1,), "<=", 0.0),
    ]
    table = acceptance_table([iter(rows)], (0, 1))
    assert [row[-1] for row in table.rows] == ["yes", "NO"]
    assert table.rows[0][2:5] == (2.0, pytest.approx(2**0.5), ">= 2")
    assert table.notes[-1] == "1 of 2 requirements hold"


def test_soft_nms_does_what_it_is_for():
    found = list(require_soft_nms([0]))
    assert [one.says for one in found if not one.holds] == []
    assert found[0].values[0] > 20.0


@pytest.mark.slow
def test_decoupling_helps_the_tail():
    assert all(one.holds for one in require_longtail([0]))

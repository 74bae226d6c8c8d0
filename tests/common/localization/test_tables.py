"""Tables between the stages."""

import numpy as np
import pandas as pd
import pytest

from common.core.errors import InputError
from common.localization.tables import (
    CLASS_SCORE_COLUMNS,
    PROPOSAL_COLUMNS,
    empty_table,
    make_table,
    read_table,
    write_table,
)


def table() -> pd.DataFrame:
    values = {"video": ["b", "a"], "start": [0, 1.5], "end": [2, 3], "score": [0.1, 1e-30]}
    return make_table(PROPOSAL_COLUMNS, values | {"member": "m"})


def test_a_table_comes_back_with_its_order_and_types(tmp_path):
    write_table(tmp_path / "t.parquet", table())
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.parquet", PROPOSAL_COLUMNS), table())


def test_equal_tables_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        write_table(tmp_path / name, table())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_empty_table_keeps_its_columns(tmp_path):
    write_table(tmp_path / "t.parquet", empty_table(PROPOSAL_COLUMNS))
    frame = read_table(tmp_path / "t.parquet", PROPOSAL_COLUMNS)
    assert len(frame) == 0 and tuple(frame.columns) == PROPOSAL_COLUMNS


def test_other_columns_are_refused(tmp_path):
    write_table(tmp_path / "t.parquet", table())
    with pytest.raises(InputError, match="expected video, label, score"):
        read_table(tmp_path / "t.parquet", CLASS_SCORE_COLUMNS)


def test_text_where_numbers_belong_is_refused(tmp_path):
    frame = table().assign(score=["x", "y"])
    write_table(tmp_path / "t.parquet", frame)
    with pytest.raises(InputError, match="column score"):
        read_table(tmp_path / "t.parquet", PROPOSAL_COLUMNS)


def test_a_missing_and_a_broken_file_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.parquet: no such file"):
        read_table(tmp_path / "none.parquet", PROPOSAL_COLUMNS)
    (tmp_path / "cut.parquet").write_bytes(b"PAR1" + bytes(50))
    with pytest.raises(InputError, match="not a whole Parquet file"):
        read_table(tmp_path / "cut.parquet", PROPOSAL_COLUMNS)


def test_seconds_keep_all_their_bits(tmp_path):
    frame = table().assign(start=[np.nextafter(0.1, 1), 1 / 3])
    write_table(tmp_path / "t.parquet", frame)
    assert read_table(tmp_path / "t.parquet", PROPOSAL_COLUMNS)["start"].equals(frame["start"])

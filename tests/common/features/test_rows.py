"""A feature file read row by row."""

import numpy as np
import pytest

from common.core.errors import InputError
from common.core.tensor_files import write_tensors
from common.core.timebase import grid_for
from common.features.rows import open_features
from common.features.store import Features, write_features

ARRAY = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float16)


@pytest.fixture
def rows(tmp_path):
    grid = grid_for(20.0, 0.5)
    write_features(tmp_path, Features("v", ARRAY, None, None, grid, 20.0, 10.0, "x", "w", "s", "k"))
    return open_features(tmp_path, "v")


def test_what_the_file_says_is_known_without_its_array(rows):
    assert (rows.video, rows.duration, rows.channels) == ("v", 20.0, 3)
    assert rows.grid == grid_for(20.0, 0.5)


@pytest.mark.parametrize(("first", "stop"), [(0, 5), (36, 44), (40, 44), (50, 60)])
def test_rows_are_those_of_the_array_and_end_with_it(rows, first, stop):
    found = rows.read(first, stop)
    assert found.dtype == np.float32 and np.array_equal(found, ARRAY[first:stop])


def test_a_value_that_is_not_finite_is_placed(rows, tmp_path):
    broken = ARRAY.copy()
    broken[7, 1] = np.inf
    write_tensors(tmp_path / "v.safetensors", {"features": broken}, {})
    with pytest.raises(InputError, match=r"row 7.*features\.finite"):
        rows.read(5, 10)
    assert len(rows.read(0, 7)) == 7


def test_a_file_of_something_else_and_a_wrong_stride_are_refused(tmp_path):
    write_tensors(tmp_path / "v.safetensors", {"features": ARRAY}, {"duration": "20"})
    with pytest.raises(InputError, match="features.metadata"):
        open_features(tmp_path, "v")
    metadata = {"duration": "20", "stride_seconds": "0.7", "first_center_seconds": "0.25"}
    write_tensors(tmp_path / "v.safetensors", {"features": ARRAY}, metadata)
    with pytest.raises(InputError, match="features.grid"):
        open_features(tmp_path, "v")

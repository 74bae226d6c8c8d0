"""`.safetensors` files: the same bytes each time, and what a damaged one says."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from common.core.errors import InputError
from common.core.tensor_files import (
    read_metadata,
    read_rows,
    read_tensors,
    sort_header,
    tensor_shape,
    write_tensors,
)

ARRAYS = {"scores": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.ones(3, np.float16)}
METADATA = {name: name.upper() for name in "fps duration video stride extractor classes".split()}

WRITE = """
import sys; from pathlib import Path; import numpy as np
from common.core.tensor_files import write_tensors
write_tensors(Path(sys.argv[1]), {"a": np.ones(3)}, {c: c for c in "hgfedcba"})
"""


def test_two_processes_write_the_same_bytes(tmp_path):
    paths = [tmp_path / f"{i}.safetensors" for i in range(3)]
    for path in paths:
        subprocess.run([sys.executable, "-c", WRITE, str(path)], check=True)
    assert len({path.read_bytes() for path in paths}) == 1


def test_what_is_written_is_read_back(tmp_path):
    write_tensors(tmp_path / "x.safetensors", ARRAYS, METADATA)
    arrays, metadata = read_tensors(tmp_path / "x.safetensors")
    assert metadata == METADATA == read_metadata(tmp_path / "x.safetensors")
    assert {k: (v.dtype, v.tolist()) for k, v in arrays.items()} == {
        k: (v.dtype, v.tolist()) for k, v in ARRAYS.items()
    }


def test_an_array_that_is_not_contiguous_keeps_its_values(tmp_path):
    write_tensors(tmp_path / "x.safetensors", {"t": ARRAYS["scores"].T}, {})
    assert read_tensors(tmp_path / "x.safetensors")[0]["t"].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_a_single_number_keeps_its_shape(tmp_path):
    write_tensors(tmp_path / "x.safetensors", {"n": np.array(3, np.int64)}, {})
    assert read_tensors(tmp_path / "x.safetensors")[0]["n"].shape == ()


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=5))
def test_sorting_the_header_keeps_what_the_library_reads(metadata):
    data = sort_header(save(ARRAYS, metadata))
    assert data == sort_header(data)
    assert {name: array.tolist() for name, array in load(data).items()} == {
        name: array.tolist() for name, array in ARRAYS.items()
    }


@pytest.mark.parametrize("content", [b"", b"\x08\0\0\0\0\0\0\0{}", b"not tensors at all"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.safetensors: is not a whole"):
        read_tensors(path)
    with pytest.raises(InputError, match=r"x\.safetensors: is not a whole"):
        read_metadata(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_tensors(tmp_path / "x.safetensors")


def test_rows_are_read_without_the_rest(tmp_path):
    array = np.arange(20, dtype=np.float32).reshape(10, 2)
    write_tensors(tmp_path / "a.safetensors", {"x": array}, {})
    assert tensor_shape(tmp_path / "a.safetensors", "x") == (10, 2)
    assert np.array_equal(read_rows(tmp_path / "a.safetensors", "x", 8, 10), array[8:])
    with pytest.raises(InputError, match="tensors.broken"):
        read_rows(tmp_path / "a.safetensors", "y", 0, 1)
    with pytest.raises(InputError, match="tensors.missing"):
        tensor_shape(tmp_path / "b.safetensors", "x")

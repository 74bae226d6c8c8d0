"""params.yaml is strict: every fault is an error with its line and a remedy."""

import pytest

from common.core.errors import InputError
from common.core.params.strict_yaml import read_yaml


def _read(tmp_path, text):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    return read_yaml(path)


def test_values_and_lines_are_read(tmp_path):
    document = _read(tmp_path, "profile: sample\na:\n  b: 1.5\n  c: [1, x]\n")
    assert document.values == {"profile": "sample", "a": {"b": 1.5, "c": [1, "x"]}}
    assert document.lines["a", "b"] == 3
    assert document.where(("a", "c", 1, "gone")).endswith("line 4")


def test_a_doubled_key_is_named_with_both_lines(tmp_path):
    with pytest.raises(InputError, match=r"line 3: key 'b' stands twice, first on line 2"):
        _read(tmp_path, "a:\n  b: 1\n  b: 2\n")


@pytest.mark.parametrize(
    ("lost", "mended"), [("1e-4", "1.0e-4"), ("2.5e3", "2.5e+3"), ("-1e4", "-1.0e+4")]
)
def test_a_number_that_yaml_reads_as_text_is_refused(tmp_path, lost, mended):
    with pytest.raises(InputError) as caught:
        _read(tmp_path, f"lr: {lost}\n")
    assert "line 1" in caught.value.where
    assert mended in caught.value.fix
    assert isinstance(_read(tmp_path, f"lr: {mended}\n").values["lr"], float)


@pytest.mark.parametrize("text", ["- a\n", "a: [1\n", "", "a: !!python/object:os.system x\n"])
def test_what_is_no_mapping_or_no_yaml_is_refused(tmp_path, text):
    with pytest.raises(InputError):
        _read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="none.yaml: cannot be read"):
        read_yaml(tmp_path / "none.yaml")

"""The params of this repository, and what happens when somebody mistypes one."""

import re

import pytest

from common.core.errors import InputError
from common.core.params import read_params_file
from common.core.params.reader import ROOT, choose_profile, params_path
from common.core.params.schema import PROFILES, Params


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A private copy of params.yaml that the reader takes for the real one."""
    path = tmp_path / "params.yaml"
    path.write_text((ROOT / "params.yaml").read_text())
    monkeypatch.setenv("EMC2_PARAMS", str(path))
    return path


def test_every_profile_of_the_committed_file_is_valid():
    assert set(read_params_file(ROOT / "params.yaml").resolved) == set(PROFILES)


def test_the_first_key_is_the_profile():
    first = (ROOT / "params.yaml").read_text().splitlines()[0]
    assert first.startswith("profile: ")


def test_every_section_names_all_profiles():
    values = read_params_file(ROOT / "params.yaml").document.values
    for name, section in values.items():
        if isinstance(section, dict):
            assert set(section.get("profiles", {})) == set(PROFILES), name


def test_an_unknown_section_is_named_with_its_line(copy):
    copy.write_text(copy.read_text() + "\nactivitinet: {}\n")
    with pytest.raises(InputError, match=r"line \d+: unknown key 'activitinet'"):
        read_params_file(copy)


def test_choosing_a_profile_changes_one_line_and_keeps_its_comment(copy):
    before = copy.read_text().splitlines()
    choose_profile("clips")
    after = copy.read_text().splitlines()
    assert after[0].startswith("profile: clips") and re.search("#.*$", after[0])
    assert after[1:] == before[1:]
    assert read_params_file(params_path()).profile == "clips"


def test_an_unknown_profile_is_refused_and_the_file_left_alone(copy):
    before = copy.read_text()
    with pytest.raises(InputError, match='Did you mean "sample"'):
        choose_profile("samples")
    assert copy.read_text() == before


def test_the_schema_can_be_printed():
    assert Params.model_json_schema()["properties"]["profile"]["enum"] == list(PROFILES)

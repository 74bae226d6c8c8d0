"""The DAG of EPIC-KITCHENS action detection."""

from pathlib import Path

import pytest
import yaml

from common.core.params import load_params
from common.submission.epic_stages import STAGES

ROOT = Path(__file__).resolve().parents[2]
DAG = yaml.safe_load((ROOT / "tracks" / "epic_detection" / "dvc.yaml").read_text())["stages"]
LITERAL = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]["tracks/epic_detection"]
EVERY = {**DAG, "submit": LITERAL}


def test_every_stage_of_the_dag_runs_a_function():
    assert set(EVERY) == set(STAGES)


@pytest.mark.parametrize("name", EVERY)
def test_a_stage_depends_on_its_module_and_on_code_that_is_there(name):
    deps = EVERY[name]["deps"]
    assert EVERY[name]["cmd"].split()[-1].replace(".", "/") + ".py" in deps
    code = [path for path in deps if path.startswith(("common/", "tracks/"))]
    assert [path for path in code if not (ROOT / path).exists()] == []


def test_only_the_literal_target_reads_the_classes_of_the_reported_videos():
    readers = [n for n, stage in EVERY.items() if any("truth" in d for d in stage["deps"])]
    assert readers == ["submit"]


def test_every_param_is_named_by_a_stage():
    named = {param for stage in EVERY.values() for param in stage["params"]}
    for key in type(load_params().epic_detection).model_fields:
        assert f"epic_detection.{key}" in named


@pytest.mark.parametrize("profile", ["sample", "clips", "full"])
def test_the_windows_of_every_profile_lose_no_proposal(profile):
    from common.localization.networks import build_network
    from common.localization.windows.stages import EpicRun

    section = load_params(profile=profile).epic_detection
    grid = EpicRun(ROOT, section, []).grid
    assert grid.positions - grid.step >= grid.durations
    assert build_network(section.bmn, 6912, None, 0).shape.map.n_cells > 1000

"""The DAG as DVC sees it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from common.core.params.temporal_track import TemporalTrack

ROOT = Path(__file__).resolve().parents[3]
STAGES = yaml.safe_load((ROOT / "tracks" / "activitynet" / "dvc.yaml").read_text())["stages"]
SHARED = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def test_the_literal_target_is_a_stage_of_the_root():
    assert "tracks/activitynet" in SHARED


def test_only_scoring_and_packaging_depend_on_the_truth():
    readers = {
        name
        for name, stage in {**STAGES, **SHARED}.items()
        if any("world/truth" in path for path in stage["deps"])
    }
    assert readers == {"score", "tracks/activitynet"}


@pytest.mark.parametrize("name", sorted(STAGES))
def test_every_stage_depends_on_its_own_module(name):
    module = STAGES[name]["cmd"].split()[-1].replace(".", "/") + ".py"
    assert (ROOT / module).is_file()
    assert module in STAGES[name]["deps"]


def test_every_code_dependency_exists():
    code = {
        path
        for stage in {**STAGES, **SHARED}.values()
        for path in stage["deps"]
        if path.startswith(("common/", "tracks/"))
    }
    assert [path for path in sorted(code) if not (ROOT / path).exists()] == []


def test_dvc_resolves_the_literal_command():
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "stage", "list", "--all", "--name-only"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "tracks/activitynet\n" in done.stdout
    assert "tracks/activitynet/dvc.yaml:score" in done.stdout


def test_every_param_of_the_track_is_named_by_a_stage():
    named = {param for stage in STAGES.values() for param in stage["params"]}
    read = {f"activitynet.{field}" for field in TemporalTrack.model_fields} - {
        "activitynet.workers"
    }
    assert read - named == set()


@pytest.mark.parametrize("name", sorted(STAGES))
def test_a_stage_names_what_the_profile_changes(name):
    assert "activitynet.profiles.${profile}" in STAGES[name]["params"]


def test_the_fusion_of_scores_retrains_no_network():
    fused = {f"activitynet.{name}" for name in ("nms", "detection", "detection_grid", "ensemble")}
    assert not fused & set(STAGES["proposals"]["params"])
    assert fused <= set(STAGES["ensemble"]["params"])

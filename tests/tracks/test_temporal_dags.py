"""The DAGs of the temporal tracks as DVC sees them."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from common.core.params import load_params
from common.core.params.temporal_track import TemporalTrack

ROOT = Path(__file__).resolve().parents[2]
TRACKS = [name for name, section in load_params() if isinstance(section, TemporalTrack)]
SHARED = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
DAGS = {
    track: yaml.safe_load((ROOT / "tracks" / track / "dvc.yaml").read_text())["stages"]
    for track in TRACKS
}
STAGES = ["classify", "ensemble", "maps", "proposals", "score"]
EVERY = [(track, name) for track in TRACKS for name in STAGES]


@pytest.mark.parametrize("track", TRACKS)
def test_the_literal_target_is_a_stage_of_the_root(track):
    assert f"tracks/{track}" in SHARED


@pytest.mark.parametrize("track", TRACKS)
def test_only_scoring_and_packaging_depend_on_the_truth(track):
    readers = {
        name
        for name, stage in {**DAGS[track], **SHARED}.items()
        if any("world/truth" in path for path in stage["deps"])
    }
    # The stage that lays the test classes apart has to read them.
    allowed = {"epic_tables", "score", "submit", "weak_score", "weak_submit"}
    assert readers - {name for name in readers if name.startswith("tracks/")} <= allowed


@pytest.mark.parametrize(("track", "name"), EVERY)
def test_every_stage_depends_on_its_own_module(track, name):
    stage = DAGS[track][name]
    module = stage["cmd"].split()[-1].replace(".", "/") + ".py"
    assert (ROOT / module).is_file()
    assert module in stage["deps"]


@pytest.mark.parametrize("track", TRACKS)
def test_every_code_dependency_exists(track):
    code = {
        path
        for stage in {**DAGS[track], **SHARED}.values()
        for path in stage["deps"]
        if path.startswith(("common/", "tracks/"))
    }
    assert [path for path in sorted(code) if not (ROOT / path).exists()] == []


def test_dvc_resolves_the_literal_commands():
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "stage", "list", "--all", "--name-only"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    listed = done.stdout.splitlines()
    for track in TRACKS:
        assert f"tracks/{track}" in listed
        assert f"tracks/{track}/dvc.yaml:score" in listed


@pytest.mark.parametrize("track", TRACKS)
def test_every_param_of_the_track_is_named_by_a_stage(track):
    named = {param for stage in DAGS[track].values() for param in stage["params"]}
    read = {f"{track}.{field}" for field in TemporalTrack.model_fields} - {f"{track}.workers"}
    assert read - named == set()


@pytest.mark.parametrize(("track", "name"), EVERY)
def test_a_stage_names_what_the_profile_changes(track, name):
    assert f"{track}.profiles.${{profile}}" in DAGS[track][name]["params"]


@pytest.mark.parametrize("track", TRACKS)
def test_the_fusion_of_scores_retrains_no_network(track):
    fused = {f"{track}.{name}" for name in ("nms", "detection", "detection_grid", "ensemble")}
    assert not fused & set(DAGS[track]["proposals"]["params"])
    assert fused <= set(DAGS[track]["ensemble"]["params"])


@pytest.mark.parametrize("track", TRACKS)
def test_the_dags_differ_in_names_only(track):
    first, *_ = TRACKS
    same = {name: DAGS[first][name] for name in STAGES[:-1]}
    renamed = yaml.safe_load(yaml.safe_dump(same).replace(first, track))
    assert {name: DAGS[track][name] for name in STAGES[:-1]} == renamed

"""The DAG of the EPIC recognition track as DVC sees it."""

from pathlib import Path

import pytest
import yaml

from common.core.params.epic_recognition import RecognitionTrack
from common.recognition.stages import STAGES

ROOT = Path(__file__).resolve().parents[2]
DAG = yaml.safe_load((ROOT / "tracks" / "epic_recognition" / "dvc.yaml").read_text())["stages"]
SHARED = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def test_the_dag_has_the_stages_of_the_package():
    assert list(DAG) == list(STAGES)


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_depends_on_its_own_module_and_existing_code(name):
    module = DAG[name]["cmd"].split()[-1].replace(".", "/") + ".py"
    assert module in DAG[name]["deps"]
    code = [path for path in DAG[name]["deps"] if path.startswith(("common/", "tracks/"))]
    assert [path for path in code if not (ROOT / path).exists()] == []


def test_only_scoring_and_packaging_depend_on_hidden_classes():
    readers = {
        name
        for name, stage in {**DAG, **SHARED}.items()
        if any("epic/truth" in path for path in stage["deps"])
        and name != "tracks/epic_detection"  # another track's scoring
    }
    assert readers == {"score", "tracks/epic_recognition"}


def test_every_param_of_the_track_is_named_by_a_stage():
    named = {param for stage in DAG.values() for param in stage["params"]}
    # What only packaging reads stands in the root; workers change no result.
    rest = {"workers", "supervision"}
    read = {
        f"epic_recognition.{field}" for field in RecognitionTrack.model_fields if field not in rest
    }
    assert read - named == set()


def test_the_rule_of_actions_retrains_no_head():
    assert "epic_recognition.actions" not in DAG["heads"]["params"]
    assert "epic_recognition.ensemble" not in DAG["heads"]["params"]

"""The DAG of the pretrain track: whole, and blind to labels and to the test subset."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SHARED = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
DAG = yaml.safe_load((ROOT / "tracks" / "pretrain" / "dvc.yaml").read_text())["stages"]


def test_the_literal_target_lists_what_every_stage_makes():
    listed = SHARED["tracks/pretrain"]["deps"]
    outs = [path for stage in DAG.values() for out in stage["outs"] for path in out]
    assert outs and set(outs) <= set(listed)


def test_every_stage_depends_on_its_own_module_and_existing_code():
    for stage in [*DAG.values(), SHARED["tracks/pretrain"]]:
        module = stage["cmd"].split()[-1].replace(".", "/") + ".py"
        code = [path for path in stage["deps"] if path.startswith(("common/", "tracks/"))]
        assert module in code
        assert [path for path in code if not (ROOT / path).exists()] == []


def test_no_stage_sees_segments_or_truth():
    seen = [path for stage in DAG.values() for path in stage["deps"] if "/world" in path]
    assert not [path for path in seen if path.endswith(("world", "truth", "segments.csv"))]

"""What varies between runs, in one file."""

import json

import pytest

from common.submission.run_record import record_run


def stages(path):
    return json.loads(path.read_text())["stages"]


def test_stages_are_added_and_renewed(tmp_path):
    path = tmp_path / "run.json"
    for stage in ("train", "infer", "train"):
        with record_run(path, stage):
            sum(range(1000))
    assert set(stages(path)) == {"train", "infer"}
    assert stages(path)["train"]["seconds"] >= 0
    assert {"cpu_seconds", "peak_mb", "host", "processor", "cores"} <= set(stages(path)["infer"])


def test_a_failed_block_is_not_recorded(tmp_path):
    with pytest.raises(ValueError):
        with record_run(tmp_path / "run.json", "train"):
            raise ValueError
    assert not (tmp_path / "run.json").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"schema_version": 1, "stages": 3}'])
def test_a_damaged_record_is_started_again(text, tmp_path):
    path = tmp_path / "run.json"
    path.write_text(text)
    with record_run(path, "train"):
        pass
    assert set(stages(path)) == {"train"}

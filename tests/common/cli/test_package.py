import hashlib
import json
import zipfile

import pytest
from typer.testing import CliRunner

from common.challenges import formats
from common.cli.package import app
from common.core.errors import InputError
from tests.common.challenges.temporal_files import valid_document, write_truth

run = CliRunner().invoke


@pytest.fixture
def case(tmp_path):
    def make(form):
        pred = tmp_path / "pred.json"
        pred.write_text(json.dumps(valid_document(form), indent=3))
        return [form, str(pred), "--ground-truth", str(write_truth(tmp_path / "truth", form))]

    return make


def test_the_answer_names_the_file_and_its_hash(case, tmp_path):
    out = tmp_path / "out.json"
    done = run(app, [*case("activitynet-detection"), "--out", str(out), "--json"])
    document = json.loads(done.stdout)
    assert document["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert document["bytes"] == out.stat().st_size


def test_epic_gets_a_zip_with_test_json_alone(case, tmp_path):
    out = tmp_path / "out.zip"
    arguments = case("epic-recognition")
    assert run(app, [*arguments, "--out", str(out)]).exit_code == 0
    with zipfile.ZipFile(out) as archive:
        assert archive.namelist() == ["test.json"]
    assert formats.check("epic-recognition", out, tmp_path / "truth").ok


@pytest.mark.parametrize("form", ["hacs-detection", "epic-detection"])
def test_layout_of_the_input_does_not_change_the_bytes(case, tmp_path, form):
    arguments = case(form)
    outs = [tmp_path / f"{name}.{'zip' if form[0] == 'e' else 'json'}" for name in "ab"]
    assert run(app, [*arguments, "--out", str(outs[0])]).exit_code == 0
    document = json.loads((tmp_path / "pred.json").read_text())
    (tmp_path / "pred.json").write_text(json.dumps(dict(reversed(document.items()))))
    assert run(app, [*arguments, "--out", str(outs[1])]).exit_code == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_a_defect_stops_it_and_leaves_the_old_file(case, tmp_path):
    arguments, out = case("activitynet-detection"), tmp_path / "out.json"
    out.write_text("old")
    document = valid_document("activitynet-detection")
    document["results"]["vid_one"][0]["segment"] = [3, 1]
    (tmp_path / "pred.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match="is not after start"):
        run(app, [*arguments, "--out", str(out)], catch_exceptions=False)
    assert out.read_text() == "old"


def test_the_name_must_be_the_one_that_the_server_takes(case, tmp_path):
    for form, name in {"activitynet-proposals": "out.zip", "epic-detection": "out.json"}.items():
        with pytest.raises(InputError, match="the server takes a"):
            run(app, [*case(form), "--out", str(tmp_path / name)], catch_exceptions=False)


def test_keys_that_the_server_ignores_are_left_out(case, tmp_path):
    arguments, out = case("activitynet-detection"), tmp_path / "out.json"
    document = valid_document("activitynet-detection")
    document["results"]["vid_one"][0]["proposal_id"] = 7
    (tmp_path / "pred.json").write_text(json.dumps(document))
    assert run(app, [*arguments, "--out", str(out)]).exit_code == 0
    assert json.loads(out.read_text()) == valid_document("activitynet-detection")

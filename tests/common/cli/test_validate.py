import json
import os
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from common.challenges.formats import FORMATS
from common.cli.validate import app
from common.core.errors import InputError
from tests.common.challenges.temporal_files import valid_document, write_truth

FORM = "activitynet-detection"
run = CliRunner().invoke


@pytest.fixture
def case(tmp_path):
    pred = tmp_path / "pred.json"
    pred.write_text(json.dumps(valid_document(FORM)))
    return pred, write_truth(tmp_path, FORM)


def spoil(pred, change):
    document = json.loads(pred.read_text())
    change(document)
    pred.write_text(json.dumps(document))


def test_a_fine_file_exits_0_also_strictly(case):
    pred, truth = case
    done = run(app, [FORM, str(pred), "--ground-truth", str(truth), "--strict"])
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "0 defects, 0 warnings: fine")


def test_a_warning_fails_with_strict_only(case):
    pred, truth = case
    spoil(pred, lambda d: d["results"].pop("v_two"))
    arguments = [FORM, str(pred), "--ground-truth", str(truth)]
    assert run(app, arguments).exit_code == 0
    strict = run(app, [*arguments, "--strict"])
    assert strict.exit_code == 1
    assert 'warning: $.results["v_two"]' in strict.stdout


def test_json_holds_one_document_with_the_agreed_keys(case):
    pred, truth = case
    spoil(pred, lambda d: d["results"]["v_two"][0].update(score="x"))
    done = run(app, [FORM, str(pred), "--ground-truth", str(truth), "--json"])
    document = json.loads(done.stdout)
    assert done.exit_code == 1
    assert document["ok"] is False
    assert document["format"] == FORM
    assert document["file"] == str(pred)
    assert document["counts"] == {"defects": 1, "warnings": 0}
    assert document["defects"] == [
        {
            "rule": "anet.score",
            "place": '$.results["v_two"][0].score',
            "problem": '"x", a number is expected',
            "fix": "Write a finite number.",
        }
    ]


def test_a_file_that_cannot_be_opened_has_a_document_of_the_same_shape(case):
    pred, truth = case
    missing = str(pred.with_name("none.json"))
    done = run(app, [FORM, missing, "--ground-truth", str(truth), "--json"])
    document = json.loads(done.stdout)
    assert done.exit_code == 1
    assert document["counts"] == {"defects": 1, "warnings": 0}
    with pytest.raises(InputError, match="cannot be read"):
        run(app, [FORM, missing, "--ground-truth", str(truth)], catch_exceptions=False)


def test_test_videos_are_checked_with_the_subset_test(case):
    pred, truth = case
    spoil(pred, lambda d: d.update(results={"testing1": d["results"]["v_two"]}))
    arguments = [FORM, str(pred), "--ground-truth", str(truth)]
    assert run(app, arguments).exit_code == 1
    assert run(app, [*arguments, "--subset", "test", "--strict"]).exit_code == 0
    assert run(app, [*arguments, "--subset", "testing", "--strict"]).exit_code == 0


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_prints_its_schema(form):
    done = run(app, ["--schema", form])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["$schema"].startswith("https://json-schema.org/")


def test_an_unknown_format_names_the_nearest(case):
    with pytest.raises(InputError, match='Did you mean "activitynet-detection"'):
        run(app, ["activitynet-detecton", str(case[0])], catch_exceptions=False)


def test_without_a_file_the_usage_is_wrong():
    assert run(app, [FORM]).exit_code == 2


def test_a_small_file_answers_at_once_without_torch_or_pandas(case):
    pred, truth = case
    code = (
        "import sys; sys.argv = ['emc2', 'validate', *sys.argv[1:]]\n"
        "from common.cli.app import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'pandas', 'numba', 'scipy'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", code, FORM, str(pred), "--ground-truth", str(truth)]
    before = os.times()
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    wall, after = time.perf_counter() - start, os.times()
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    assert done.stdout.splitlines()[-1] == "[]"
    assert min(wall, spent) < 0.5

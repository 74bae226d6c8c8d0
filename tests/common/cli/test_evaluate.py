import gzip
import json

import pytest
from typer.testing import CliRunner

from common.cli.evaluate import app
from common.core.errors import InputError
from tests.common.challenges.temporal_files import valid_document, write_truth

run = CliRunner().invoke


@pytest.fixture
def case(tmp_path):
    def make(form):
        pred = tmp_path / "pred.json"
        pred.write_text(json.dumps(valid_document(form)))
        return [form, str(pred), "--ground-truth", str(write_truth(tmp_path / "truth", form))]

    return make


def scores(arguments):
    done = run(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    return json.loads(done.stdout)["scores"]


def test_json_holds_one_document_with_the_agreed_keys(case):
    done = run(app, [*case("activitynet-detection"), "--json"])
    document = json.loads(done.stdout)
    assert list(document) == ["schema_version", "ok", "format", "scores", "counts", "warnings"]
    assert document["counts"]["rows_in_other_videos"] == 0
    assert document["counts"]["instances"] == 3


def test_the_text_answer_names_scores_and_counts(case):
    lines = run(app, case("epic-detection")).stdout.splitlines()
    assert lines[0] == "epic-detection"
    assert any(line.split()[0] == "verb_map_avg" for line in lines)
    assert any(line.split() == ["predictions", "3"] for line in lines)


def test_warnings_go_to_stderr(case):
    done = run(app, case("activitynet-detection"))
    assert "warning: ground truth: 2 validation videos" in done.stderr
    assert "warning" not in done.stdout


def test_gzip_and_folders_are_read(case, tmp_path):
    form, pred, option, truth = case("activitynet-classification")
    plain = scores([form, pred, option, truth])
    packed = tmp_path / "pred.json.gz"
    packed.write_bytes(gzip.compress((tmp_path / "pred.json").read_bytes()))
    assert scores([form, str(packed), option, str(tmp_path / "truth")]) == plain


def test_the_subset_can_be_chosen_by_flag_and_by_settings(case, tmp_path):
    form, pred, option, truth = case("activitynet-detection")
    document = json.loads((tmp_path / "pred.json").read_text())
    document["results"] = {
        "training1": [{"label": "Javelin throw", "score": 1, "segment": [1.0, 4.0]}]
    }
    (tmp_path / "pred.json").write_text(json.dumps(document))
    settings = tmp_path / "settings.json"
    settings.write_text('{"subset": "training"}')
    for more in (["--subset", "train"], ["--settings", str(settings)]):
        assert scores([form, pred, option, truth, *more])["average_mAP"] == 1.0


def test_a_flag_wins_over_the_settings(case, tmp_path):
    settings = tmp_path / "settings.json"
    settings.write_text('{"max_avg_nr_proposals": 1}')
    arguments = [*case("activitynet-proposals"), "--settings", str(settings)]
    assert scores(arguments)["max_avg_nr_proposals"] == 1
    more = [*arguments, "--max-avg-nr-proposals", "7"]
    assert scores(more)["max_avg_nr_proposals"] == 7


def test_epic_recognition_takes_lists_and_dtype_from_the_settings(case, tmp_path):
    settings = tmp_path / "settings.json"
    settings.write_text('{"tail_verbs": [0], "tail_nouns": [2], "dtype": "float32"}')
    metrics = scores([*case("epic-recognition"), "--settings", str(settings)])["metrics"]
    assert metrics["tail_verb_accuracy_at_1"] == 100.0
    # The folder names P18 as unseen.
    assert metrics["unseen_verb_accuracy_at_1"] == 0.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "is not a JSON object"),
        ('{"subsett": "test"}', 'unknown setting .subsett.*Did you mean "subset"'),
        ('{"subset": "holdout"}', "Invalid enum value 'holdout'"),
        ('{"max_avg_nr_proposals": "many"}', "Expected `int | null`, got `str`"),
    ],
)
def test_wrong_settings_are_named(case, tmp_path, text, message):
    settings = tmp_path / "settings.json"
    settings.write_text(text)
    arguments = [*case("activitynet-proposals"), "--settings", str(settings)]
    with pytest.raises(InputError, match=message):
        run(app, arguments, catch_exceptions=False)


def test_a_missing_subset_names_those_that_are_there(case):
    form, pred, option, truth = case("activitynet-detection")
    document = {"version": "x", "taxonomy": [], "database": {}}
    from pathlib import Path

    Path(truth).write_text(json.dumps(document))
    with pytest.raises(InputError, match="no video of the subset validation; found: no video"):
        run(app, [form, pred, option, truth], catch_exceptions=False)

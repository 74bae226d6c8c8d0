import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from common.cli import check_submissions
from common.core.hashing import sha256_file

ROW = "movie,0902,0.1,0.1,0.5,0.9,12,0.9\n"
runner = CliRunner()


@pytest.fixture
def app():
    import typer

    app = typer.Typer()
    app.command()(check_submissions.main)
    return app


@pytest.fixture
def submission(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("submissions/ava_kinetics/sample")
    folder.mkdir(parents=True)
    (folder / "result.csv").write_text(ROW)
    write_manifest(folder)
    return folder


def write_manifest(folder: Path, **changed) -> None:
    document = {
        "schema_version": 1,
        "format": "ava",
        "leaderboard_file": "result.csv",
        "files": {"result.csv": sha256_file(folder / "result.csv")},
        **{key: {} for key in ("data", "weights", "code", "params", "evaluator", "packages")},
    }
    (folder / "manifest.json").write_text(json.dumps(document | changed))


def test_sound_submissions_pass_all_and_by_name(app, submission):
    for arguments in ([], [str(submission)], [str(submission / "result.csv")]):
        result = runner.invoke(app, arguments)
        assert result.exit_code == 0, result.output
        assert result.output.startswith(f"ok   {submission}/result.csv: 0 defects")


def test_a_defect_fails_with_its_place(app, submission):
    (submission / "result.csv").write_text(ROW + "x\n")
    write_manifest(submission)
    result = runner.invoke(app, [])
    assert result.exit_code == 1
    assert "1 defects" in result.output and "line 2: 1 columns" in result.output


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "result.csv").write_text(ROW * 2),
        lambda folder: (folder / "result.csv").unlink(),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: write_manifest(folder, schema_version=99),
        lambda folder: write_manifest(folder, format="avaa"),
        lambda folder: write_manifest(folder, leaderboard_file="../../../result.csv", files={}),
    ],
)
def test_other_bytes_or_no_sound_manifest_fail_without_a_traceback(app, submission, spoil):
    spoil(submission)
    result = runner.invoke(app, [])
    assert result.exit_code == 1
    assert result.output.startswith("FAIL") and "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)


def test_nothing_to_check_passes(app, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert runner.invoke(app, []).exit_code == 0
    assert runner.invoke(app, ["elsewhere/x"]).exit_code == 2

"""`emc2 verify` and `emc2 report`: parse, call, print, exit code."""

import json

import pytest
from typer.testing import CliRunner

from common.challenges.findings import Findings
from common.cli import report, verify
from common.core.errors import InputError

runner = CliRunner()


@pytest.fixture
def findings(monkeypatch):
    found = Findings()
    monkeypatch.setattr("common.submission.verify.verify", lambda folder, **_: found)
    manifest = {"format": "activitynet-detection"}
    monkeypatch.setattr("common.submission.verify.read_manifest", lambda folder: manifest)
    return found


def test_verify_unchanged(findings):
    result = runner.invoke(verify.app, ["somewhere"])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "ok: all is as it was"


def test_verify_changed(findings):
    findings.reject("verify.data", "a.json", "differs", "Make it again.")
    findings.warn("verify.commit", "commit", "other", "Look.")
    result = runner.invoke(verify.app, ["somewhere"])
    assert result.exit_code == 1
    assert "changed: a.json: differs. Make it again. [verify.data]" in result.stdout
    assert "warning: commit: other" in result.stdout
    assert result.stdout.splitlines()[-1] == "FAIL: 1 changed or absent"


def test_verify_json_is_one_document(findings):
    findings.reject("verify.data", "a.json", "differs", "Make it again.")
    result = runner.invoke(verify.app, ["somewhere", "--json"])
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["ok"] is False and document["defects"][0]["place"] == "a.json"


def test_no_submission_there(tmp_path):
    for command in (verify.app, report.app):
        result = runner.invoke(command, [str(tmp_path / "none")])
        assert isinstance(result.exception, InputError)
        assert "manifest.json" in str(result.exception)


def test_report_says_what_it_did(monkeypatch, tmp_path):
    monkeypatch.setattr("common.submission.rebuild.rebuild_report", lambda folder: True)
    result = runner.invoke(report.app, [str(tmp_path)])
    assert result.exit_code == 0 and "report.html: written" in result.stdout
    result = runner.invoke(report.app, [str(tmp_path), "--json"])
    assert json.loads(result.stdout)["changed"] is True


def test_out_without_against_is_wrong_usage(tmp_path):
    result = runner.invoke(report.app, [str(tmp_path), "--out", "a.html"])
    assert result.exit_code == 2


def test_report_against_prints_the_scores(monkeypatch, tmp_path):
    from types import SimpleNamespace as Made

    ours = Made(headline=Made(name="average mAP", value=0.4), scores=[Made(name="AR", value=0.7)])
    theirs = Made(headline=Made(name="average mAP", value=0.3), scores=[Made(name="AR", value=0.8)])
    monkeypatch.setattr("common.submission.rebuild.compare_reports", lambda *a, **k: (ours, theirs))
    out = str(tmp_path / "c.html")
    result = runner.invoke(report.app, ["one", "--against", "two", "--out", out])
    assert result.exit_code == 0
    first, second, last = result.stdout.splitlines()
    assert first.split() == ["average", "mAP", "40.00", "%", "30.00", "%", "+10.00"]
    assert second.split()[-1] == "-10.00" and last == out

"""`emc2 features`: what goes to stdout, and what wrong usage gives."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from common.cli.features import app
from common.core.errors import InputError


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "npy"
    folder.mkdir()
    np.save(folder / "a.npy", np.ones((20, 3), np.float32))
    (tmp_path / "d.csv").write_text("video,duration\na,10.0\nb,4.0\n")
    return folder


def _run(*words):
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def _import(source, *words):
    told = ("--durations", source.parent / "d.csv", "--extractor", "x")
    return _run("import", source, "--out", source.parent / "out", *told, *words)


ROWS = ("--fps", "16", "--stride-frames", "8", "--first-center-frames", "4")


def test_import_info_and_export_say_what_they_did(tmp_path, source):
    done = _import(source, *ROWS)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "1 videos, 3 channels" in done.stdout
    assert "1 videos of" in done.stdout and "have none: b" in done.stdout
    lines = _run("info", tmp_path / "out").stdout.splitlines()
    assert lines[0] == "extractor x, weights unknown"
    assert lines[1].split()[:3] == ["video", "rows", "channels"]
    assert lines[2].split()[:3] == ["a", "20", "3"]
    assert "mean cosine 1.0000" in _run("info", tmp_path / "out", tmp_path / "out").stdout
    assert _run("export", tmp_path / "out", "--out", tmp_path / "again").exit_code == 0
    assert np.load(tmp_path / "again" / "a.npy").shape == (20, 3)


def test_json_is_one_document(tmp_path, source):
    assert json.loads(_import(source, *ROWS, "--json").stdout)["without_features"] == ["b"]
    document = json.loads(_run("info", tmp_path / "out", "--json").stdout)
    assert (document["ok"], document["extractor"]) == (True, "x")
    assert document["videos"][0]["norm"] == pytest.approx(3**0.5)


def test_a_rate_that_is_no_number_is_wrong_usage(source):
    done = _import(source, "--fps", "fast", "--steps", "20")
    assert (done.exit_code, "give a number, or `native`" in done.stderr) == (2, True)


def test_what_is_not_told_is_not_guessed(tmp_path, source):
    assert _import(source).exit_code == 2
    with pytest.raises(InputError, match="the time of the rows is not told"):
        _import(source, "--fps", "16")
    assert not (tmp_path / "out").exists()

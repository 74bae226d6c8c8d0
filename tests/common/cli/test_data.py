"""`emc2 data`: what goes to stdout, exit codes, and wrong usage."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from common.cli.data import app
from common.core.errors import InputError
from common.video.encode import encode_video


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """A data folder of this test's own."""
    monkeypatch.setenv("EMC2_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("EMC2_MIRROR", raising=False)
    return tmp_path / "data"


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """Grey clips of 3 s: two target classes and background, six groups of two each."""
    folder = tmp_path_factory.mktemp("clips")
    lines = []
    for label, name in enumerate(("Jump", "Run", "Idle")):
        for clip in range(12):
            place = f"{name}_g{clip // 2}_c{clip % 2}.mp4"
            frame = np.full((24, 32, 3), 60 * label + 2 * clip, np.uint8)
            encode_video(folder / place, [frame] * 30, 10)
            lines.append(f"{place} {label}\n")
    (folder / "all.txt").write_text("".join(lines))
    rows = ["class,label,role", "Jump,0,target", "Run,1,target", "Idle,2,background"]
    (folder / "classes.csv").write_text("\n".join(rows) + "\n")
    return folder


def _run(*words, error=False):
    outcome = CliRunner().invoke(app, [str(word) for word in words])
    if error:
        assert isinstance(outcome.exception, InputError)
        return outcome.exception
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return outcome


def test_doctor_prints_one_table_and_exits_0_though_things_are_lacking():
    done = _run("doctor")
    assert done.exit_code == 0
    words = [line.split()[:5] for line in done.stdout.splitlines()]
    assert ["profile", "track", "data", "kind", "state"] in words
    assert ["clips", "activitynet", "trimmed-clips", "clips", "missing"] in words
    assert "emc2 data pull slowfast-r101-8x8-k400" in done.stdout
    assert ["mmcv_ops", "missing"] in [word[:2] for word in words]


def test_doctor_strict_fails_where_the_profile_lacks_something():
    assert _run("doctor", "--profile", "full", "--strict").exit_code == 1
    assert _run("doctor", "--profile", "sample", "--strict").exit_code == 0


def test_doctor_json_is_one_document():
    document = json.loads(_run("doctor", "--profile", "clips", "--json").stdout)
    assert (document["schema_version"], document["ok"]) == (1, False)
    assert document["needs"][0]["name"] == "trimmed-clips"
    assert {part["name"] for part in document["components"]} >= {"torch", "av", "mmcv_ops"}


def test_doctor_shows_the_health_of_videos(clips, tmp_path):
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "bad.mp4").write_bytes(b"")
    done = _run("doctor", "--profile", "sample", "--strict", "--videos", tmp_path / "videos")
    assert done.exit_code == 1
    assert "1 videos, 1 not whole" in done.stdout


def test_doctor_does_not_import_torch_or_av():
    program = (
        "import sys; sys.argv = ['emc2', 'data', 'doctor', '--json']\n"
        "from common.cli.app import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'av', 'mmengine', 'dvc'} & set(sys.modules), sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=60)


def test_pull_takes_a_mirror_and_fails_by_name(tmp_path, data, monkeypatch):
    monkeypatch.setenv("EMC2_MIRROR", str(tmp_path / "mirror"))
    (tmp_path / "mirror" / "activitynet").mkdir(parents=True)
    text = json.dumps(
        {
            "version": "VERSION 1.3",
            "taxonomy": [],
            "database": {"a": {"duration": 1.0, "subset": "training", "annotations": []}},
        }
    )
    (tmp_path / "mirror" / "activitynet" / "activity_net.v1-3.min.json").write_text(text)
    done = _run("pull", "activitynet-1.3-annotations", "slowfast-r101-8x8-k400")
    assert done.exit_code == 1
    assert "recorded at this first pull: sha256" in done.stdout
    assert "the mirror has no such file" in done.stderr
    assert (data / "activitynet" / "activity_net.v1-3.min.json").read_text() == text
    document = json.loads(_run("pull", "activitynet-1.3-annotations", "--json").stdout)
    assert document["files"][0]["state"] == "present"


def test_pull_of_a_profile_names_what_is_the_users_to_supply(tmp_path, monkeypatch):
    monkeypatch.setenv("EMC2_MIRROR", str(tmp_path))
    done = _run("pull", "--profile", "full")
    assert "vivit-fe-b16x2-k400: yours to supply. The TAdaConv" in done.stdout
    assert "slowonly" not in done.stdout + done.stderr  # no profile needs it
    assert _run("pull", "--profile", "sample").stdout == "nothing to pull\n"


def test_pull_without_a_name_is_wrong_usage():
    assert _run("pull").exit_code == 2


def test_link_and_forget(tmp_path):
    (tmp_path / "w.pth").write_bytes(b"PK\x03\x04")
    assert "w.pth, 1 file" in _run("link", "vivit-fe-b16x2-k400", tmp_path / "w.pth").stdout
    assert "no longer linked" in _run("link", "vivit-fe-b16x2-k400", "--remove").stdout
    assert _run("link", "vivit-fe-b16x2-k400").exit_code == 2
    assert _run("link", "nothing", tmp_path, error=True).rule == "data.name"


SHORT = ("--instances", "2-3", "--seconds", "5-60", "--size", "32x24", "--workers", "1")


def test_compose_joins_one_list_into_one_subset(clips, tmp_path):
    out = tmp_path / "out"
    words = ("--list", "all.txt", "--videos", "2", "--seed", "1", *SHORT)
    done = _run("compose", "--clips", clips, "--out", out, *words)
    assert done.exit_code == 0
    assert "validation  2" in done.stdout
    table = pd.read_csv(out / "videos.csv")
    assert list(table["subset"]) == ["validation", "validation"]
    assert set(zip(table["width"], table["height"], strict=True)) == {(32, 24)}
    again = json.loads(_run("compose", "--clips", clips, "--out", out, *words, "--json").stdout)
    assert again["reused"] == 2


def test_compose_divides_a_list_between_subsets(clips, tmp_path):
    words = ("--list", "train=all.txt", "--list", "test=all.txt", "--videos", "train=2")
    _run(
        "compose",
        "--clips",
        clips,
        "--out",
        tmp_path / "out",
        *words,
        "--videos",
        "test=1",
        "--seed",
        "1",
        *SHORT,
    )
    assert list(pd.read_csv(tmp_path / "out" / "videos.csv")["subset"]) == ["train"] * 2 + ["test"]
    assert len(pd.read_csv(tmp_path / "out" / "clips.csv")) == 18  # half of the groups


def test_compose_without_clips_says_how_to_link_them(tmp_path):
    error = _run("compose", "--out", tmp_path / "out", error=True)
    assert "emc2 data link trimmed-clips FOLDER" in error.fix


def test_compose_names_list_and_line(clips, tmp_path):
    (tmp_path / "bad.txt").write_text("Jump_g0_c0.mp4 0\nnothing.mp4 0\n")
    words = ("--list", tmp_path / "bad.txt", "--seed", "1")
    error = _run("compose", "--clips", clips, "--out", tmp_path / "out", *words, error=True)
    assert error.where.endswith("bad.txt line 2")
    assert not (tmp_path / "out").exists()


def test_adopt_counts_what_it_found(clips, tmp_path):
    (tmp_path / "mine" / "videos").mkdir(parents=True)
    (tmp_path / "mine" / "videos" / "a.mp4").write_bytes((clips / "Run_g0_c0.mp4").read_bytes())
    entry = {"duration": 3.0, "subset": "validation", "annotations": []}
    database = {"a": entry | {"annotations": [{"label": "Run", "segment": [0, 2]}]}, "b": entry}
    document = {"version": "VERSION 1.3x", "taxonomy": [], "database": database}
    (tmp_path / "mine" / "annotations.json").write_text(json.dumps(document))
    words = ("adopt", tmp_path / "mine", "--out", tmp_path / "out", "--map", "validation=test")
    done = _run(*words, "--workers", "1")
    assert "1 test videos in" in done.stdout and "left out: b: no such file" in done.stdout
    assert _run(*words, "--max-broken", "0", error=True).rule == "adopt.broken"
    made = json.loads(_run(*words, "--json").stdout)
    assert (made["ok"], made["states"]) == (True, {"present": 1, "missing": 1})

"""The submission folder: what is in it, and that it is whole or not there."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from common.challenges import formats
from common.core.errors import InputError
from common.core.hashing import sha256_file
from common.submission.folder import write_submission

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(repository):
    return repository / "submissions" / "activitynet" / "sample"


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_folder_holds_the_file_and_its_proof(folder, repository, make_submission):
    submission = make_submission()
    verdict = write_submission(folder, submission, repository)
    assert verdict.ok
    assert set(contents(folder)) == {
        "submission.json", "manifest.json", "metrics.json", "report.html",
    }  # fmt: skip
    assert contents(folder)["submission.json"] == submission.leaderboard
    manifest = json.loads(contents(folder)["manifest.json"])
    for name, digest in manifest["files"].items():
        assert sha256_file(folder / name) == digest
    assert set(manifest["files"]) == {"submission.json", "metrics.json", "report.html"}
    assert json.loads(contents(folder)["metrics.json"])["undefined"] is None


def test_the_manifest_names_what_it_was_made_from(folder, repository, make_submission):
    submission = make_submission()
    write_submission(folder, submission, repository)
    manifest = json.loads(contents(folder)["manifest.json"])
    weights = "artifacts/sample/activitynet/bmn.safetensors"
    assert manifest["weights"] == {weights: sha256_file(repository / weights)}
    assert list(manifest["data"]) == ["artifacts/sample/features"]
    assert set(manifest["code"]) == {"common.localization", "common.submission"}
    assert manifest["subset"] == "test" and manifest["name"] == "sample"
    assert manifest["packages"]["numpy"] and manifest["seeds"] == {"train": 1}
    assert manifest["external"] == {"data": [], "models": ["none"], "used": True}
    official = formats.evaluate(
        "activitynet-detection",
        folder / "submission.json",
        repository / "artifacts/sample/world/truth",
        submission.settings,
    ).scores
    assert manifest["evaluator"]["scores"]["average_mAP"] == official["average_mAP"]
    assert manifest["evaluator"]["verdict"]["ok"] is True


def test_no_path_host_or_time_is_written(folder, repository, make_submission):
    write_submission(folder, make_submission(), repository)
    text = b"".join(contents(folder).values()).decode()
    assert str(repository) not in text
    assert os.uname().nodename not in text


def test_two_runs_give_the_same_bytes(folder, repository, make_submission):
    write_submission(folder, make_submission(), repository)
    first = contents(folder)
    write_submission(folder, make_submission(), repository)
    assert contents(folder) == first


def test_the_stage_that_packages_does_not_count_in_the_lock(folder, repository, make_submission):
    write_submission(folder, make_submission(), repository)
    first = contents(folder)
    lock = repository / "tracks/activitynet/dvc.lock"
    lock.write_text(lock.read_text().replace("md5: b", "md5: c"))
    write_submission(folder, make_submission(), repository)
    assert contents(folder) == first
    lock.write_text(lock.read_text().replace("md5: a", "md5: d"))
    write_submission(folder, make_submission(), repository)
    assert contents(folder) != first


def test_an_invalid_file_is_refused_and_the_old_folder_stays(folder, repository, make_submission):
    write_submission(folder, make_submission(), repository)
    before = contents(folder)
    with pytest.raises(InputError, match=r"submission\.json .*label"):
        bad = make_submission().leaderboard.replace(b"push box", b"push bux")
        write_submission(folder, make_submission(leaderboard=bad), repository)
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["sample"]


def test_an_absent_input_is_named(folder, repository, make_submission):
    (repository / "artifacts/sample/activitynet/bmn.safetensors").unlink()
    with pytest.raises(InputError, match=r"bmn\.safetensors.*cannot be read"):
        write_submission(folder, make_submission(), repository)
    assert not folder.exists()


def test_an_input_outside_the_repository_is_refused(folder, repository, make_submission, tmp_path):
    with pytest.raises(InputError, match="outside the repository"):
        write_submission(folder, make_submission(ground_truth=tmp_path), repository / "submissions")


def test_a_place_that_cannot_be_written_changes_nothing(repository, make_submission):
    (repository / "submissions").write_text("a file in the way")
    with pytest.raises(InputError, match="cannot be written"):
        write_submission(
            repository / "submissions/activitynet/sample", make_submission(), repository
        )
    assert (repository / "submissions").read_text() == "a file in the way"


def test_a_hidden_truth_validates_but_does_not_score(folder, repository, make_submission):
    path = repository / "artifacts/sample/world/truth/annotations.json"
    document = json.loads(path.read_text())
    known = [a for entry in document["database"].values() for a in entry["annotations"]]
    for entry in document["database"].values():
        entry["annotations"] = []
    document["database"]["seen"] = {"subset": "training", "duration": 99, "annotations": known}
    path.write_text(json.dumps(document))
    write_submission(folder, make_submission(scored=False), repository)
    assert json.loads(contents(folder)["manifest.json"])["evaluator"]["scores"] is None


SCRIPT = """
import os, pickle, resource, signal, sys
from pathlib import Path
import common.core.files, common.submission.folder as module
root, kind = Path(sys.argv[1]), sys.argv[2]
if kind == "render":
    module.render_report = lambda data: os.kill(os.getpid(), signal.SIGKILL)
if kind == "rename":
    calls, rename = [], Path.replace
    def replace(self, target):
        if Path(target) == root / "submissions/activitynet/sample":
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(self, target)
    Path.replace = replace
if kind == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
submission = pickle.loads((root / "submission.pickle").read_bytes())
try:
    module.write_submission(root / "submissions/activitynet/sample", submission, root)
except module.InputError as error:
    print(error)
    sys.exit(1)
"""


def run(repository, kind, submission):
    import pickle

    (repository / "submission.pickle").write_bytes(pickle.dumps(submission))
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(repository), kind],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("moment", ["render", "rename"])
def test_killed_and_run_again_it_equals_the_uninterrupted_run(
    moment, folder, repository, make_submission
):
    write_submission(folder, make_submission(), repository)
    whole = contents(folder)
    if moment == "render":
        (folder / "submission.json").write_text("an older one")
    old = contents(folder)
    done = run(repository, moment, make_submission())
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not folder.exists() or contents(folder) == old
    write_submission(folder, make_submission(), repository)
    assert contents(folder) == whole
    assert [path.name for path in folder.parent.iterdir()] == ["sample"]


def test_a_kill_between_two_renames_does_not_lose_the_old_folder(
    folder, repository, make_submission
):
    write_submission(folder, make_submission(), repository)
    old = contents(folder)
    assert run(repository, "rename", make_submission()).returncode == -signal.SIGKILL
    with pytest.raises(InputError):
        write_submission(folder, make_submission(leaderboard=b"{}"), repository)
    assert contents(folder) == old


def test_a_full_disk_is_an_error_and_leaves_the_old_folder(folder, repository, make_submission):
    write_submission(folder, make_submission(), repository)
    old = contents(folder)
    done = run(repository, "full", make_submission())
    assert done.returncode == 1, done.stderr
    assert "cannot be written" in done.stdout and "File too large" in done.stdout
    assert contents(folder) == old
    assert [path.name for path in folder.parent.iterdir()] == ["sample"]

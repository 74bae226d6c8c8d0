"""The commit that a submission names, and when the code counts as changed."""

import subprocess

import pytest

from common.core.errors import InputError
from common.submission.repository import CodeState, code_state, lock_sha256


def git(root, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", "-C", str(root), *identity, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "common").mkdir()
    (tmp_path / "tracks" / "a").mkdir(parents=True)
    (tmp_path / "common" / "code.py").write_text("1\n")
    (tmp_path / "params.yaml").write_text("profile: sample   # chosen\nrate: 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "code")
    return tmp_path


def test_outside_a_repository_nothing_is_known(tmp_path):
    assert code_state(tmp_path) == CodeState(None, None)


def test_only_code_and_params_count(root):
    commit = git(root, "rev-parse", "HEAD")
    assert code_state(root) == CodeState(commit, False)
    for name in ("README.md", "tracks/a/dvc.lock", "tracks/a/README.md", "submission.json"):
        (root / name).write_text("x")
    assert code_state(root) == CodeState(commit, False)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "results")
    assert code_state(root) == CodeState(commit, False)


@pytest.mark.parametrize("name", ["common/code.py", "tracks/a/new.py", "dvc.yaml"])
def test_changed_or_new_code_is_dirty(name, root):
    (root / name).write_text("2\n")
    assert code_state(root).dirty is True


def test_the_chosen_profile_alone_is_not_a_change(root):
    (root / "params.yaml").write_text("profile: clips\nrate: 1\n")
    assert code_state(root).dirty is False
    (root / "params.yaml").write_text("profile: clips\nrate: 2\n")
    assert code_state(root).dirty is True


def test_lock_by_content(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("stages:\n  a: {x: 1}\n  b: {y: 2}\n")
    two.write_text("# note\nstages:\n  b:\n    y: 3\n  a:\n    x: 1\n")
    assert lock_sha256(one) != lock_sha256(two)
    assert lock_sha256(one, ["b"]) == lock_sha256(two, ["b"])
    three = tmp_path / "three.lock"
    three.write_text("stages:\n  a: {x: 1}\n  b_one: {y: 4}\n  b_two: {y: 5}\n")
    assert lock_sha256(three, ["b_*"]) == lock_sha256(one, ["b"])


@pytest.mark.parametrize("text", ["", "stages: 3", "a: [", "- 1"])
def test_what_is_no_lock_is_refused(text, tmp_path):
    (tmp_path / "dvc.lock").write_text(text)
    with pytest.raises(InputError, match=r"dvc\.lock"):
        lock_sha256(tmp_path / "dvc.lock")

"""What CI and the pre-commit hooks run is what a person would type."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
CHECK = "python -m common.cli.check_submissions"


def hooks():
    own = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    return [*own, *yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())]


def test_the_workflow_runs_the_readme_s_test_command_and_validates_submissions():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yml").read_text())
    (job,) = workflow["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands == ["make test", "make validate"]
    for command in commands:
        target = command.removeprefix("make ")
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
    assert re.search(r"^make test\b", (ROOT / "README.md").read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11,<3.13"
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12"]


def test_the_hooks_check_what_make_validate_checks():
    assert f"$(BIN)/{CHECK}" in MAKEFILE
    assert [hook["entry"] for hook in hooks()] == [CHECK, CHECK]


@pytest.mark.parametrize("hook", hooks(), ids=["own", "for others"])
def test_a_hook_looks_at_submissions_only(hook):
    names = re.compile(hook["files"])
    assert names.search("submissions/activitynet/sample/result.json")
    assert not names.search("docs/submissions/a/b/c.json")
    assert not names.search("submissions/README.md")


def test_the_committed_submissions_are_sound():
    done = subprocess.run(
        [sys.executable, *CHECK.split()[1:]], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    folders = [path for path in (ROOT / "submissions").glob("*/*") if path.is_dir()]
    assert done.stdout.count("ok ") == len(folders) > 0

"""What the repository says about the code and params that made a submission."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from common.core.errors import InputError
from common.core.hashing import sha256_value

# What can change a result. Lock files are outputs, and pages for readers change nothing; both are
# committed after a run, so they must not count, or no run could ever name its own commit.
_CODE = (
    "common",
    "tracks",
    "params.yaml",
    "dvc.yaml",
    "pyproject.toml",
    "constraints.txt",
    ":(exclude,glob)**/dvc.lock",
    ":(exclude,glob)**/*.md",
)


@dataclass(frozen=True, slots=True)
class CodeState:
    """State of code and params.

    Args:
        commit: the last commit that touched them; None outside a repository.
        dirty: they differ from that commit; the line that chooses the profile does not count,
            because the manifest names the profile. None outside a repository.
    """

    commit: str | None
    dirty: bool | None


def code_state(root: Path) -> CodeState:
    """The last commit that touched code or params, and whether they differ from it."""
    commit = _git(root, "log", "-1", "--format=%H", "--", *_CODE)
    if commit is None or not commit.strip():
        return CodeState(None, None)
    status = _git(root, "status", "--porcelain", "--untracked-files=all", "--", *_CODE) or ""
    changed = [line[3:] for line in status.splitlines()]
    if "params.yaml" in changed and _same_but_profile(root):
        changed.remove("params.yaml")
    return CodeState(commit.strip(), bool(changed))


def lock_sha256(lock: Path, without: Iterable[str] = ()) -> str:
    """Hash of a `dvc.lock` by content, some stages left out; `weak_*` leaves out all that begin so.

    The stage that packages, and those after it, must be left out: their entries hold the hash of
    the submission, which cannot hold a hash of itself.

    Raises:
        InputError: no such file, or not a lock file.
    """
    try:
        document = yaml.safe_load(lock.read_text(encoding="utf-8"))
        stages = {name: entry for name, entry in document["stages"].items()}
    except (OSError, yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            "submission.lock",
            str(lock),
            f"cannot be read as a dvc.lock ({type(error).__name__})",
            "Run `dvc repro`, or check it out again.",
        ) from error
    left_out = tuple(without)
    return sha256_value(
        {n: stages[n] for n in stages if not any(fnmatchcase(n, pattern) for pattern in left_out)}
    )


def _same_but_profile(root: Path) -> bool:
    committed = _git(root, "show", "HEAD:params.yaml")
    if committed is None:
        return False
    now = (root / "params.yaml").read_text(encoding="utf-8")
    return _without_profile(committed) == _without_profile(now)


def _without_profile(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("profile:")]


def _git(root: Path, *arguments: str) -> str | None:
    """What git answers; None if there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None

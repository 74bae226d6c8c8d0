"""`manifest.json`: all that a leaderboard file was made from, so that anyone can make it again."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from common.challenges.formats import FORMATS, Settings
from common.core.errors import InputError
from common.core.hashing import code_sha256, sha256_file, sha256_folder, sha256_value
from common.submission.repository import code_state, lock_sha256

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
# What can change a number. Those that are not installed are not named.
PACKAGES = (
    "av",
    "dvc",
    "emc2",
    "mmaction2",
    "mmcv-lite",
    "mmengine",
    "numba",
    "numpy",
    "opencv-python-headless",
    "pandas",
    "pillow",
    "pyarrow",
    "safetensors",
    "scipy",
    "torch",
)


@dataclass(frozen=True, slots=True)
class External:
    """What beyond the challenge's own data was used; challenges ask for it."""

    data: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ManifestInputs:
    """What a track says about how its leaderboard file came about.

    Args:
        params: the resolved params that shaped it, by section.
        seeds: every named seed.
        data, weights: files and folders that were read, relative to the root.
        code: packages and modules whose source shaped it, such as `common.localization`.
        classes, videos: the pinned class list and the ids of the subset, in order.
        licences: data set or model -> licence.
        external: declared external data and models.
        lock: the track's `dvc.lock`, relative to the root; None where DVC did not run.
        lock_without: its stages that package the submission or come after.
    """

    params: Mapping[str, Any]
    seeds: Mapping[str, int]
    data: Sequence[Path]
    weights: Sequence[Path]
    code: Sequence[str]
    classes: Sequence[str]
    videos: Sequence[str]
    licences: Mapping[str, str]
    external: External = field(default_factory=External)
    lock: Path | None = None
    lock_without: tuple[str, ...] = ()


def build_manifest(inputs: ManifestInputs, root: Path) -> dict[str, Any]:
    """The part of the manifest that the inputs decide.

    Raises:
        InputError: a named file is absent, or lies outside the root.
    """
    state = code_state(root)
    return {
        "schema_version": SCHEMA_VERSION,
        "commit": state.commit,
        "dirty": state.dirty,
        "dvc_lock": _lock(inputs, root),
        "params": dict(inputs.params),
        "seeds": dict(inputs.seeds),
        "data": hashes(inputs.data, root),
        "weights": hashes(inputs.weights, root),
        "code": {name: code_sha256(name) for name in sorted(inputs.code)},
        "classes": {"count": len(inputs.classes), "sha256": sha256_value(list(inputs.classes))},
        "videos": {"count": len(inputs.videos), "sha256": sha256_value(list(inputs.videos))},
        "licences": dict(inputs.licences),
        "external": {
            "data": list(inputs.external.data),
            "models": list(inputs.external.models),
            "used": bool(inputs.external.data or inputs.external.models),
        },
        "packages": package_versions(),
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


def evaluator_identity(format: str, settings: Settings) -> dict[str, Any]:
    """Which evaluator scored a file, and with which settings."""
    package = FORMATS[format].rsplit(".", 1)[0]
    return {
        "package": package,
        "sha256": code_sha256(package),
        "settings": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(settings).items()
        },
    }


def hashes(paths: Sequence[Path], root: Path) -> dict[str, str]:
    """SHA-256 by path relative to the root; folders are hashed over all their files."""
    return {name: hash_of(root / name, name) for name in sorted(relative(p, root) for p in paths)}


def hash_of(path: Path, name: str) -> str:
    """SHA-256 of a file or folder.

    Raises:
        InputError: it is absent or cannot be read.
    """
    try:
        if path.is_dir():
            return sha256_folder(path)
        return sha256_file(path)
    except OSError as error:
        raise InputError(
            "submission.input",
            name,
            f"is named in the manifest and cannot be read ({error.strerror})",
            "Run `dvc repro`, or `dvc pull`.",
        ) from error


def relative(path: Path, root: Path) -> str:
    """A path as the manifest writes it: relative to the root, with forward slashes.

    Raises:
        InputError: it lies outside.
    """
    full = path if path.is_absolute() else root / path
    try:
        return full.relative_to(root).as_posix()
    except ValueError:
        raise InputError(
            "submission.outside",
            str(path),
            "lies outside the repository, so that the manifest could not name it for others",
            "Link it into the repository with `emc2 data link`.",
        ) from None


def package_versions() -> dict[str, str]:
    """Versions of the installed packages that can change a number."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _lock(inputs: ManifestInputs, root: Path) -> dict[str, Any] | None:
    if inputs.lock is None:
        return None
    name = relative(inputs.lock, root)
    without = sorted(inputs.lock_without)
    return {"path": name, "without": without, "sha256": lock_sha256(root / name, without)}

"""Hold a submission folder against its manifest: what has changed since it was made?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from common.challenges import formats
from common.challenges.findings import Findings
from common.challenges.formats import Settings
from common.core.errors import InputError
from common.core.files import nan_to_none
from common.core.hashing import code_sha256, sha256_value
from common.core.params import load_params
from common.core.params.reader import ROOT
from common.submission.folder import scalar_scores
from common.submission.manifest import MANIFEST, SCHEMA_VERSION, hash_of, package_versions
from common.submission.repository import code_state, lock_sha256

_REMAKE = "Run `dvc repro` to make the submission again, or bring the old state back."


def verify(folder: Path, root: Path = ROOT, *, ignore_missing: bool = False) -> Findings:
    """Re-hash all that the manifest names, validate and score again.

    A change is a defect; an input that is absent too, unless `ignore_missing` makes it a note. What
    cannot change the file but may explain a change (package versions, the commit) is a warning.

    Args:
        folder: a submission folder.
        root: what the manifest's paths are relative to.

    Raises:
        InputError: there is no manifest that can be read.
    """
    manifest = read_manifest(folder)
    findings = Findings()
    _check_files(folder, manifest, findings)
    for group in ("data", "weights"):
        for name, expected in manifest[group].items():
            _check_input(group, name, expected, root, findings, ignore_missing)
    for name, expected in manifest["code"].items():
        _check_code("code", name, expected, findings)
    _check_lock(manifest, root, findings, ignore_missing)
    _check_params(manifest, findings)
    _check_evaluation(folder, manifest, root, findings, ignore_missing)
    _check_surroundings(manifest, root, findings)
    return findings


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a submission folder.

    Raises:
        InputError: absent, not JSON, or of another version.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema_version is {manifest['schema_version']!r}")
        for key in ("files", "data", "weights", "code", "params", "evaluator", "packages"):
            if not isinstance(manifest[key], dict):
                raise ValueError(f"{key} is no object")
    except OSError as error:
        raise InputError(
            "submission.manifest",
            str(path),
            f"cannot be read ({error.strerror})",
            "Give a folder `submissions/<track>/<name>`.",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "submission.manifest", str(path), f"is no manifest of ours ({error})", _REMAKE
        ) from error
    result: dict[str, Any] = manifest
    return result


def _check_files(folder: Path, manifest: Mapping[str, Any], findings: Findings) -> None:
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            findings.reject("verify.file", name, "is not in the folder", _REMAKE)
        elif hash_of(path, name) != expected:
            findings.reject("verify.file", name, "differs from what was packaged", _REMAKE)
    known = {*manifest["files"], MANIFEST}
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            problem = "is not named in the manifest"
            findings.warn("verify.extra", path.name, problem, "Was it meant for the submission?")


def _check_input(
    group: str, name: str, expected: str, root: Path, findings: Findings, ignore_missing: bool
) -> None:
    path = root / name
    if not path.exists():
        _absent(group, name, findings, ignore_missing)
    elif hash_of(path, name) != expected:
        findings.reject(f"verify.{group}", name, "differs from what was used", _REMAKE)


def _absent(group: str, name: str, findings: Findings, ignore_missing: bool) -> None:
    if ignore_missing:
        findings.note(f"{group} {name} is not here and was not checked")
        return
    fix = "Run `dvc pull` or `dvc repro`; `--ignore-missing` checks only what is here."
    findings.reject(f"verify.{group}", name, "is not here, so it cannot be checked", fix)


def _check_code(rule: str, name: str, expected: str, findings: Findings) -> None:
    try:
        same = code_sha256(name) == expected
    except OSError:
        findings.reject(f"verify.{rule}", name, "there is no such module any more", _REMAKE)
        return
    if not same:
        findings.reject(f"verify.{rule}", name, "the source differs", _REMAKE)


def _check_lock(
    manifest: Mapping[str, Any], root: Path, findings: Findings, ignore_missing: bool
) -> None:
    lock = manifest.get("dvc_lock")
    if not lock:
        return
    if not (root / lock["path"]).is_file():
        _absent("lock", lock["path"], findings, ignore_missing)
    elif lock_sha256(root / lock["path"], lock["without"]) != lock["sha256"]:
        problem = "the stages before the packaging have changed"
        findings.reject("verify.lock", lock["path"], problem, _REMAKE)


def _check_params(manifest: Mapping[str, Any], findings: Findings) -> None:
    now = load_params(manifest["profile"]).model_dump(mode="json")
    for place, then in sorted(_leaves(manifest["params"]).items()):
        value = _at(now, place)
        if value != then:
            problem = f"{value!r} now, {then!r} when it was made"
            findings.reject("verify.params", ".".join(place), problem, _REMAKE)


def _leaves(values: Mapping[str, Any], place: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            found |= _leaves(value, (*place, key))
        else:
            found[(*place, key)] = value
    return found


def _at(values: Any, place: tuple[str, ...]) -> Any:
    for key in place:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _check_evaluation(
    folder: Path,
    manifest: Mapping[str, Any],
    root: Path,
    findings: Findings,
    ignore_missing: bool,
) -> None:
    """Run the validator again, and the evaluator where the ground truth is there."""
    evaluator, truth = manifest["evaluator"], manifest.get("ground_truth")
    _check_code("evaluator", evaluator["package"], evaluator["sha256"], findings)
    leaderboard = folder / manifest["leaderboard_file"]
    if not leaderboard.is_file():
        return
    settings = msgspec.convert(evaluator["settings"], Settings)
    path = None
    if truth:
        _check_input("data", truth["path"], truth["sha256"], root, findings, ignore_missing)
        path = root / truth["path"] if (root / truth["path"]).exists() else None
    checked = formats.check(manifest["format"], leaderboard, path, settings)
    for defect in checked.defects:
        place = f"{leaderboard.name} {defect.place}"
        findings.reject(defect.rule, place, defect.problem, defect.fix)
    if path is None or evaluator["scores"] is None:
        findings.note("the scores were not computed again: the ground truth is not here")
        return
    if checked.ok:
        _check_scores(manifest, leaderboard, path, settings, findings)


def _check_scores(
    manifest: Mapping[str, Any],
    leaderboard: Path,
    truth: Path,
    settings: Settings,
    findings: Findings,
) -> None:
    scores = formats.evaluate(manifest["format"], leaderboard, truth, settings).scores
    evaluator = manifest["evaluator"]
    now = scalar_scores(scores)
    for name, then in evaluator["scores"].items():
        if now.get(name) != then:
            problem = f"{now.get(name)} now, {then} in the manifest"
            findings.reject("verify.scores", name, problem, _REMAKE)
    if sha256_value(nan_to_none(scores)) != evaluator["scores_sha256"]:
        findings.reject("verify.scores", "all scores", "differ from the manifest's", _REMAKE)


def _check_surroundings(manifest: Mapping[str, Any], root: Path, findings: Findings) -> None:
    here = package_versions()
    for name, then in manifest["packages"].items():
        if here.get(name) != then:
            problem = f"{here.get(name) or 'not installed'} here, {then} when it was made"
            findings.warn("verify.package", name, problem, "Numbers may differ in the last digits.")
    commit = code_state(root).commit
    if commit != manifest["commit"]:
        problem = f"{commit or 'no repository'} here, {manifest['commit']} when it was made"
        findings.warn("verify.commit", "commit", problem, "Check that commit out to compare code.")
    if manifest["dirty"]:
        problem = "it was made with uncommitted changes"
        findings.warn("verify.dirty", "commit", problem, "Commit, and make it again.")

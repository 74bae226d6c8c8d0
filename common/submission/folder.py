"""The submission folder: the leaderboard file and all that proves it, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from common.challenges import formats
from common.challenges.findings import Findings
from common.challenges.formats import Settings
from common.core.errors import InputError
from common.core.files import atomic_folder, nan_to_none, write_bytes, write_json, write_text
from common.core.hashing import sha256_file, sha256_value
from common.core.params.reader import ROOT
from common.submission.manifest import (
    MANIFEST,
    ManifestInputs,
    build_manifest,
    evaluator_identity,
    hashes,
    relative,
)
from common.submission.report.data import ReportData, Verdict
from common.submission.report.page import render_report

METRICS = "metrics.json"
REPORT = "report.html"


@dataclass(frozen=True)
class Submission:
    """What goes into a submission folder; the folder's name is the submission's.

    Args:
        track, profile: as in the repository.
        format: leaderboard format.
        settings: of the evaluator; its subset is the one that the file covers.
        leaderboard_name: official name of the leaderboard file.
        leaderboard: its bytes.
        metrics: for `metrics.json`; fractions of 1; NaN becomes null.
        inputs: what the manifest names.
        report: the page's data; verdict and provenance are filled in here.
        ground_truth: file or folder to validate against, relative to the root; None without.
        scored: it holds the annotations of the subset (a hidden test set does not).
    """

    track: str
    profile: str
    format: str
    settings: Settings
    leaderboard_name: str
    leaderboard: bytes
    metrics: Mapping[str, Any]
    inputs: ManifestInputs
    report: ReportData
    ground_truth: Path | None = None
    scored: bool = True


def write_submission(folder: Path, submission: Submission, root: Path = ROOT) -> Verdict:
    """Validate the leaderboard file and write the whole folder in one step.

    Killed at any moment and run again, it completes; no half folder ever has the final name.

    Args:
        folder: `submissions/<track>/<name>`; an older one is replaced.
        root: what paths in the manifest are relative to.

    Raises:
        InputError: the validator finds a defect, an input is absent, or the folder cannot be
            written; the old folder is then as it was.
    """
    _clear_leftovers(folder)
    with atomic_folder(folder) as part:
        leaderboard = part / submission.leaderboard_name
        write_bytes(leaderboard, submission.leaderboard)
        truth = None
        if submission.ground_truth is not None:
            truth = root / relative(submission.ground_truth, root)
        verdict = _validated(leaderboard, truth, submission)
        manifest = _manifest(folder.name, submission, verdict, leaderboard, truth, root)
        write_json(part / METRICS, nan_to_none(dict(submission.metrics)))
        text = render_report(replace(submission.report, verdict=verdict, provenance=manifest))
        write_text(part / REPORT, text)
        for name in (METRICS, REPORT):
            manifest["files"][name] = sha256_file(part / name)
        write_json(part / MANIFEST, manifest)
        write_text(kept_report(root, submission.profile, submission.track, folder.name), text)
    return verdict


def kept_report(root: Path, profile: str, track: str, name: str) -> Path:
    """Where a copy of the page lies, from which a lost one can be made again."""
    return root / "artifacts" / profile / track / f"report-{name}.html"


def scalar_scores(scores: Mapping[str, Any]) -> dict[str, float | None]:
    """The single numbers among an evaluator's scores."""
    plain = nan_to_none(dict(scores))
    return {
        key: value
        for key, value in plain.items()
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    }


def _validated(leaderboard: Path, truth: Path | None, submission: Submission) -> Verdict:
    findings: Findings = formats.check(submission.format, leaderboard, truth, submission.settings)
    if not findings.ok:
        first = findings.defects[0]
        raise InputError(
            first.rule,
            f"{submission.leaderboard_name} {first.place}".rstrip(),
            f"{first.problem} ({findings.n_defects} defects in all)",
            f"{first.fix} Nothing was written.",
        )
    return Verdict(True, 0, findings.n_warnings)


def _manifest(
    name: str,
    submission: Submission,
    verdict: Verdict,
    leaderboard: Path,
    truth: Path | None,
    root: Path,
) -> dict[str, Any]:
    evaluator = evaluator_identity(submission.format, submission.settings)
    evaluator["verdict"] = {"ok": verdict.ok, "warnings": verdict.warnings}
    evaluator["scores"] = evaluator["scores_sha256"] = None
    if truth is not None and submission.scored:
        scores = formats.evaluate(submission.format, leaderboard, truth, submission.settings).scores
        evaluator["scores"] = scalar_scores(scores)
        evaluator["scores_sha256"] = sha256_value(nan_to_none(scores))
    manifest = build_manifest(submission.inputs, root) | {
        "name": name,
        "track": submission.track,
        "profile": submission.profile,
        "format": submission.format,
        "subset": submission.settings.subset,
        "leaderboard_file": submission.leaderboard_name,
        "files": {submission.leaderboard_name: sha256_file(leaderboard)},
        "evaluator": evaluator,
        "ground_truth": None,
    }
    if submission.ground_truth is not None:
        manifest["ground_truth"] = {
            "path": relative(submission.ground_truth, root),
            "scored": submission.scored,
            **_single(hashes([submission.ground_truth], root)),
        }
    return manifest


def _single(named: Mapping[str, str]) -> dict[str, str]:
    return {"sha256": next(iter(named.values()))}


def _clear_leftovers(folder: Path) -> None:
    """Undo what a killed run of ours left beside the folder; nobody else packages it now."""
    for left in folder.parent.glob(f".old-{folder.name}-*"):
        # Killed between two renames: the old folder is whole, and it is still the valid one.
        if not folder.exists() and (left / folder.name).is_dir():
            (left / folder.name).replace(folder)
        shutil.rmtree(left, ignore_errors=True)
    for left in folder.parent.glob(f".part-{folder.name}-*"):
        shutil.rmtree(left, ignore_errors=True)

"""Make a submission's page again from its folder, or set two submissions side by side."""

from __future__ import annotations

from pathlib import Path

from common.core.errors import InputError
from common.core.files import write_json, write_text
from common.core.hashing import sha256_file
from common.core.params.reader import ROOT
from common.submission.folder import REPORT, kept_report
from common.submission.leaderboard import read_detections, reads_detections
from common.submission.manifest import MANIFEST
from common.submission.report.data import ReportData
from common.submission.report.embedded import read_report_data
from common.submission.report.page import render_report
from common.submission.verify import read_manifest

# Written at the top of every page of ours, so that no other file is ever replaced by one.
_OURS = '<meta name="generator" content="emc2 report">'


def load_report(folder: Path, root: Path = ROOT) -> ReportData:
    """The report's data of a submission: from its page (or the copy of it among the artifacts), its
    manifest and its leaderboard file.

    Raises:
        InputError: one of them is absent or damaged, or the page belongs to another leaderboard
            file.
    """
    manifest = read_manifest(folder)
    name = manifest["leaderboard_file"]
    page = folder / REPORT
    if not page.is_file():
        page = kept_report(root, manifest["profile"], manifest["track"], folder.name)
    detections = None
    if reads_detections(manifest["format"]):
        detections = read_detections(folder / name)
    data = read_report_data(page, detections)
    then = data.provenance.get("files", {}).get(name)
    if not (folder / name).is_file() or sha256_file(folder / name) != then:
        raise InputError(
            "report.leaderboard",
            str(folder / name),
            f"is not the file that {page.name} was made from",
            "Run `emc2 verify` to see what changed, and `dvc repro` to make it again.",
        )
    return data


def rebuild_report(folder: Path, root: Path = ROOT) -> bool:
    """Write the folder's `report.html` anew; True if it differs from what was there.

    The manifest gets the new hash, so that `emc2 verify` accepts the page.

    Raises:
        InputError: see `load_report`; or the folder cannot be written.
    """
    text = render_report(load_report(folder, root))
    page = folder / REPORT
    if page.is_file() and page.read_text(encoding="utf-8") == text:
        return False
    manifest = read_manifest(folder)
    write_text(page, text)
    manifest["files"][REPORT] = sha256_file(page)
    write_json(folder / MANIFEST, manifest)
    return True


def compare_reports(
    folder: Path, against: Path, out: Path, *, force: bool = False, root: Path = ROOT
) -> tuple[ReportData, ReportData]:
    """Write the page of one submission with its differences to another.

    Args:
        out: where; a file that is not a page of ours is replaced only with `force`.

    Raises:
        InputError: the two cover different things, or see `load_report`.
    """
    ours, theirs = load_report(folder, root), load_report(against, root)
    for what in ("format", "subset"):
        one, two = getattr(ours, what), getattr(theirs, what)
        if one != two:
            raise InputError(
                "report.against",
                str(against),
                f"its {what} is {two}, that of {folder} is {one}",
                "Compare submissions of one format on one subset.",
            )
    if out.exists() and not force and not _is_ours(out):
        raise InputError(
            "report.overwrite", str(out), "exists and is not a report", "Use --force, or --out."
        )
    write_text(out, render_report(ours, theirs))
    return ours, theirs


def _is_ours(path: Path) -> bool:
    try:
        return _OURS in path.read_text(encoding="utf-8")[:4000]
    except (OSError, UnicodeDecodeError):
        return False

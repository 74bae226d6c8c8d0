"""`make validate`: the validator and the manifest of everything under submissions/.

CI and the pre-commit hook call this, and a person can: `python -m common.cli.check_submissions`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def main(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="submissions, or files in them; default: all")
    ] = None,
) -> None:
    """Validate leaderboard files; exit 1 if one has a defect or its manifest names another file."""
    from common.challenges.formats import check
    from common.core.hashing import sha256_file

    bad = 0
    for manifest in sorted(_manifests(folders)):
        document = json.loads(manifest.read_text(encoding="utf-8"))
        leaderboard = manifest.parent / document["leaderboard_file"]
        findings = check(document["format"], leaderboard, None)
        same = document["files"].get(leaderboard.name) == sha256_file(leaderboard)
        ok = findings.ok and same
        bad += not ok
        problem = "" if same else ", not the file that the manifest names"
        typer.echo(
            f"{'ok  ' if ok else 'FAIL'} {leaderboard}: {findings.n_defects} defects, "
            f"{findings.n_warnings} warnings{problem}"
        )
        for finding in findings.defects[:5]:
            typer.echo(f"     {finding.place}: {finding.problem}. {finding.fix} [{finding.rule}]")
    raise typer.Exit(1 if bad else 0)


def _manifests(folders: list[Path] | None) -> set[Path]:
    if folders is None:
        return set(Path("submissions").glob("*/*/manifest.json"))
    found = {(path if path.is_dir() else path.parent) / "manifest.json" for path in folders}
    return {path for path in found if path.is_file()}


if __name__ == "__main__":
    typer.run(main)

"""`make validate`: the validator and the manifest of everything under submissions/.

CI and the pre-commit hook call this, and a person can: `python -m common.cli.check_submissions`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from common.core.errors import InputError
from common.core.program import run_program

SUBMISSIONS = Path("submissions")


def main(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="submissions, or files in them; default: all")
    ] = None,
) -> None:
    """Validate leaderboard files; exit 1 if one has a defect or its manifest names another file."""
    bad = 0
    for folder in _folders(paths):
        try:
            bad += not _is_sound(folder)
        except InputError as error:
            bad += 1
            typer.echo(f"FAIL {folder}: {error}")
    raise typer.Exit(1 if bad else 0)


def _folders(paths: list[Path] | None) -> list[Path]:
    """Folders `submissions/<track>/<name>`: all of them, or those in which the paths lie."""
    if paths is None:
        return sorted(path for path in SUBMISSIONS.glob("*/*") if path.is_dir())
    found = set()
    for path in paths:
        if not path.resolve().is_relative_to(SUBMISSIONS.resolve()):
            raise typer.BadParameter(f"{path} does not lie in {SUBMISSIONS}/")
        inside = path.resolve().relative_to(SUBMISSIONS.resolve()).parts
        found.add(SUBMISSIONS.joinpath(*inside[:2]))
    return sorted(found)


def _is_sound(folder: Path) -> bool:
    from common.challenges.formats import check
    from common.core.hashing import sha256_file
    from common.submission.verify import read_manifest

    manifest = read_manifest(folder)
    # The name alone: a manifest cannot point at files elsewhere.
    leaderboard = folder / Path(manifest["leaderboard_file"]).name
    findings = check(manifest["format"], leaderboard, None)
    same = leaderboard.is_file() and (
        manifest["files"].get(leaderboard.name) == sha256_file(leaderboard)
    )
    ok = findings.ok and same
    problem = "" if same else ", not the file that the manifest names"
    typer.echo(
        f"{'ok  ' if ok else 'FAIL'} {leaderboard}: {findings.n_defects} defects, "
        f"{findings.n_warnings} warnings{problem}"
    )
    for finding in findings.defects[:5]:
        typer.echo(f"     {finding.place}: {finding.problem}. {finding.fix} [{finding.rule}]")
    return ok


if __name__ == "__main__":
    run_program(lambda: typer.run(main))

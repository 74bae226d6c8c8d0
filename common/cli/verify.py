"""`emc2 verify`: is a submission still what its manifest says?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def verify(
    submission: Annotated[Path, typer.Argument(help="folder submissions/<track>/<name>")],
    ignore_missing: Annotated[
        bool, typer.Option("--ignore-missing", help="inputs that are not here do not count")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """Re-hash all that the manifest names, validate and score again; say what changed.

    Exit 0: all is as it was; 1: something changed or is absent.

    Example: emc2 verify submissions/activitynet/sample
    """
    from common.cli.changes_text import changes_text
    from common.submission.verify import read_manifest
    from common.submission.verify import verify as verify_folder

    findings = verify_folder(submission, ignore_missing=ignore_missing)
    if as_json:
        format = str(read_manifest(submission)["format"])
        typer.echo(json.dumps(findings.to_dict(format, str(submission))))
    else:
        typer.echo(changes_text(findings, str(submission)))
    if not findings.ok:
        raise typer.Exit(1)

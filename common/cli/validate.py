"""`emc2 validate`: every defect of a result file with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def validate(
    format: Annotated[str, typer.Argument(help="leaderboard format, e.g. activitynet-detection")],
    pred: Annotated[Path | None, typer.Argument(help="file, archive or folder to check")] = None,
    ground_truth: Annotated[
        Path | None, typer.Option("--ground-truth", help="annotation file, or folder of them")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="warnings fail too")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="print the JSON Schema and stop")
    ] = False,
    subset: Annotated[
        str | None, typer.Option("--subset", help="train, validation (default) or test")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="JSON file of settings")
    ] = None,
) -> None:
    """Check a result file before the server does. Exit 0: it will be taken; 1: it has defects.

    Example: emc2 validate activitynet-detection pred.json --ground-truth activity_net.v1-3.min.json
    """
    from common.challenges import formats
    from common.challenges.findings import Findings
    from common.challenges.settings import read_settings
    from common.cli.findings_text import findings_text
    from common.core.errors import InputError

    if schema:
        typer.echo(json.dumps(formats.schema(format), indent=2))
        return
    if pred is None:
        raise typer.BadParameter("give the file to check, or --schema")
    chosen = read_settings(settings, {"subset": subset})
    try:
        findings = formats.check(format, pred, ground_truth, chosen)
    except InputError as error:
        if not as_json:
            raise
        # A file that cannot be opened gets a document of the same shape.
        findings = Findings()
        findings.reject(error.rule, error.where, error.problem, error.fix)
    if as_json:
        typer.echo(json.dumps(findings.to_dict(format, str(pred)), ensure_ascii=True))
    else:
        typer.echo(findings_text(findings, format, str(pred)))
    if not findings.ok or (strict and findings.n_warnings):
        raise typer.Exit(1)

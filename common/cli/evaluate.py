"""`emc2 evaluate`: the official scores of a result file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def evaluate(
    format: Annotated[str, typer.Argument(help="leaderboard format, e.g. activitynet-detection")],
    pred: Annotated[Path, typer.Argument(help="file (also .gz), archive or folder to score")],
    ground_truth: Annotated[
        Path, typer.Option("--ground-truth", help="annotation file, or folder of them")
    ],
    subset: Annotated[
        str | None, typer.Option("--subset", help="train, validation (default) or test")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="JSON file of settings")
    ] = None,
    max_avg_nr_proposals: Annotated[
        int | None,
        typer.Option("--max-avg-nr-proposals", help="end of the AR@AN curve (default 100)"),
    ] = None,
    dtype: Annotated[
        str | None,
        typer.Option("--dtype", help="EPIC recognition: float64 (default) or float32"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """The numbers that the official program gives, in seconds. Only its own checks apply.

    Example: emc2 evaluate ava detections.csv --ground-truth ava_val_v2.2.csv
    """
    from common.challenges import formats
    from common.challenges.settings import read_settings
    from common.cli.evaluation_text import evaluation_document, evaluation_text

    flags = {"subset": subset, "max_avg_nr_proposals": max_avg_nr_proposals, "dtype": dtype}
    chosen = read_settings(settings, flags)
    result = formats.evaluate(format, pred, ground_truth, chosen)
    if as_json:
        typer.echo(json.dumps(evaluation_document(format, result), allow_nan=False))
        return
    typer.echo(evaluation_text(format, result))
    for warning in result.warnings:
        typer.echo(f"warning: {warning}", err=True)

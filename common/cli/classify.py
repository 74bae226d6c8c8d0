"""`emc2 classify`: trained backbones, alone and together, on a list of clips."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def classify(
    weights: Annotated[
        list[Path], typer.Option("--weights", help="folder of `emc2 train`, or a weights file")
    ],
    list_: Annotated[Path, typer.Option("--list", help="lines `relative-path label`")],
    clips: Annotated[Path, typer.Option("--clips", help="folder that the paths are relative to")],
    views: Annotated[int | None, typer.Option(min=1, help="clips along the time axis")] = None,
    crops: Annotated[int | None, typer.Option(help="along the long side: 1 or 3")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="CSV of the ensemble's class scores")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """Top-1, top-5 and mean class accuracy of each backbone and of the mean of their scores.

    Example: emc2 classify --weights trained/sf --weights trained/vivit --list val.txt --clips ucf9
    """
    from common.training.recognition.run import classify_list

    if crops not in (None, 1, 3):
        raise typer.BadParameter("--crops is 1 or 3")
    done = classify_list(weights, list_, clips, views, crops, out)
    if as_json:
        typer.echo(json.dumps({"schema_version": 1, "ok": True, **done.to_dict()}))
    else:
        typer.echo(done.as_text())

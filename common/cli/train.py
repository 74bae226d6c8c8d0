"""`emc2 train`: one backbone on a list of clips."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def train(
    list_: Annotated[Path, typer.Option("--list", help="lines `relative-path label`")],
    clips: Annotated[Path, typer.Option("--clips", help="folder that the paths are relative to")],
    backbone: Annotated[str, typer.Option(help="appearance, slowfast, r2plus1d or vivit")],
    out: Annotated[Path, typer.Option("--out", help="folder for the weights")],
    init: Annotated[
        Path | None, typer.Option(help="pretrained .safetensors: all but the head is taken")
    ] = None,
    validation: Annotated[
        Path | None, typer.Option(help="list that the result is tested on; nothing is chosen by it")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="instead of params.yaml")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="instead of params.yaml")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """Train a backbone on trimmed clips; a killed run goes on where it stopped.

    Sizes and recipe: section `recognition` of params.yaml (docs/recognition.md).

    Example: emc2 train --list ucf9/train.txt --clips ucf9 --backbone slowfast --out trained/sf
    """
    from common.training.recognition.run import TrainRequest, train_on_list

    request = TrainRequest(list_, clips, backbone, out, init, validation, seed, epochs)
    done = train_on_list(request)
    if as_json:
        typer.echo(json.dumps({"schema_version": 1, "ok": True, **done.to_dict()}))
    else:
        typer.echo(done.as_text())

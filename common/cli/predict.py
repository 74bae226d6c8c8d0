"""`emc2 predict`: a trained track on one's own videos."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def predict(
    track: Annotated[str, typer.Argument(help="folder name below tracks/, e.g. activitynet")],
    videos: Annotated[list[Path], typer.Argument(help="video files")],
    out: Annotated[Path, typer.Option("--out", help="folder for result.json and the pictures")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """Detect actions in your own videos: a leaderboard-style JSON and a picture of each video.

    The track must have been trained in the profile in force (`dvc repro tracks/TRACK`).

    Example: emc2 predict activitynet holiday.mp4 --out found
    """
    if not track.isidentifier() or find_spec(f"tracks.{track}.predict") is None:
        known = sorted(path.parent.name for path in Path("tracks").glob("*/predict.py"))
        raise typer.BadParameter(f"no track {track!r} that predicts; known: {', '.join(known)}")
    done = import_module(f"tracks.{track}.predict").predict(videos, out)
    left_out = {row.video: f"{row.status}: {row.reason}" for row in done.left_out}
    if as_json:
        pictures = [str(path) for path in done.pictures]
        answer = {"result": str(done.result), "pictures": pictures, "left_out": left_out}
        typer.echo(json.dumps({"schema_version": 1, "ok": True, **answer}))
        return
    typer.echo(done.result)
    for path in done.pictures:
        typer.echo(path)
    for video, why in left_out.items():
        typer.echo(f"left out: {video}: {why}", err=True)

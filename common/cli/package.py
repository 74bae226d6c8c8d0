"""`emc2 package`: the file or archive that the server takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def package(
    format: Annotated[str, typer.Argument(help="leaderboard format, e.g. epic-detection")],
    pred: Annotated[Path, typer.Argument(help="file or folder to package")],
    out: Annotated[Path, typer.Option("--out", help="file to write")],
    ground_truth: Annotated[
        Path | None, typer.Option("--ground-truth", help="annotation file, or folder of them")
    ] = None,
    subset: Annotated[
        str | None, typer.Option("--subset", help="train, validation (default) or test")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="JSON file of settings")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """Write what the server takes: right name and layout, same bytes each time, validated.

    Example: emc2 package epic-detection pred.json --out submission.zip --ground-truth annotations/
    """
    from common.challenges import formats
    from common.challenges.findings import SCHEMA_VERSION
    from common.challenges.settings import read_settings
    from common.core.hashing import sha256_file

    chosen = read_settings(settings, {"subset": subset})
    formats.package(format, pred, out, ground_truth, chosen)
    digest, size = sha256_file(out), out.stat().st_size
    if as_json:
        document = {"schema_version": SCHEMA_VERSION, "ok": True, "format": format}
        typer.echo(json.dumps(document | {"file": str(out), "sha256": digest, "bytes": size}))
    else:
        typer.echo(f"{out}  {size:,} bytes  sha256 {digest}")

"""The end of `make TRACK`: the scores, and where the report is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def main(track: Annotated[str, typer.Argument(help="folder name below tracks/")]) -> None:
    """Print the headline scores of the submission of the profile in force."""
    from common.core.params import load_params
    from common.core.params.reader import ROOT

    folder = ROOT / "submissions" / track / load_params().profile
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    videos = metrics["videos"]["listed"]
    rows = [("average mAP", metrics["average_map"]), ("top-1", metrics["top1"])]
    rows += [(f"floor, {name}", value) for name, value in metrics["floors"].items()]
    rows += list(metrics["recall"].items()) + [("AUC", metrics["auc"])]
    typer.echo(f"{track}, {metrics['subset']} ({videos} videos)")
    for name, value in rows:
        typer.echo(f"  {name:<24}{100 * value:6.2f} %")
    for name in ("result.json", "report.html"):
        typer.echo(f"  {Path(folder / name).relative_to(ROOT)}")


if __name__ == "__main__":
    typer.run(main)

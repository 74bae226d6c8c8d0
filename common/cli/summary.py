"""The end of `make TRACK`: the scores, and where the report is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from common.core.program import run_program


def main(track: Annotated[str, typer.Argument(help="folder name below tracks/")]) -> None:
    """Print the headline scores of the submission of the profile in force."""
    from common.core.params import load_params
    from common.core.params.reader import ROOT

    folder = ROOT / "submissions" / track / load_params().profile
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    videos = metrics["videos"]["listed"]
    rows = _recognition(metrics) if "official" in metrics else _detection(metrics)
    typer.echo(f"{track}, {metrics['subset']} ({videos} videos)")
    for name, value in rows:
        typer.echo(f"  {name:<30}{100 * value:6.2f} %")
    for name in (manifest["leaderboard_file"], "report.html"):
        typer.echo(f"  {Path(folder / name).relative_to(ROOT)}")


def _detection(metrics: dict[str, Any]) -> list[tuple[str, float]]:
    rows = [("average mAP", metrics["average_map"]), ("top-1", metrics["top1"])]
    rows += [(f"floor, {name}", value) for name, value in metrics["floors"].items()]
    return rows + list(metrics["recall"].items()) + [("AUC", metrics["auc"])]


def _recognition(metrics: dict[str, Any]) -> list[tuple[str, float]]:
    rows = [(f"{task} top-1", value) for task, value in metrics["top1"].items()]
    floors = metrics["floors"].items()
    return rows + [(f"floor, {name}, action", row["action"]) for name, row in floors]


if __name__ == "__main__":
    run_program(lambda: typer.run(main))

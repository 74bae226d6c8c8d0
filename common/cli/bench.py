"""`emc2 bench`: ours, the baseline where it can run, and the computed bound."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib import import_module
from typing import Annotated

import typer

app = typer.Typer()

# name -> (module with `run() -> BenchTable`, what it measures)
BENCHES: dict[str, tuple[str, str]] = {
    "bmn": ("common.localization.bench_bmn", "boundary-matching layer against the dense layer"),
    "nms": ("common.localization.bench_nms", "Soft-NMS against a plain Python loop"),
    "windows": ("common.localization.bench_windows", "hour-long videos: seconds and peak memory"),
    "isolate": (
        "common.localization.isolate.acceptance",
        "all isolating experiments with what they must show",
    ),
    "isolate-relation": ("common.localization.isolate.relation", "what relation adds to BMN"),
    "isolate-ensemble": ("common.localization.isolate.ensemble", "which members are worth fusing"),
    "isolate-weak": (
        "common.localization.isolate.weak",
        "what suppresses background without segments",
    ),
    "isolate-nms": ("common.localization.isolate.soft_nms", "what Soft-NMS is for"),
    "extract": ("common.features.bench_extract", "extraction against decoding plus forward passes"),
    "isolate-cmd": ("common.training.isolate.cmd", "what each branch of CMD teaches"),
    "motion-vectors": ("common.video.bench_motion_vectors", "motion vectors against optical flow"),
    "longtail": ("common.training.bench_longtail", "decoupled classifiers against joint ones"),
    "mosi": ("common.training.mosi.bench", "pseudo clips of MoSI against the network's pace"),
    "evaluate": ("common.cli.bench_evaluate", "the evaluators as whole processes, with the floor"),
}


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help=f"one of: {', '.join(BENCHES)}")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """Measure one part: seconds, MB, the baseline in the same run, and the computed bound.

    Run it while nothing else runs. Example: emc2 bench bmn
    """
    from common.core.bench import as_text, machine
    from common.core.errors import did_you_mean

    if name not in BENCHES:
        raise typer.BadParameter(f"no benchmark {name!r}. {did_you_mean(name, BENCHES)}")
    table = import_module(BENCHES[name][0]).run()
    if as_json:
        document = {"schema_version": 1, "ok": True, "machine": machine(), **asdict(table)}
        typer.echo(json.dumps(document))
    else:
        typer.echo(as_text(table))
        typer.echo(", ".join(f"{key}: {value}" for key, value in machine().items()))

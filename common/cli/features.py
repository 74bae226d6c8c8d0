"""`emc2 features`: other people's features in, ours out, and what a set holds."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="Import, export and look at feature sets. docs/features.md walks through an import.",
)

_Json = Annotated[bool, typer.Option("--json", help="one JSON document on stdout")]


@app.command("import")
def import_(
    source: Annotated[
        Path, typer.Argument(help="folder of .npy, .npz or .csv files, one a video; or an .h5 file")
    ],
    out: Annotated[Path, typer.Option("--out", help="new folder, for this extractor alone")],
    durations: Annotated[
        Path, typer.Option(help="ActivityNet annotations, or a CSV with video and duration")
    ],
    extractor: Annotated[str, typer.Option(help="name of the network, version, training data")],
    fps: Annotated[
        str,
        typer.Option(
            help="frame rate at which it saw the videos, or `native`: their own, a column of "
            "--durations"
        ),
    ],
    stride_frames: Annotated[
        float | None, typer.Option(help="frames from one row to the next")
    ] = None,
    first_center_frames: Annotated[
        float | None, typer.Option(help="frames from the start to the centre of the first row")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="instead: rows, where every video was resized to so many")
    ] = None,
    transpose: Annotated[bool, typer.Option("--transpose", help="the arrays are (C, T)")] = False,
    key: Annotated[
        str | None, typer.Option(help="of the array where a file or group holds several")
    ] = None,
    prefix: Annotated[str, typer.Option(help="what stands before the video id, e.g. v_")] = "",
    weights_sha256: Annotated[str, typer.Option(help="of the network's weights")] = "unknown",
    as_json: _Json = False,
) -> None:
    """Make a feature set of other people's arrays; nothing that is not told is guessed.

    Example: emc2 features import tsn_100 --out features/tsn --durations activity_net.v1-3.json
    --extractor tsn_cuhk --fps 25 --steps 100 --prefix v_
    """
    from common.features.importing import Layout, import_features

    try:
        rate = None if fps == "native" else float(fps)
    except ValueError:
        raise typer.BadParameter(f"--fps {fps}: give a number, or `native`") from None
    layout = Layout(rate, stride_frames, first_center_frames, steps, transpose)
    done = import_features(
        source,
        out,
        durations,
        extractor,
        layout,
        key=key,
        prefix=prefix,
        weights_sha256=weights_sha256,
    )
    if as_json:
        typer.echo(json.dumps({"schema_version": 1, "ok": True, **asdict(done)}))
        return
    typer.echo(f"{done.videos} videos, {done.channels} channels, in {out}")
    if done.without_features:
        named = ", ".join(done.without_features[:5])
        typer.echo(f"{len(done.without_features)} videos of {durations} have none: {named}")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="feature set of one extractor")],
    out: Annotated[Path, typer.Option("--out", help="new folder")],
    as_json: _Json = False,
) -> None:
    """Write one .npy (T, C) a video, and index.csv with the time of the rows.

    Example: emc2 features export artifacts/sample/features/slowfast --out slowfast_npy
    """
    from common.features.export import export_features

    videos = export_features(folder, out)
    if as_json:
        typer.echo(json.dumps({"schema_version": 1, "ok": True, "videos": videos}))
    else:
        typer.echo(f"{videos} videos in {out}")


@app.command()
def info(
    folder: Annotated[Path, typer.Argument(help="feature set of one extractor")],
    other: Annotated[
        Path | None, typer.Argument(help="a second one: cosine similarity per video")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Print what a feature set holds, or how alike two are.

    Example: emc2 features info ours published
    """
    from common.features.store import check_one_extractor
    from common.features.summary import as_text, compare, summarise

    made = check_one_extractor(folder)
    rows = summarise(folder) if other is None else compare(folder, other)
    if as_json:
        document = {"extractor": made.extractor, "weights_sha256": made.weights_sha256}
        videos = [asdict(row) for row in rows]
        typer.echo(json.dumps({"schema_version": 1, "ok": True, **document, "videos": videos}))
        return
    typer.echo(f"extractor {made.extractor}, weights {made.weights_sha256}")
    typer.echo(as_text(rows))

"""`emc2 embed`: one vector per video."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer()


@app.command()
def embed(
    videos: Annotated[list[Path], typer.Argument(help="video files, or folders of them")],
    weights: Annotated[
        Path,
        typer.Option("--weights", help="weights file, or the folder of a published checkpoint"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help=".npy file, float32, one row a video in order")
    ] = None,
) -> None:
    """One vector per video: ten clips, the mean of their pooled features.

    WEIGHTS is R(2+1)D-26 or R3D-26 as published with CMD (2048 numbers a video), or a small network
    that was trained or pretrained here, which is fed as its file says. Videos that cannot be used
    are named, the others are embedded all the same; then the exit code is 1.

    Without --out and --json: a line a video, its path, a tab, its numbers.

    Example: emc2 embed clips/ --weights cv_r2p1d_video_embedding --out clips.npy
    """
    if out is not None and out.suffix != ".npy":
        raise typer.BadParameter("--out must end in .npy", param_hint="--out")
    import numpy as np

    from common.core.errors import InputError
    from common.core.files import write_with
    from common.core.progress import Progress
    from common.training.embedding import embed_video, list_videos
    from common.training.embedding_weights import load_embedder

    embedder, paths = load_embedder(weights), list_videos(videos)
    found: dict[str, Any] = {}
    left_out: list[dict[str, str]] = []
    with Progress(len(paths), "embed") as progress:
        for path in paths:
            try:
                found[str(path)] = embed_video(path, embedder)
            except InputError as error:
                what = {"rule": error.rule, "problem": error.problem, "fix": error.fix}
                left_out.append({"video": str(path), "place": error.where, **what})
            progress.advance(path.name)
    if out is not None and found:
        rows = np.stack(list(found.values()))
        write_with(out, lambda path: np.save(path, rows))
    if as_json:
        vectors = [
            {"video": video, "embedding": vector.tolist()} for video, vector in found.items()
        ]
        answer = {"weights_sha256": embedder.sha256, "videos": vectors, "left_out": left_out}
        typer.echo(json.dumps({"schema_version": 1, "ok": not left_out, **answer}))
    elif out is not None:
        typer.echo("\n".join(found))
    else:
        for video, vector in found.items():
            typer.echo(f"{video}\t{' '.join(f'{value:.7g}' for value in vector)}")
    if not as_json:
        for one in left_out:
            line = f"left out: {one['place']}: {one['problem']}. {one['fix']} [{one['rule']}]"
            typer.echo(line, err=True)
    if left_out:
        raise typer.Exit(1)

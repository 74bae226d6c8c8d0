"""`emc2 retrieve`: nearest clips by embedding, and how often they show the same class."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def retrieve(
    folder: Annotated[Path, typer.Argument(help="clip folder with classes.csv")],
    gallery: Annotated[str, typer.Option("--gallery", help="list of `relative-path label`")],
    queries: Annotated[str, typer.Option("--queries", help="list of the clips that ask")],
    weights: Annotated[
        list[Path], typer.Option("--weights", help="as for `emc2 embed`; may be repeated")
    ],
    group_pattern: Annotated[
        str, typer.Option("--group-pattern", help="its first bracket is a clip's source video")
    ] = r"^v_(.+_g\d+)_c\d+$",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """R@1, 5, 10, 20, 50 of each network: queries look for clips of their class in the gallery.

    A source video must not stand on both sides. Clips that cannot be used are named; then the exit
    code is 1.

    Example: emc2 retrieve ucf --gallery train.txt --queries val.txt --weights cmd.safetensors
    """
    from common.training.embedding_weights import load_embedder
    from common.training.retrieval import RANKS, listed
    from common.training.retrieval import retrieve as measure

    names = [str(path) for path in weights]
    embedders = {name: load_embedder(path) for name, path in zip(names, weights, strict=True)}
    found = measure(folder, listed(folder, gallery, queries, group_pattern), embedders)
    if as_json:
        hashes = {name: embedder.sha256 for name, embedder in embedders.items()}
        answer = {"schema_version": 1, "ok": not found.left_out, "weights_sha256": hashes}
        typer.echo(json.dumps(answer | asdict(found)))
    else:
        typer.echo(f"{found.n_queries} queries, {found.n_gallery} clips to find")
        typer.echo("  ".join(["R@k, %".ljust(7), *(f"{k:>5}" for k in RANKS)]))
        for name, shares in {"chance": found.chance, **found.recall}.items():
            typer.echo("  ".join([name.ljust(7), *(f"{100 * shares[k]:5.1f}" for k in RANKS)]))
        for one in found.left_out:
            typer.echo(f"left out: {one.item}: {one.reason} [{one.rule}]", err=True)
    if found.left_out:
        raise typer.Exit(1)

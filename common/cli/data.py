"""`emc2 data`: get, point at, build and check data."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    no_args_is_help=True, help="Get, point at, build and check data. docs/data.md walks through it."
)

_Json = Annotated[bool, typer.Option("--json", help="one JSON document on stdout")]
_Workers = Annotated[int | None, typer.Option(help="processes; default: world.workers")]
ProfileName = Literal["sample", "clips", "full"]
SubsetName = Literal["train", "validation", "test"]


@app.command()
def pull(
    names: Annotated[list[str] | None, typer.Argument(help="names in sources.yaml")] = None,
    profile: Annotated[ProfileName | None, typer.Option(help="all that it needs")] = None,
    track: Annotated[str | None, typer.Option(help="with --profile: of this track alone")] = None,
    as_json: _Json = False,
) -> None:
    """Download pinned files into the data folder: resumed, verified, never half.

    EMC2_MIRROR, a folder or base URL laid out like a data folder, stands in for the publishers.

    Example: emc2 data pull --profile full
    """
    from common.cli.data_text import pulled_text
    from common.data.ledger import data_folder
    from common.data.pull import pull as pull_files
    from common.data.sources import names_for, read_sources

    sources = read_sources()
    if not names and profile is None:
        raise typer.BadParameter(f"give names or --profile; there are {', '.join(sources)}")
    wanted = list(names or [])
    if profile is not None:
        needed = names_for(sources, profile, track)
        wanted += [name for name in needed if sources[name].url and name not in wanted]
    done, failed = pull_files(wanted, sources, data_folder())
    if as_json:
        defects = [
            {"rule": e.rule, "place": e.where, "problem": e.problem, "fix": e.fix} for e in failed
        ]
        files = [asdict(entry) for entry in done]
        typer.echo(_document(not failed, files=files, defects=defects))
    else:
        typer.echo(pulled_text(done, sources, profile))
    for error in failed:
        typer.echo(f"error: {error}", err=True)
    raise typer.Exit(1 if failed else 0)


@app.command()
def link(
    name: Annotated[str, typer.Argument(help="a name in sources.yaml")],
    path: Annotated[Path | None, typer.Argument(help="your own file or folder")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="forget the link instead")] = False,
    as_json: _Json = False,
) -> None:
    """Point at your own copy of official videos, features, weights or clips; nothing is copied.

    Example: emc2 data link trimmed-clips ~/UCF-101
    """
    from common.data.compose_recipe import clips_recipe
    from common.data.ledger import data_folder, record_link
    from common.data.link import link as make_link
    from common.data.sources import get_source, read_sources

    sources = read_sources()
    if remove != (path is None):
        raise typer.BadParameter("give a path, or --remove")
    if path is None:
        get_source(sources, name)
        record_link(data_folder(), name, None)
        typer.echo(_document(True, name=name) if as_json else f"{name}: no longer linked")
        return
    entry = make_link(name, path, sources, data_folder(), clips_recipe())
    if as_json:
        typer.echo(_document(True, name=name, **asdict(entry)))
    else:
        typer.echo(f"{name}: {entry.path}, {entry.files} files, {entry.hashed} {entry.sha256}")


@app.command()
def doctor(
    profile: Annotated[ProfileName | None, typer.Option(help="look at this profile alone")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="exit 1 when something is lacking or unreadable")
    ] = False,
    videos: Annotated[
        Path | None, typer.Option(help="read every video of this folder to its end")
    ] = None,
    workers: _Workers = None,
    as_json: _Json = False,
) -> None:
    """What each profile and track still lacks, how to get it, and which optional parts are here.

    Example: emc2 data doctor --profile full --strict
    """
    from common.cli.data_text import doctor_text
    from common.data.components import find_components
    from common.data.doctor import examine, look_at_videos
    from common.data.ledger import data_folder
    from common.data.sources import read_sources

    needs = examine(read_sources(), data_folder(), profile)
    components = find_components()
    health = look_at_videos(videos, workers) if videos is not None else []
    ok = not any(need.lacking for need in needs) and all(row.status == "ok" for row in health)
    if as_json:
        rows = {
            "needs": [asdict(need) for need in needs],
            "components": [asdict(component) for component in components],
            "videos": [asdict(row) for row in health],
        }
        typer.echo(_document(ok, **rows))
    else:
        typer.echo(doctor_text(needs, components, health, profile))
    raise typer.Exit(1 if strict and not ok else 0)


@app.command()
def compose(
    out: Annotated[Path, typer.Option("--out", help="the dataset folder to make")],
    clips: Annotated[
        Path | None, typer.Option(help="clip folder; default: the linked trimmed-clips")
    ] = None,
    lists: Annotated[
        list[str] | None,
        typer.Option("--list", help="FILE or SUBSET=FILE with lines `relative-path label`"),
    ] = None,
    subset: Annotated[
        SubsetName, typer.Option(help="of a --list or --videos without SUBSET=")
    ] = "validation",
    videos: Annotated[
        list[str] | None, typer.Option("--videos", help="N or SUBSET=N, how many to make")
    ] = None,
    classes: Annotated[
        Path | None, typer.Option(help="class file; default: classes.csv in the clip folder")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="decides all draws")] = None,
    instances: Annotated[str | None, typer.Option(help="of one video, e.g. 2-6")] = None,
    seconds: Annotated[str | None, typer.Option(help="of one video, e.g. 20-120")] = None,
    zipf: Annotated[
        float | None, typer.Option(help="exponent; 0: classes equally frequent")
    ] = None,
    cuts: Annotated[
        float | None, typer.Option(help="mean cuts in an instance or background")
    ] = None,
    fps: Annotated[float | None, typer.Option(help="of the output")] = None,
    size: Annotated[str | None, typer.Option(help="of the output, e.g. 160x120")] = None,
    group_pattern: Annotated[
        str | None, typer.Option(help="regular expression; its bracket names the source video")
    ] = None,
    max_broken: Annotated[int | None, typer.Option(help="unreadable clips put up with")] = None,
    workers: _Workers = None,
    as_json: _Json = False,
) -> None:
    """Join trimmed clips into untrimmed videos with annotations, laid out as a dataset folder.

    What no option changes stands in params.yaml, world.composed of the clips profile. A list named
    for two subsets is divided between them by whole groups.

    Example: emc2 data compose --clips UCF-101 --list train=train.txt --list test=val.txt
    --out data/composed --seed 1
    """
    from common.cli.data_text import composed_text
    from common.core.params import load_params
    from common.data.compose import compose_dataset
    from common.data.compose_recipe import bounds, change_recipe, clips_recipe
    from common.data.compose_recipe import size as read_size
    from common.data.ledger import data_folder
    from common.data.link import resolve
    from common.data.sources import read_sources

    recipe = clips_recipe()
    width, height = read_size(size) if size else (None, None)
    changes = {
        "classes": str(classes.absolute()) if classes else None,
        "instances": bounds(instances, "--instances") if instances else None,
        "video_seconds": bounds(seconds, "--seconds") if seconds else None,
        "zipf_exponent": zipf,
        "cuts_per_run": cuts,
        "fps": fps,
        "width": width,
        "height": height,
        "group_pattern": group_pattern,
        "max_broken": max_broken,
    }
    recipe = change_recipe(recipe, lists or [], videos or [], subset, changes)
    world = load_params("clips").world
    folder = clips or resolve(recipe.source, read_sources(), data_folder())
    made = compose_dataset(
        folder, recipe, world.seed if seed is None else seed, workers or world.workers, out
    )
    typer.echo(_document(True, **asdict(made)) if as_json else composed_text(made, out))


@app.command()
def adopt(
    folder: Annotated[
        Path, typer.Argument(help="annotated videos: annotations.json beside videos/")
    ],
    out: Annotated[Path, typer.Option("--out", help="the dataset folder to make")],
    annotations: Annotated[
        Path | None, typer.Option(help="ActivityNet layout; default: the one in the folder")
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", help="training=train, validation=test, testing=none and the like"),
    ] = None,
    classes: Annotated[
        Path | None, typer.Option(help="classes.csv of a dataset that fixes the class ids")
    ] = None,
    symlink: Annotated[
        bool, typer.Option("--symlink", help="point at the videos instead of copying them")
    ] = False,
    max_broken: Annotated[
        int | None, typer.Option(help="missing or unreadable videos put up with; default: any")
    ] = None,
    timeout: Annotated[float, typer.Option(help="seconds for one video")] = 600.0,
    workers: _Workers = None,
    as_json: _Json = False,
) -> None:
    """Make a dataset folder of your own annotated videos; broken and missing ones are named.

    Example: emc2 data adopt my-videos --out data/mine --map validation=test
    """
    from common.cli.data_text import adopted_text
    from common.core.params import load_params
    from common.data.adopt import Adoption, adopt_dataset, read_labels, read_subsets

    rules = Adoption(
        read_subsets(mapped or []), read_labels(classes) if classes else None, symlink, max_broken
    )
    videos = folder / "videos" if (folder / "videos").is_dir() else folder
    made = adopt_dataset(
        annotations or folder,
        videos,
        out,
        rules,
        workers or load_params("clips").world.workers,
        timeout,
    )
    typer.echo(_document(True, **asdict(made)) if as_json else adopted_text(made, out))


def _document(ok: bool, **content: object) -> str:
    return json.dumps({"schema_version": 1, "ok": ok, **content})

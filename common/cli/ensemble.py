"""`emc2 ensemble`: what every member of an ensemble is worth, and weights for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from common.localization.ensemble_measures import EnsembleMeasures

app = typer.Typer()


@app.command()
def ensemble(
    track: Annotated[str, typer.Argument(help="section of params.yaml, e.g. activitynet")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="folders of score maps, result files or tables; none: own members"),
    ] = None,
    level: Annotated[
        str | None, typer.Option("--level", help="maps or proposals; default: as in params.yaml")
    ] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="SVG to write")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """Each member alone, added and left out; fitted weights; how alike the members' errors are.

    All on the held-out fold of the profile in force. The printed params can be pasted into
    params.yaml. Example: emc2 ensemble activitynet mine.json theirs.json --picture members.svg
    """
    from common.core.files import nan_to_none, write_text
    from common.submission.charts.ensemble import MemberBar, ensemble_picture
    from common.submission.ensemble_tool import measure_track

    if level not in (None, "maps", "proposals"):
        raise typer.BadParameter("--level is maps or proposals")
    found = measure_track(track, files or [], level)
    if picture is not None:
        bars = [
            MemberBar(m.name, m.alone, m.gain_added, m.loss_left_out, m.weight)
            for m in found.members
        ]
        title = f"{track}: {found.measure} of {len(found.videos)} videos of the fold"
        write_text(picture, str(ensemble_picture(title, bars, found.correlation.tolist())) + "\n")
    if as_json:
        typer.echo(
            json.dumps(nan_to_none({"schema_version": 1, "ok": True, **_document(found, track)}))
        )
    else:
        typer.echo(_text(found, track))


def _document(found: EnsembleMeasures, track: str) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "measure": found.measure,
        "level": found.level,
        "videos": list(found.videos),
        "members": [asdict(member) for member in found.members],
        "uniform": found.fit.uniform,
        "fitted": found.fit.fitted_score,
        "gains_points": list(found.fit.gains),
        "accepted": found.fit.accepted,
        "correlation": found.correlation.tolist(),
        "params": found.params(track),
    }


def _text(found: EnsembleMeasures, track: str) -> str:
    import yaml

    from common.core.bench import BenchTable, as_text

    def points(value: float | None) -> str | None:
        return None if value is None else f"{100 * value:+.2f}"

    names = tuple(member.name for member in found.members)
    scores = BenchTable(
        f"{track}: {found.measure} (percent), {len(found.videos)} videos of the fold, "
        f"fused by {found.level}",
        ("member", "alone", "added", "left out", "fitted weight"),
        tuple(
            (
                member.name,
                f"{100 * member.alone:.2f}",
                points(member.gain_added),
                points(member.loss_left_out),
                f"{member.weight:.3f}",
            )
            for member in found.members
        ),
        (
            f"uniform mean {100 * found.fit.uniform:.2f}; fitted weights "
            f"{100 * found.fit.fitted_score:.2f} on the videos that they were fitted on",
            f"out of fold they gain {found.fit.mean_gain:+.2f} points over uniform: "
            + ("accepted" if found.fit.accepted else "not accepted, uniform is used"),
            "added: mean with the best other member over the better of the two; left out: what all "
            "others lose without it (points)",
        ),
    )
    rows = zip(names, found.correlation.tolist(), strict=True)
    alike = BenchTable(
        "correlation of errors",
        ("member", *names),
        tuple((name, *(f"{value:.2f}" for value in row)) for name, row in rows),
    )
    params = yaml.safe_dump(found.params(track), sort_keys=False, default_flow_style=None)
    return "\n".join([as_text(scores), "", as_text(alike), "", "params.yaml:", params.rstrip()])

"""`emc2 params`: the resolved values and where each comes from."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

app = typer.Typer()


@app.command()
def params(
    section: Annotated[
        str | None, typer.Argument(help="show this section only, e.g. activitynet.proposals")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="print the JSON Schema of params.yaml and stop")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """Every resolved value of the profile in force, and the line of params.yaml it comes from.

    Example: emc2 params activitynet.proposals
    """
    from common.core.params import Params, read_params_file
    from common.core.params.reader import params_path

    if schema:
        typer.echo(json.dumps(Params.model_json_schema(), indent=2))
        return
    file = read_params_file(params_path())
    wanted = tuple(section.split(".")) if section else ()
    values = file.resolved[file.profile].model_dump(mode="json")
    rows = [
        (place, value, file.origin(place))
        for place, value in _leaves(values)
        if place[: len(wanted)] == wanted
    ]
    if not rows:
        raise typer.BadParameter(f"no section {section!r}")
    if as_json:
        document = {
            ".".join(map(str, place)): {"value": value, "origin": origin}
            for place, value, origin in rows
        }
        typer.echo(
            json.dumps(
                {"schema_version": 1, "ok": True, "profile": file.profile, "params": document}
            )
        )
        return
    width = max(len(".".join(map(str, place))) for place, _, _ in rows)
    for place, value, origin in rows:
        typer.echo(f"{'.'.join(map(str, place)):<{width}}  {value!s:<24}  {origin}")


def _leaves(
    value: Any, place: tuple[str | int, ...] = ()
) -> list[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict) and value:
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*place, key))]
    return [(place, value)]

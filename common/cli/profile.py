"""`emc2 profile`: the size of the runs."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, help="Show or choose the profile in force: sample, clips or full."
)


@app.command()
def show() -> None:
    """Print the profile that params.yaml names."""
    from common.core.params import read_params_file
    from common.core.params.reader import params_path

    typer.echo(read_params_file(params_path()).profile)


@app.command()
def use(
    profile: Annotated[
        str, typer.Argument(help="sample (rendered world), clips (small real videos) or full")
    ],
) -> None:
    """Rewrite the `profile:` line of params.yaml; nothing else in the file changes.

    Example: emc2 profile use clips
    """
    from common.core.params.reader import choose_profile

    choose_profile(profile)
    typer.echo(profile)

"""The root of `emc2`: finds the command, turns an InputError into exit 1 and leaves our own faults
to a traceback.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

# command -> (module, one-line help). The modules load only when their command is asked for, so
# `--help` stays fast.
COMMANDS: dict[str, tuple[str, str]] = {
    "validate": ("common.cli.validate", "Check a result file before the server does."),
    "evaluate": ("common.cli.evaluate", "The official scores of a result file."),
    "package": ("common.cli.package", "Make the file or archive that the server takes."),
    "verify": ("common.cli.verify", "Re-hash all that a submission's manifest names."),
    "predict": ("common.cli.predict", "Run a trained track on your own videos."),
    "ensemble": ("common.cli.ensemble", "What each member of an ensemble is worth; weights."),
    "embed": ("common.cli.embed", "One vector per video."),
    "retrieve": ("common.cli.retrieve", "How often the nearest clip shows the same class."),
    "train": ("common.cli.train", "Train a backbone on a list of clips."),
    "classify": ("common.cli.classify", "Test trained backbones on a list of clips."),
    "report": ("common.cli.report", "Rebuild a submission's report, or compare two submissions."),
    "data": ("common.cli.data", "Get, point at, build and check data."),
    "features": ("common.cli.features", "Import, export and look at feature sets."),
    "bench": ("common.cli.bench", "Measure one part against its baseline and its bound."),
    "profile": ("common.cli.profile", "Show or choose the profile: sample, clips or full."),
    "params": ("common.cli.params", "Every resolved value with its origin, or the schema."),
}

_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)

EPILOG = """Exit codes: 0 fine, 1 the input or the data is at fault, 2 wrong usage, 130 interrupted.

Answers go to stdout, progress to stderr; with --json stdout holds one JSON document and nothing
else."""


class LazyGroup(TyperGroup):
    """Lists commands from the table above and imports a command's module when it is used."""

    def list_commands(self, ctx: object) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, name: str) -> Any:
        if name not in COMMANDS:
            return None
        module, help_text = COMMANDS[name]
        if _only_listing():
            return _placeholder(name, help_text)
        command = typer.main.get_command(import_module(module).app)
        command.name = name
        return command


def _only_listing() -> bool:
    arguments = [a for a in sys.argv[1:] if a != "--debug"]
    return not arguments or arguments[0] in ("--help", "-h")


def _placeholder(name: str, help_text: str):  # type: ignore[no-untyped-def]
    import click

    return click.Command(name, help=help_text, short_help=help_text)


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    epilog=EPILOG,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root(
    debug: bool = typer.Option(False, "--debug", help="show the traceback of input errors too"),
) -> None:
    """Video-understanding challenge entries: validate, score, package, predict, regenerate."""
    if debug:
        os.environ["EMC2_DEBUG"] = "1"


def main() -> None:
    """Entry point of the console script."""
    from common.core.errors import InputError

    try:
        app()
    except InputError as error:
        if os.environ.get("EMC2_DEBUG"):
            raise
        if "--json" in sys.argv:
            defect = {
                "rule": error.rule,
                "place": error.where,
                "problem": error.problem,
                "fix": error.fix,
            }
            print(json.dumps({"schema_version": 1, "ok": False, "defects": [defect]}))
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        if error.errno not in _NO_ROOM or error.filename is not None:
            raise
        # Files are written whole or not at all, by code that names them; what is left is stdout.
        print(
            f"error: standard output: cannot be written ({error.strerror}). "
            "Free some space or send the answer elsewhere. [file.write]",
            file=sys.stderr,
        )
        _drop_stdout()
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _drop_stdout() -> None:
    """What could not be written must not be tried again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

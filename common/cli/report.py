"""`emc2 report`: a submission's page again, or two submissions side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer()


@app.command()
def report(
    submission: Annotated[Path, typer.Argument(help="folder submissions/<track>/<name>")],
    against: Annotated[
        Path | None, typer.Option("--against", help="folder of another submission to compare with")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="page of a comparison [<name>-against-<other>.html]"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="replace --out even if it is not a report")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """Rebuild report.html from the submission folder, or compare two submissions.

    Examples: emc2 report submissions/activitynet/sample,
    emc2 report submissions/activitynet/mine --against submissions/activitynet/sample
    """
    from common.submission.rebuild import compare_reports, rebuild_report

    if against is None:
        if out is not None:
            raise typer.BadParameter("--out belongs to --against; report.html stays in its folder")
        changed = rebuild_report(submission)
        page = submission / "report.html"
        _answer(
            {"report": str(page), "changed": changed},
            f"{page}: {'written' if changed else 'was up to date'}",
            as_json,
        )
        return
    target = out or Path(f"{submission.resolve().name}-against-{against.resolve().name}.html")
    ours, theirs = compare_reports(submission, against, target, force=force)
    rows = [(ours.headline.name, ours.headline.value, theirs.headline.value)]
    others = {score.name: score.value for score in theirs.scores}
    rows += [(s.name, s.value, others[s.name]) for s in ours.scores if s.name in others]
    lines = [
        f"{name:<28} {100 * one:8.2f} % {100 * two:8.2f} %  {100 * (one - two):+.2f}"
        for name, one, two in rows
    ]
    scores = {name: {"submission": one, "against": two} for name, one, two in rows}
    _answer({"report": str(target), "scores": scores}, "\n".join([*lines, str(target)]), as_json)


def _answer(document: dict[str, Any], text: str, as_json: bool) -> None:
    typer.echo(json.dumps({"schema_version": 1, "ok": True, **document}) if as_json else text)

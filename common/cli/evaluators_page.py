"""Writes the page on evaluators: `python -m common.cli.evaluators_page --golden FOLDER`.

Without a golden folder it says so and leaves the page as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from common.core.program import run_program

_INTRO = """\
# Evaluators

`emc2 evaluate FORMAT PRED --ground-truth GT` gives the numbers of the official programs; `--json`
adds all values per class, threshold and object. One command makes this page, from stored values of
the official programs and from measured processes:

    python -m common.cli.evaluators_page --golden FOLDER

*Official* and *ours* are the number that ranks submissions. *Equal* counts all values of the case
(per class, threshold, curve point and object): to the last bit, masks to 1e-9. Where equal scores
decide, the official order is undefined; the official value is then that of its code with a stable
sort (*ties*): among equal scores the later row goes first. *Refused*: both programs refuse the
input.

The row *full size* is measured: whole `emc2 evaluate` processes, start of Python and reading
included, as processor seconds. Its official seconds and MB come from the notes on the formats
(the official program on an input of this size, on another machine); *floor* is the start of Python
and numpy plus the decoding of the prediction file. A dash means: no such figure.
`emc2 bench evaluate` measures alone.

## What goes in
`GT` is a file, or a folder with the official file names. Predictions may be packed (`.gz`, ZIP).

| format | predictions | ground truth: a file, or in a folder |
| --- | --- | --- |
| activitynet-* | JSON | `activity_net.v1-3.min.json` (or v1-2, or `annotations.json`) |
| hacs-detection | JSON | `HACS_segments_v1.1.1.json` |
| epic-* | JSON, or ZIP with `test.json` | `EPIC_100_validation.csv`, tail and unseen lists |
| ava | CSV | `ava_val_v2.2.csv`, `kinetics_val_v1.0.csv`, label map, exclusion list |
| davis-*, portrait | folder or ZIP of palette PNGs | root of the data set |

`--settings FILE` takes a JSON object; the first three are flags too.

| setting | for | default |
| --- | --- | --- |
| `subset` | all: `train`, `validation`, `test` (official spellings too) | `validation` |
| `max_avg_nr_proposals` | proposals: where the curve ends; `null` = all | 100 |
| `dtype` | EPIC recognition: arithmetic of action scores, `float64` or `float32` | `float64` |
| `tail_verbs`, `tail_nouns`, `unseen_participants` | EPIC recognition | from the folder |
| `blocked` | ActivityNet, HACS: videos that count nowhere | none |
| `capacity` | AVA: rows of a key frame that count; 0 = all | 50 |
| `label_map` | AVA: path | from the folder |
| `exclude` | AVA: list of key frames to drop (the official program drops none) | none |

The same in Python, on columns in memory (a DataFrame or a dict of arrays):

    from common.challenges.activitynet import evaluate_detections
    scores = evaluate_detections(truth, predictions)
    scores.average_map, scores.ap        # a number; an array (10, classes)

"""
_HEADER = (
    "case",
    "official",
    "ours",
    "equal",
    "official s",
    "official MB",
    "ours s",
    "ours MB",
    "ratio",
    "floor s",
)


def main(
    golden: Annotated[Path, typer.Option("--golden", help="folder of stored official values")],
    bench: Annotated[
        Path | None,
        typer.Option("--bench", help="output of `emc2 bench evaluate --json`; else it is run"),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="page to write")] = Path("docs/evaluators.md"),
) -> None:
    """Compare every stored value, measure the full size, and write the page."""
    from common.challenges.parity import compare_folder
    from common.core.files import write_text

    if not golden.is_dir():
        typer.echo(f"no golden folder {golden}: the page stays as it is", err=True)
        return
    cases = compare_folder(golden)
    table = json.loads(bench.read_text()) if bench else _measured()
    write_text(out, page(cases, table))
    n_equal, n_values = sum(c.n_equal for c in cases), sum(c.n_values for c in cases)
    typer.echo(f"{out}: {n_equal:,} of {n_values:,} values equal in {len(cases)} cases")


def _measured() -> dict[str, Any]:
    from dataclasses import asdict

    from common.cli.bench_evaluate import run
    from common.core.bench import machine

    return {"machine": machine(), **asdict(run())}


def page(cases: Iterable[Any], bench: dict[str, Any]) -> str:
    """The Markdown text: a table per format.

    Args:
        cases: `CaseParity` of every golden case.
        bench: the document of `emc2 bench evaluate --json`.
    """
    measured = {row[0]: dict(zip(bench["columns"], row, strict=True)) for row in bench["rows"]}
    rows: dict[str, list[Sequence[str]]] = {}
    for case in cases:
        rows.setdefault(case.format, []).append(_case_row(case))
    parts = [_INTRO]
    for form, lines in rows.items():
        if form in measured:
            lines.append(_bench_row(measured[form]))
        parts.append(f"## {form}\n{_table(lines)}\n")
    machine = bench["machine"]
    parts.append(f"Measured on {machine['processor']}, {machine['cores']} cores.\n")
    return "\n".join(parts)


def _case_row(case: Any) -> tuple[str, ...]:
    name = f"{case.case} (ties)" if case.tied else case.case
    if case.refused:
        return (name, "refused", "refused", "yes", *["–"] * 6)
    equal = f"{case.n_equal:,} of {case.n_values:,}"
    return (name, _number(case.official), _number(case.ours), equal, *["–"] * 6)


def _bench_row(row: dict[str, Any]) -> tuple[str, ...]:
    cells = [
        row["official CPU s"],
        row["official MB"],
        row["ours CPU s"],
        row["ours MB"],
        row["ratio x"],
        row["floor CPU s"],
    ]
    shown = ["–" if cell is None else f"{cell:,}" for cell in cells]
    return (f"full size: {row['size']}", "–", "–", "–", *shown)


def _number(value: float | None) -> str:
    return "–" if value is None else repr(value)


def _table(rows: Iterable[Sequence[str]]) -> str:
    lines = [_HEADER, ["---"] * len(_HEADER), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    run_program(lambda: typer.run(main))

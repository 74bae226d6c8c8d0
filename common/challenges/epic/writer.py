"""Writes EPIC submissions: a ZIP with `test.json` alone, same content, same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.archives import write_zip
from common.challenges.epic.head import MEMBER, VERSION
from common.challenges.findings import Findings
from common.challenges.json_reading import json_bytes
from common.challenges.payloads import read_payload
from common.challenges.refusal import refuse_defects
from common.challenges.temporal.columns import Columns, Floats, column, floats
from common.core.errors import InputError


@dataclass(frozen=True, slots=True)
class SupervisionLevels:
    """The declaration that every submission needs: pre-training, training labels, training data;
    integers from 0 to 5. There are no defaults.
    """

    pt: int
    tl: int
    td: int


def detection_bytes(rows: Columns, levels: SupervisionLevels) -> bytes:
    """`test.json` of a detection submission.

    Args:
        rows: columns video, verb, noun (classes), start, end (seconds), score; the rows of a video
            keep their order.
        levels: the declaration.

    Raises:
        InputError: a time or score that is not finite.
    """
    results: dict[str, list[dict[str, Any]]] = {}
    start, end, score = (_finite(rows, name) for name in ("start", "end", "score"))
    verbs, nouns = (np.asarray(rows[name], dtype=np.intp).tolist() for name in ("verb", "noun"))
    segments = np.stack([start, end], axis=1).tolist()
    columns = (column(rows, "video"), verbs, nouns, score.tolist(), segments)
    for video, verb, noun, value, segment in zip(*columns, strict=True):
        entry = {"verb": verb, "noun": noun, "action": f"{verb},{noun}", "score": value}
        results.setdefault(str(video), []).append(entry | {"segment": segment})
    return _encoded("action_detection", levels, results)


def recognition_bytes(
    narrations: list[str], verbs: Floats, nouns: Floats, levels: SupervisionLevels
) -> bytes:
    """`test.json` of a recognition submission.

    Args:
        narrations: the N segment ids.
        verbs: (N, 97) scores; nouns: (N, 300) scores; any finite reals, all rows on one scale.
        levels: the declaration.

    Raises:
        InputError: a score that is not finite.
    """
    if not (np.isfinite(verbs).all() and np.isfinite(nouns).all()):
        problem = "a score is not finite"
        raise InputError("epic.score", "scores", problem, "Find where it was computed.")
    verb_keys, noun_keys = ([str(c) for c in range(a.shape[1])] for a in (verbs, nouns))
    results = {
        narration: {
            "verb": dict(zip(verb_keys, verb, strict=True)),
            "noun": dict(zip(noun_keys, noun, strict=True)),
        }
        for narration, verb, noun in zip(narrations, verbs.tolist(), nouns.tolist(), strict=True)
    }
    return _encoded("action_recognition", levels, results)


def package_submission(pred: Path, out: Path, check: Callable[[bytes, Findings], None]) -> None:
    """Write the ZIP that the server takes from `pred` (JSON plain, `.gz`, or in a ZIP).

    Order stays, because it decides between equal scores.

    Args:
        pred: the submission in any container.
        out: the archive, named `.zip`.
        check: notes the defects of the JSON text.

    Raises:
        InputError: `pred` has a defect, or `out` is not named `.zip`.
    """
    if out.suffix != ".zip":
        raise InputError("package.name", str(out), "the server takes a .zip file", "Name it so.")
    data = read_payload(pred, MEMBER)
    _refuse(data, pred, check)
    packed = json_bytes(_sorted_head(json.loads(data)))
    _refuse(packed, out, check)
    write_zip(out, {MEMBER: packed})


def _refuse(data: bytes, where: Path, check: Callable[[bytes, Findings], None]) -> None:
    findings = Findings()
    check(data, findings)
    refuse_defects(findings, where)


def _sorted_head(document: Mapping[str, Any]) -> dict[str, Any]:
    head = {key: document[key] for key in sorted(document) if key != "results"}
    return head | {"results": document["results"]}


def _encoded(challenge: str, levels: SupervisionLevels, results: Mapping[str, Any]) -> bytes:
    head = {"version": VERSION, "challenge": challenge}
    sls = {"sls_pt": levels.pt, "sls_tl": levels.tl, "sls_td": levels.td}
    return json_bytes(head | sls | {"results": results})


def _finite(rows: Columns, name: str) -> Floats:
    values = floats(rows[name])
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        problem = f"{name} is {values[row]} in row {row}"
        raise InputError("epic.score", "predictions", problem, "Find where it was computed.")
    return values

"""Writes ActivityNet and HACS result files: same content, same bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.activitynet.checks import check_bytes, truth_of
from common.challenges.activitynet.layout import Layout
from common.challenges.formats import Settings
from common.challenges.json_reading import json_bytes
from common.challenges.payloads import read_payload
from common.challenges.refusal import refuse_defects
from common.challenges.temporal.columns import Columns, Floats, column, floats
from common.core.errors import InputError
from common.core.files import write_bytes


@dataclass(frozen=True, slots=True)
class ExternalData:
    """What a submission must declare about data beyond the challenge's own."""

    used: bool
    details: str


def result_bytes(
    rows: Columns,
    layout: Layout,
    external_data: ExternalData,
    version: str = "VERSION 1.3",
    videos: Sequence[str] = (),
) -> bytes:
    """A result file from columns.

    Args:
        rows: columns video, score and, as the layout asks, start, end (seconds) and label; the
            rows of a video keep their order.
        layout: the task.
        external_data: the declaration.
        version: of the ground truth.
        videos: videos that shall appear even without a row, first; others follow as they occur.

    Raises:
        InputError: a time or score that is not finite.
    """
    results: dict[str, list[dict[str, Any]]] = {video: [] for video in videos}
    names = column(rows, "video")
    parts: dict[str, Any] = {"score": _finite(rows, "score").tolist()}
    if "label" in layout.fields:
        parts["label"] = column(rows, "label")
    if "segment" in layout.fields:
        times = [_finite(rows, "start"), _finite(rows, "end")]
        parts["segment"] = np.stack(times, axis=1).tolist()
    keys = sorted(parts)
    for video, *values in zip(names, *(parts[key] for key in keys), strict=True):
        results.setdefault(str(video), []).append(dict(zip(keys, values, strict=True)))
    head = {"version": version, "external_data": asdict(external_data)}
    return json_bytes(head | {"results": results})


def package_file(
    pred: Path, out: Path, ground_truth: Path | None, settings: Settings, layout: Layout
) -> None:
    """Write the JSON file that the server takes from `pred` (plain, `.gz`, or alone in a ZIP).

    Order of videos and entries stays, because it decides between equal scores; keys that the
    server ignores go.

    Raises:
        InputError: `pred` has a defect, or `out` is not named `.json`.
    """
    if out.suffix != ".json":
        raise InputError(
            "package.name", str(out), "the server takes a plain .json file", "Name it so."
        )
    data = read_payload(pred)
    truth = truth_of(ground_truth, settings, layout)
    refuse_defects(check_bytes(data, truth, layout), pred)
    document = json.loads(data)
    kept = {key: document[key] for key in ("version", "external_data") if key in document}
    kept["results"] = {
        video: [{key: entry[key] for key in sorted(layout.fields)} for entry in entries]
        for video, entries in document["results"].items()
    }
    packed = json_bytes(kept)
    refuse_defects(check_bytes(packed, truth, layout), out)
    write_bytes(out, packed)


def _finite(rows: Columns, name: str) -> Floats:
    values = floats(rows[name])
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        problem = f"{name} is {values[row]} in row {row}"
        raise InputError("anet.finite", "predictions", problem, "Find where it was computed.")
    return values

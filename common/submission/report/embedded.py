"""The report's data inside the page, and back: a page can be made again from itself.

The detections are not in it: they stand in the leaderboard file beside the page. Key frames are
taken from the page's own pictures, so that they are never encoded twice.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from common.core.errors import InputError
from common.core.files import nan_to_none
from common.core.params.report import ReportParams
from common.submission.analysis.recall import RecallByLength
from common.submission.report.data import (
    ClassifierRow,
    MemberRow,
    RecallCurve,
    ReferenceCurve,
    ReportData,
    Score,
    TaskReport,
    Verdict,
)

SCHEMA_VERSION = 1
_TRUTH_COLUMNS = ["video", "start", "end", "label"]
_PLAIN = ("title", "track", "profile", "subset", "format")
_PICTURE = "data:image/webp;base64,"


def source_document(data: ReportData) -> dict[str, Any]:
    """What the page keeps of its data; exact floats, so that the page can be made again."""
    truth = None if data.truth is None else data.truth[_TRUTH_COLUMNS].values.tolist()
    document = {name: getattr(data, name) for name in _PLAIN} | {
        "settings": data.settings.model_dump(mode="json"),
        "headline": asdict(data.headline),
        "scores": [asdict(score) for score in data.scores],
        "floors": [asdict(score) for score in data.floors],
        "verdict": asdict(data.verdict) if data.verdict else None,
        "seeds": list(data.seeds),
        "provenance": dict(data.provenance),
        "commands": list(data.commands),
        "notes": list(data.notes),
        "durations": dict(data.durations),
        "truth": truth,
        "has_detections": data.detections is not None,
        "recall": asdict(data.recall) if data.recall else None,
        "recall_bins": [asdict(row) for row in data.recall_bins],
        "train_counts": dict(data.train_counts),
        "reference": asdict(data.reference) if data.reference else None,
        "members": [asdict(row) for row in data.members],
        "classifiers": [asdict(row) for row in data.classifiers],
        "tasks": [asdict(row) for row in data.tasks],
    }
    result: dict[str, Any] = nan_to_none(document)
    return result


def read_report_data(page: Path, detections: pd.DataFrame | None) -> ReportData:
    """The data that a page was made from.

    Args:
        page: a `report.html` of ours.
        detections: of the leaderboard file beside it, in file order.

    Raises:
        InputError: no such file, not a page of ours, or one of another version.
    """
    try:
        found = _PageParts()
        found.feed(Path(page).read_text(encoding="utf-8"))
        document = json.loads("".join(found.text))
        if document["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"its data have schema_version {document['schema_version']!r}")
        return _from_document(document["source"], detections, found.pictures)
    except OSError as error:
        raise InputError(
            "report.file", str(page), f"cannot be read ({error.strerror})", "Check the path."
        ) from error
    except (ValueError, KeyError, TypeError, ValidationError, binascii.Error) as error:
        raise InputError(
            "report.data",
            str(page),
            f"holds no report data that can be read ({error or type(error).__name__})",
            "Make the submission again with `dvc repro`.",
        ) from error


def _from_document(
    source: Mapping[str, Any], detections: pd.DataFrame | None, pictures: Mapping[str, bytes]
) -> ReportData:
    truth = source["truth"]
    return ReportData(
        **{name: str(source[name]) for name in _PLAIN},
        settings=ReportParams.model_validate(source["settings"]),
        headline=Score(**source["headline"]),
        scores=tuple(Score(**row) for row in source["scores"]),
        floors=tuple(Score(**row) for row in source["floors"]),
        verdict=Verdict(**source["verdict"]) if source["verdict"] else None,
        seeds=tuple(source["seeds"]),
        provenance=source["provenance"],
        commands=tuple(source["commands"]),
        notes=tuple(source["notes"]),
        durations=source["durations"],
        truth=None if truth is None else _truth_table(truth),
        detections=detections if source["has_detections"] else None,
        recall=_recall(source["recall"]),
        recall_bins=tuple(
            RecallByLength(row["bounds"], row["n_truth"], tuple(row["recall"]))
            for row in source["recall_bins"]
        ),
        train_counts=source["train_counts"],
        reference=_reference(source["reference"]),
        members=tuple(MemberRow(**row) for row in source["members"]),
        classifiers=tuple(ClassifierRow(**row) for row in source["classifiers"]),
        tasks=tuple(map(_task, source.get("tasks", ()))),
        key_frames=(lambda video, time: pictures.get(f"{video}@{time}")) if pictures else None,
    )


def _truth_table(rows: list[list[Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=_TRUTH_COLUMNS)
    return table.astype({"start": "float64", "end": "float64"})


def _recall(row: Mapping[str, Any] | None) -> RecallCurve | None:
    if row is None:
        return None
    return RecallCurve(tuple(row["proposals"]), tuple(row["recall"]), row["auc"])


def _task(row: Mapping[str, Any]) -> TaskReport:
    hits = {name: (right, total) for name, (right, total) in row["hits"].items()}
    rows = tuple(ClassifierRow(**one) for one in row["classifiers"])
    return TaskReport(**{**row, "hits": hits, "classifiers": rows})


def _reference(row: Mapping[str, Any] | None) -> ReferenceCurve | None:
    return ReferenceCurve(row["name"], tuple(row["map_per_tiou"])) if row else None


class _PageParts(HTMLParser):
    """Collects the data block and the key frames of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.pictures: dict[str, bytes] = {}
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._inside = tag == "script" and given.get("id") == "report-data"
        name, source = given.get("data-frame"), given.get("src") or ""
        if tag == "img" and name and source.startswith(_PICTURE):
            self.pictures[name] = base64.b64decode(source[len(_PICTURE) :], validate=True)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text.append(data)

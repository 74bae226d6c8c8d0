"""Put the page together: sections, style, script, policy and raw data in one HTML text."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from common.core.files import write_text
from common.submission.report.analysis import Analysis, analyse, results_document
from common.submission.report.blocks import Section
from common.submission.report.calibration_section import calibration_section
from common.submission.report.data import ReferenceCurve, ReportData
from common.submission.report.embedded import SCHEMA_VERSION, source_document
from common.submission.report.error_sections import error_section, sensitivity_section
from common.submission.report.header import page_head
from common.submission.report.score_sections import class_section, map_section, recall_section
from common.submission.report.table_sections import (
    classifier_section,
    ensemble_section,
    provenance_section,
)
from common.submission.report.task_sections import task_section
from common.submission.report.timelines import encoded_once, timeline_section


def write_report(path: Path, data: ReportData, against: ReportData | None = None) -> None:
    """Write the page of a submission atomically.

    Raises:
        InputError: the file cannot be written; or see `render_report`.
    """
    write_text(path, render_report(data, against))


def render_report(data: ReportData, against: ReportData | None = None) -> str:
    """The page as text; the same data give the same text.

    If it would be larger than the settings allow, it has fewer key frames, or none, and says so.

    Args:
        against: another submission to compare with.

    Raises:
        InputError: a video with ground truth has no duration.
    """
    analysis = analyse(data)
    other = analyse(against) if against is not None else None
    limit = data.settings.max_megabytes * 1e6
    if data.key_frames is not None:
        data = replace(data, key_frames=encoded_once(data.key_frames, data.settings))
    page = _render(data, analysis, against, other)
    number = data.settings.key_frames
    while len(page.encode("utf-8")) > limit and number and data.key_frames is not None:
        number //= 2
        page = _render(_with_frames(data, number), analysis, against, other)
    return page


def _with_frames(data: ReportData, number: int) -> ReportData:
    """The data with fewer key frames a video and a note that says so. Both stay in the page, so
    that it can be made again from itself.
    """
    kept = f"cut to {number} a video" if number else "left out"
    note = (
        f"Key frames are {kept}: with more the page would be larger than "
        f"{data.settings.max_megabytes:g} MB (report.max_megabytes)."
    )
    settings = data.settings.model_copy(update={"key_frames": number})
    return replace(data, settings=settings, notes=(*data.notes, note))


def _render(
    data: ReportData,
    analysis: Analysis | None,
    against: ReportData | None,
    other: Analysis | None,
) -> str:
    style, script = _packaged("page.css"), _packaged("page.js")
    document = {
        "schema_version": SCHEMA_VERSION,
        "source": source_document(data),
        "results": results_document(analysis) if analysis else None,
    }
    raw = json.dumps(
        document, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    page: str = _template().render(
        head=page_head(data, against),
        sections=_sections(data, analysis, against, other),
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        # The only way out of a data block is a tag, so no `<` may stand in it.
        raw=Markup(raw.replace("<", "\\u003c")),
        raw_name=f"{data.track}-{data.provenance.get('name') or data.profile}.json",
    )
    return page


def _sections(
    data: ReportData,
    analysis: Analysis | None,
    against: ReportData | None,
    other: Analysis | None,
) -> list[Section]:
    """The sections whose data are there, in the order in which a reader asks."""
    sections: list[Section | None] = []
    if analysis:
        sections.append(map_section(analysis, _references(data, against, other)))
    if data.recall:
        sections.append(recall_section(data.recall, data.recall_bins))
    if analysis:
        sections += [
            class_section(data, analysis, other),
            error_section(analysis),
            sensitivity_section(analysis),
            calibration_section(analysis.calibration),
            timeline_section(data, analysis),
        ]
    if any(row.kind == "member" for row in data.members):
        sections.append(ensemble_section(data.members, data.headline.name))
    if data.classifiers:
        sections.append(classifier_section(data.classifiers, analysis))
    sections += [task_section(task, data.settings) for task in data.tasks]
    if data.provenance or data.commands:
        sections.append(provenance_section(data))
    return [section for section in sections if section is not None]


def _references(
    data: ReportData, against: ReportData | None, other: Analysis | None
) -> list[ReferenceCurve]:
    references = [data.reference] if data.reference else []
    if against is not None and other is not None:
        name = str(against.provenance.get("name") or against.profile)
        references.append(ReferenceCurve(name, tuple(other.map_per_tiou.tolist())))
    return references


def _policy(style: str, script: str) -> str:
    """Content security policy: pictures from the page itself, this style, this script, no more."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; "
        f"script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _packaged(name: str) -> str:
    return (files("common.submission.report") / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_packaged("page.html"))

"""The section with the timelines: ground truth against detections, with key frames."""

from __future__ import annotations

import base64
import hashlib
import io
import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageOps

from common.core.params.report import ReportParams
from common.submission.analysis.matching import KIND_LETTER, KIND_NAME, Kind, Matches
from common.submission.charts.strip import ClassRow, Mark, timeline
from common.submission.report.analysis import Analysis
from common.submission.report.blocks import Legend, Picture, Section, VideoBlock, Videos
from common.submission.report.data import KeyFrames, ReportData
from common.submission.report.error_sections import KIND_CLASS, KIND_LEGEND
from common.submission.report.video_choice import (
    VideoSummary,
    choose_videos,
    key_frame_times,
    summarise,
)

TRUTH_LEGEND = Legend("truth", "ground truth", "G")


def timeline_section(data: ReportData, analysis: Analysis) -> Section | None:
    """Timelines of the chosen videos; None if the settings ask for none."""
    settings = data.settings
    videos = sorted(set(data.durations) | set(analysis.matches.detections["video"]))
    known = [video for video in videos if video in data.durations]
    if not settings.videos or not known:
        return None
    summaries = summarise(analysis.matches, known, settings.detections_per_video)
    chosen = choose_videos(summaries, settings.videos, settings.seed)
    blocks = [_block(data, analysis.matches, item, why, data.key_frames) for item, why in chosen]
    note = f"{len(blocks)} of {len(known)} videos"
    note += ", worst first." if len(blocks) == len(known) else ": worst, typical, random."
    lead = (
        f"Each video: its ground truth and its {settings.detections_per_video} best detections, "
        "judged at tIoU 0.5. The paler a detection, the lower its score."
    )
    section = Videos([TRUTH_LEGEND, *KIND_LEGEND], blocks, note)
    return Section("timelines", "Timelines", lead, [section])


def _block(
    data: ReportData,
    matches: Matches,
    summary: VideoSummary,
    why: tuple[str, ...],
    provider: KeyFrames | None,
) -> VideoBlock:
    duration = float(data.durations[summary.video])
    truth = matches.truth[matches.truth["video"] == summary.video]
    times = key_frame_times(truth, duration, data.settings.key_frames)
    pictures = _pictures(summary.video, times, truth, provider, data.settings)
    said = (
        f"{_plural(summary.n_truth, 'segment')}, {_plural(len(summary.rows), 'detection')} shown, "
        f"{summary.right} right at tIoU 0.5"
    )
    rows = _rows(matches, truth, summary)
    chart = timeline(
        f"timeline of {summary.video}: {said}",
        duration,
        rows,
        [picture.time for picture in pictures],
    )
    return VideoBlock(
        f"v-{_slug(summary.video)}",
        summary.video,
        round(duration, 3),
        [row.label for row in rows],
        why,
        said,
        chart,
        pictures,
    )


def _rows(matches: Matches, truth: pd.DataFrame, summary: VideoSummary) -> list[ClassRow]:
    """Classes with truth first, in order of time; then other classes by their best score."""
    found = matches.detections.iloc[list(summary.rows)]
    top = float(found["score"].max()) if len(found) else 1.0
    labels = list(dict.fromkeys([*truth["label"], *found["label"]]))
    level = matches.kind[0]
    rows = []
    for label in labels:
        own = truth[truth["label"] == label]
        marks = [
            _found_mark(row, Kind(level[index]), top)
            for index, row in zip(found.index, found.itertuples(), strict=True)
            if row.label == label
        ]
        rows.append(ClassRow(label, [_truth_mark(row) for row in own.itertuples()], marks))
    return rows


def _truth_mark(row: object) -> Mark:
    start, end, label = float(row.start), float(row.end), str(row.label)  # type: ignore[attr-defined]
    return Mark(start, end, "G", "truth", f"ground truth {label}, {start:.1f}–{end:.1f} s")


def _found_mark(row: object, kind: Kind, top: float) -> Mark:
    start, end, label = float(row.start), float(row.end), str(row.label)  # type: ignore[attr-defined]
    score = float(row.score)  # type: ignore[attr-defined]
    said = f"detection {label}, {start:.1f}–{end:.1f} s, score {score:.3f}, {KIND_NAME[kind]}"
    opacity = 0.3 + 0.7 * max(score, 0.0) / top if top > 0 else 1.0
    return Mark(start, end, KIND_LETTER[kind], KIND_CLASS[kind], said, opacity)


def _pictures(
    video: str,
    times: list[float],
    truth: pd.DataFrame,
    provider: KeyFrames | None,
    settings: ReportParams,
) -> list[Picture]:
    pictures = []
    for time in times if provider else []:
        assert provider is not None
        frame = provider(video, time)
        if frame is None:
            continue
        webp = frame if isinstance(frame, bytes) else encode_key_frame(frame, settings)
        source = f"data:image/webp;base64,{base64.b64encode(webp).decode('ascii')}"
        inside = truth[(truth["start"] <= time) & (time < truth["end"])]["label"].tolist()
        during = f" during {', '.join(dict.fromkeys(inside))}" if inside else ""
        pictures.append(Picture(time, source, f"frame at {time:.1f} s{during}"))
    return pictures


def encoded_once(provider: KeyFrames, settings: ReportParams) -> KeyFrames:
    """The same key frames as WebP bytes, each asked for and encoded at most once."""
    made: dict[tuple[str, float], bytes | None] = {}

    def give(video: str, time: float) -> bytes | None:
        if (video, time) not in made:
            frame = provider(video, time)
            if frame is not None and not isinstance(frame, bytes):
                frame = encode_key_frame(frame, settings)
            made[video, time] = frame
        return made[video, time]

    return give


def encode_key_frame(frame: NDArray[np.uint8], settings: ReportParams) -> bytes:
    """WebP of an RGB frame (H, W, 3), whole frame fitted into the size of the settings."""
    size = (settings.key_frame_width, settings.key_frame_height)
    picture = ImageOps.contain(Image.fromarray(frame), size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=settings.key_frame_quality, method=4)
    return buffer.getvalue()


def _slug(video: str) -> str:
    """An element id from a video id; the hash keeps apart what differs in odd characters only."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", video)
    return plain if plain == video else f"{plain}-{hashlib.sha256(video.encode()).hexdigest()[:8]}"


def _plural(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"

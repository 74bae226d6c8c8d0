"""The tables of a dataset folder: what every later stage reads, wherever the videos come from.

`truth/` holds what belongs to the test subset; only scoring may read it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.challenges.activitynet.annotations import OFFICIAL_SUBSET
from common.core.files import write_json
from common.core.records import LabelledSegment, Subset
from common.world.tables import write_csv

_OFFICIAL = {ours: official for official, ours in OFFICIAL_SUBSET.items()}
VIDEO_COLUMNS = ["video", "subset", "duration", "fps", "width", "height", "frames"]
SEGMENT_COLUMNS = ["video", "start", "end", "label", "verb", "noun"]
CLASS_COLUMNS = ["label", "verb", "noun", "verb_id", "noun_id"]
CLIP_COLUMNS = ["clip", "path", "label", "verb", "noun", "group", "start", "end"]


@dataclass(frozen=True, slots=True)
class VideoRow:
    """One row of `videos.csv`; duration in seconds."""

    video: str
    subset: Subset
    duration: float
    fps: float
    width: int
    height: int
    frames: int


@dataclass(frozen=True, slots=True)
class ClipRow:
    """One row of `clips.csv`: a trimmed clip of train; `path` is relative to the dataset."""

    clip: str
    path: str
    label: str
    group: str
    start: float
    end: float


def write_dataset(
    out: Path,
    videos: Sequence[VideoRow],
    segments: Sequence[LabelledSegment],
    labels: Sequence[str],
    clips: Sequence[ClipRow],
    gone: Sequence[VideoRow] = (),
    annotated: Sequence[LabelledSegment] | None = None,
) -> None:
    """Write all tables into `out`, each atomically; `videos.csv` comes last and means "whole".

    Args:
        out: the dataset folder, with the videos in `videos/` already.
        videos: all videos that are there.
        segments: of all subsets; those of test go to `truth/`.
        labels: the classes, in the order of their ids.
        clips: trimmed clips.
        gone: videos that the annotations list though they are not there; they stand in the
            annotation files alone, so that a score over all listed videos can be had.
        annotated: segments of the annotation files where they differ from `segments`.
    """
    hidden = {row.video for row in (*videos, *gone) if row.subset == "test"}
    there = {row.video for row in videos}
    annotated = segments if annotated is None else annotated
    classes = [(label, "", "", "", "") for label in labels]
    rows = [(c.clip, c.path, c.label, "", "", c.group, c.start, c.end) for c in clips]
    write_csv(out / "classes.csv", CLASS_COLUMNS, classes)
    write_csv(out / "clips.csv", CLIP_COLUMNS, rows)
    shown = [s for s in segments if s.video in there and s.video not in hidden]
    _write_segments(out / "segments.csv", shown)
    listed = [*videos, *gone]
    write_json(out / "annotations.json", annotation_file(listed, annotated, labels, hidden))
    if hidden:
        tested = [row for row in listed if row.video in hidden]
        truth = [s for s in segments if s.video in there and s.video in hidden]
        _write_segments(out / "truth" / "segments.csv", truth)
        write_json(
            out / "truth" / "annotations.json", annotation_file(tested, annotated, labels, ())
        )
    table = [[getattr(row, column) for column in VIDEO_COLUMNS] for row in videos]
    write_csv(out / "videos.csv", VIDEO_COLUMNS, table)


def annotation_file(
    videos: Sequence[VideoRow],
    segments: Sequence[LabelledSegment],
    labels: Sequence[str],
    hidden: Collection[str],
) -> dict[str, Any]:
    """The ActivityNet 1.3 document of these videos; those in `hidden` have no annotations."""
    found: dict[str, list[dict[str, Any]]] = {row.video: [] for row in videos}
    for segment in segments:
        if segment.video in found and segment.video not in hidden:
            item = {"label": segment.label, "segment": [segment.start, segment.end]}
            found[segment.video].append(item)
    root = {"nodeId": 0, "nodeName": "Root", "parentId": None, "parentName": None}
    leaves = [
        {"nodeId": place, "nodeName": label, "parentId": 0, "parentName": "Root"}
        for place, label in enumerate(labels, start=1)
    ]
    database = {
        row.video: {
            "duration": row.duration,
            "subset": _OFFICIAL[row.subset],
            "resolution": f"{row.width}x{row.height}",
            "url": "",
            "annotations": found[row.video],
        }
        for row in videos
    }
    return {"version": "VERSION 1.3", "taxonomy": [root, *leaves], "database": database}


def _write_segments(path: Path, segments: Sequence[LabelledSegment]) -> None:
    rows = [(s.video, s.start, s.end, s.label, "", "") for s in segments]
    write_csv(path, SEGMENT_COLUMNS, rows)

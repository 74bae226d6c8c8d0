"""The official EPIC-KITCHENS-100 tables as one list of videos and labelled segments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from common.challenges.activitynet.annotations import Annotations
from common.challenges.epic.annotations import (
    CLASS_FILES,
    SEGMENT_FILES,
    VIDEO_INFO,
    EpicClass,
    EpicSegment,
    SegmentBounds,
    read_classes,
    read_segments,
    read_video_info,
)
from common.challenges.findings import Findings
from common.core.records import LabelledSegment, Subset


def read_epic(folder: Path) -> Annotations:
    """Videos and segments of all subsets; a label is a verb with its noun, such as `take plate`.

    The subset of a video is that of its segments; videos without segments are left out.

    Args:
        folder: with the official tables.

    Raises:
        InputError: a table is absent, or has a row that does not fit the others.
    """
    verbs, nouns = (read_classes(folder / CLASS_FILES[task]) for task in ("verb", "noun"))
    durations = {v.video: v.duration for v in read_video_info(folder / VIDEO_INFO)}
    bounds = SegmentBounds(len(verbs), len(nouns), durations)
    subset_of: dict[str, Subset] = {}
    segments: list[LabelledSegment] = []
    for subset, name in SEGMENT_FILES.items():
        for segment in read_segments(folder / name, bounds):
            subset_of.setdefault(segment.video, subset)
            if subset != "test":
                segments.append(segment.record(_label(segment, verbs, nouns)))
    listed = read_video_info(folder / VIDEO_INFO, subset_of)
    videos = tuple(video for video in listed if video.video in subset_of)
    classes = tuple(dict.fromkeys(segment.label for segment in segments))
    return Annotations(None, videos, tuple(segments), classes, Findings())


def _label(segment: EpicSegment, verbs: Sequence[EpicClass], nouns: Sequence[EpicClass]) -> str:
    assert segment.verb is not None and segment.noun is not None, "train and validation have both"
    return f"{verbs[segment.verb].key} {nouns[segment.noun].key}"

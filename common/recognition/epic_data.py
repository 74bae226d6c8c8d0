"""The segments of an EPIC recognition track, and who may see which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.challenges.epic.annotations import (
    CLASS_FILES,
    SEGMENT_FILES,
    VIDEO_INFO,
    EpicSegment,
    SegmentBounds,
    read_classes,
    read_segments,
    read_video_info,
)
from common.core.errors import InputError
from common.core.params.epic_recognition import RecognitionTrack
from common.core.records import Subset
from common.localization.splits import split_names

Ints = NDArray[np.int64]
# verb and noun, each an array or a value of its own
TASKS = ("verb", "noun")


@dataclass(frozen=True, slots=True)
class EpicData:
    """Segments by role.

    Args:
        classes: verb and noun keys; the place of a key is its class id.
        train, fold: labelled.
        reported: what the scores are reported on; without classes where they lie apart.
        submitted: what the leaderboard file covers.
    """

    classes: Mapping[str, tuple[str, ...]]
    train: tuple[EpicSegment, ...]
    fold: tuple[EpicSegment, ...]
    reported: tuple[EpicSegment, ...]
    submitted: tuple[EpicSegment, ...]

    def parts(self) -> dict[str, tuple[EpicSegment, ...]]:
        """The segments by the name of their role."""
        return {name: getattr(self, name) for name in ("train", "fold", "reported", "submitted")}


def read_epic_data(annotations: Path, track: RecognitionTrack) -> EpicData:
    """Read all tables and check that they fit each other.

    Raises:
        InputError: a table is absent; a class beyond its table, an id that stands twice, a segment
            outside its video (each with file and line); no segment to train on or to fit on.
    """
    classes = {
        task: tuple(row.key for row in read_classes(annotations / CLASS_FILES[task]))
        for task in TASKS
    }
    durations = {v.video: v.duration for v in read_video_info(annotations / VIDEO_INFO)}
    bounds = SegmentBounds(len(classes["verb"]), len(classes["noun"]), durations)
    tables: dict[Subset, tuple[EpicSegment, ...]] = {
        subset: read_segments(annotations / name, bounds) for subset, name in SEGMENT_FILES.items()
    }
    videos = {
        subset: tuple(dict.fromkeys(segment.video for segment in table))
        for subset, table in tables.items()
    }
    split = split_names(videos["train"], videos["validation"], track.fold)
    labelled = (*tables["train"], *tables["validation"])
    return EpicData(
        classes,
        _of_videos(tables["train"], split.train),
        _of_videos(labelled, split.fold),
        tables[track.subset],
        tables[track.submitted],
    )


def with_features(
    data: EpicData, stores: Mapping[str, Collection[str]], annotations: Path, max_absent: int
) -> EpicData:
    """The data without the training and fold segments whose videos have no features.

    Args:
        stores: feature set -> videos that it holds.
        max_absent: videos of train and fold that may lack features.

    Raises:
        InputError: a video to predict lacks features, or too many to train on do; the first segment
            is named by file and line.
    """
    absent = {
        segment.video: name
        for segments in data.parts().values()
        for segment in segments
        for name, videos in stores.items()
        if segment.video not in videos
    }
    learnt = {s.video for s in (*data.train, *data.fold)} & set(absent)
    needed = [s for s in (*data.reported, *data.submitted) if s.video in absent]
    if len(learnt) > max_absent:
        needed += [s for s in (*data.train, *data.fold) if s.video in absent]
    if needed:
        first = needed[0]
        raise InputError(
            "epic.features",
            _place(annotations, first),
            f"{first.narration} is of video {first.video}, which {absent[first.video]} has no "
            f"features of ({len(absent)} such videos)",
            "Extract them: dvc repro features.",
        )
    there = {s.video for s in (*data.train, *data.fold)} - learnt
    return replace(data, train=_of_videos(data.train, there), fold=_of_videos(data.fold, there))


def labels(segments: Sequence[EpicSegment], task: str) -> Ints:
    """(N,) class ids of labelled segments."""
    return np.array([getattr(segment, task) for segment in segments], dtype=np.int64)


def times(segments: Sequence[EpicSegment]) -> NDArray[np.float64]:
    """(N, 2) start and end, seconds."""
    return np.array([(s.start, s.end) for s in segments], dtype=np.float64).reshape(-1, 2)


def _of_videos(segments: Sequence[EpicSegment], videos: Collection[str]) -> tuple[EpicSegment, ...]:
    kept = set(videos)
    return tuple(segment for segment in segments if segment.video in kept)


def _place(annotations: Path, segment: EpicSegment) -> str:
    """File and line of a segment."""
    for name in SEGMENT_FILES.values():
        lines = (annotations / name).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            if line.startswith(f"{segment.narration},"):
                return f"{annotations / name} line {number}"
    return str(annotations)

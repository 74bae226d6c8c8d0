"""The EPIC-KITCHENS-100 annotation tables (CC BY-NC 4.0; they come from the user's folder)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from common.challenges.csv_reading import RowFault, read_table
from common.core.errors import InputError
from common.core.records import LabelledSegment, Subset, Video

N_VERBS, N_NOUNS = 97, 300
SEGMENT_FILES: Mapping[Subset, str] = {
    "train": "EPIC_100_train.csv",
    "validation": "EPIC_100_validation.csv",
    "test": "EPIC_100_test_timestamps.csv",
}
VIDEO_INFO = "EPIC_100_video_info.csv"
TAIL_FILES = {"verb": "EPIC_100_tail_verbs.csv", "noun": "EPIC_100_tail_nouns.csv"}
CLASS_FILES = {"verb": "EPIC_100_verb_classes.csv", "noun": "EPIC_100_noun_classes.csv"}


def unseen_file(subset: Subset) -> str:
    """Official name of the list of participants that the training set does not have."""
    return f"EPIC_100_unseen_participant_ids_{subset}.csv"


# Published numbers of rows; another number is a warning, because reduced sets are common.
PUBLISHED: Mapping[str, int] = {
    "EPIC_100_train.csv": 67_217,
    "EPIC_100_validation.csv": 9_668,
    "EPIC_100_test_timestamps.csv": 13_092,
    "EPIC_100_verb_classes.csv": 97,
    "EPIC_100_noun_classes.csv": 300,
    "EPIC_100_tail_verbs.csv": 86,
    "EPIC_100_tail_nouns.csv": 228,
    "EPIC_100_video_info.csv": 700,
}
# Clocks are rounded to hundredths, and the published validation table passes a video by 0.0134 s.
_OVERSHOOT_SECONDS = 0.5
_CLOCK = re.compile(r"(\d{1,3}):([0-5]?\d):([0-5]?\d(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class EpicSegment:
    """One narrated action. Seconds; `verb` and `noun` are None in the test table.

    Neither order nor length of the times is checked, because the official evaluator does not.
    """

    narration: str
    participant: str
    video: str
    start: float
    end: float
    verb: int | None = None
    noun: int | None = None

    def record(self, label: str) -> LabelledSegment:
        """The segment as a record under the label that the caller chooses.

        Raises:
            InputError: it has no length.
        """
        return LabelledSegment(self.video, self.start, self.end, label)


@dataclass(frozen=True, slots=True)
class EpicClass:
    """One verb or noun class."""

    number: int
    key: str
    category: str


def clock_seconds(text: str) -> float:
    """Seconds of `HH:MM:SS.cc`, added in the order of the official program.

    Raises:
        ValueError: not of this form.
    """
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time HH:MM:SS.cc")
    hours, minutes, seconds = match.groups()
    return float(hours) * 3600 + float(minutes) * 60 + float(seconds)


@dataclass(frozen=True, slots=True)
class SegmentBounds:
    """What the rows of a segment table must fit.

    Args:
        n_verbs, n_nouns: classes of the class tables.
        durations: seconds by video; None: times are not looked at, as in the official evaluator.
    """

    n_verbs: int = N_VERBS
    n_nouns: int = N_NOUNS
    durations: Mapping[str, float] | None = None


def read_segments(path: Path, bounds: SegmentBounds | None = None) -> tuple[EpicSegment, ...]:
    """Read a train, validation or test table; the classes are None where the columns are absent.

    Raises:
        InputError: missing column, malformed rows, a narration id twice, a row that does not fit
            the bounds; rows are named by line.
    """
    limits = bounds or SegmentBounds()
    columns = ["narration_id", "participant_id", "video_id", "start_timestamp", "stop_timestamp"]

    def parse(row: Mapping[str, str]) -> EpicSegment:
        segment = _segment(row, limits)
        if limits.durations is not None:
            _check_times(segment, limits.durations)
        return segment

    return tuple(read_table(path, columns, parse, unique="narration_id"))


def _segment(row: Mapping[str, str], limits: SegmentBounds) -> EpicSegment:
    if not all(row[name] for name in ("narration_id", "participant_id", "video_id")):
        raise ValueError("an id is empty")
    return EpicSegment(
        row["narration_id"],
        row["participant_id"],
        row["video_id"],
        clock_seconds(row["start_timestamp"]),
        clock_seconds(row["stop_timestamp"]),
        _class_number(row, "verb_class", limits.n_verbs),
        _class_number(row, "noun_class", limits.n_nouns),
    )


def _check_times(segment: EpicSegment, durations: Mapping[str, float]) -> None:
    named, times = segment.narration, f"{segment.start:.2f} to {segment.end:.2f} s"
    if segment.video not in durations:
        problem = f"video {segment.video} of {named} is not in {VIDEO_INFO}"
        raise RowFault("epic.unlisted_video", problem)
    if segment.start >= segment.end:
        raise RowFault("epic.times", f"{named} lasts from {times}: its end is not after its start")
    duration = durations[segment.video]
    if segment.start >= duration or segment.end > duration + _OVERSHOOT_SECONDS:
        problem = f"{named} lasts from {times}, its video ends at {duration:.2f} s"
        raise RowFault("epic.outside", problem)


def _class_number(row: Mapping[str, str], name: str, n_classes: int) -> int | None:
    return _number(row, name, n_classes) if name in row else None


def _number(row: Mapping[str, str], name: str, n_classes: int) -> int:
    if not row[name].isascii() or not row[name].isdigit() or int(row[name]) >= n_classes:
        raise ValueError(f"{name} {row[name]!r} is not a number from 0 to {n_classes - 1}")
    return int(row[name])


def read_classes(path: Path) -> tuple[EpicClass, ...]:
    """Read `EPIC_100_verb_classes.csv` or `EPIC_100_noun_classes.csv`, in file order.

    Raises:
        InputError: missing column, or ids that are not 0, 1, 2, ...
    """
    rows = read_table(path, ["id", "key", "category"], _epic_class, unique="id")
    for expected, row in enumerate(rows):
        if row.number != expected:
            problem = (
                f"ids are not 0, 1, 2, ...: class {row.key!r} has {row.number}, not {expected}"
            )
            raise InputError("epic.class_ids", str(path), problem, "Use the official file.")
    return tuple(rows)


def _epic_class(row: Mapping[str, str]) -> EpicClass:
    return EpicClass(int(row["id"]), row["key"], row["category"])


def read_tail(path: Path) -> tuple[int, ...]:
    """Class ids of `EPIC_100_tail_verbs.csv` or `EPIC_100_tail_nouns.csv`.

    Raises:
        InputError: neither a column `verb` nor `noun`, a cell that is no class, a class twice.
    """
    column, n = ("verb", N_VERBS) if "verb" in path.name else ("noun", N_NOUNS)
    return tuple(read_table(path, [column], lambda row: _number(row, column, n), unique=column))


def read_unseen(path: Path) -> tuple[str, ...]:
    """Participant ids of `EPIC_100_unseen_participant_ids_{validation,test}.csv`.

    Raises:
        InputError: no column of this name, an id twice.
    """
    name = "participant_id"
    return tuple(read_table(path, [name], lambda row: row[name], unique=name))


def read_video_info(path: Path, subset_of: Mapping[str, Subset] | None = None) -> tuple[Video, ...]:
    """Duration (seconds), fps and size of every video.

    Args:
        path: `EPIC_100_video_info.csv`.
        subset_of: subset of the videos; the table does not say it. `train` where not given.

    Raises:
        InputError: missing column, malformed rows, a video twice.
    """
    subsets = subset_of or {}

    def parse(row: Mapping[str, str]) -> Video:
        width, _, height = row["resolution"].partition("x")
        duration, fps = float(row["duration"]), float(row["fps"])
        if not (math.isfinite(duration) and duration > 0 and math.isfinite(fps)):
            raise ValueError(f"duration {row['duration']!r} or fps {row['fps']!r} is not positive")
        subset = subsets.get(row["video_id"], "train")
        return Video(row["video_id"], subset, duration, fps, int(width), int(height))

    columns = ["video_id", "duration", "fps", "resolution"]
    return tuple(read_table(path, columns, parse, unique="video_id"))


def count_warning(name: str, found: int) -> str | None:
    """A sentence if the file of this official name should have another number of rows."""
    expected = PUBLISHED.get(name.removesuffix(".gz"))
    if expected is None or found == expected:
        return None
    return f"{name}: {found:,} rows, published are {expected:,}"

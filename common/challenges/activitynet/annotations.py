"""ActivityNet 1.2 / 1.3 and HACS Segments annotation files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from common.challenges.activitynet.annotation_faults import FIX, explained, repeated_key
from common.challenges.findings import Findings
from common.challenges.json_reading import member_place
from common.challenges.payloads import read_payload
from common.core.errors import InputError
from common.core.records import LabelledSegment, Subset, Video, check_video_id

OFFICIAL_SUBSET: Mapping[str, Subset] = {
    "training": "train",
    "validation": "validation",
    "testing": "test",
}
OFFICIAL_NAMES = (
    "activity_net.v1-3.min.json",
    "activity_net.v1-2.min.json",
    "HACS_segments_v1.1.1.json",
    "annotations.json",
    "ground_truth.json",
)
# (version, HACS where there is none) -> published videos of train, validation, test.
PUBLISHED: Mapping[str | None, tuple[int, int, int]] = {
    "VERSION 1.3": (10_024, 4_926, 5_044),
    "VERSION 1.2": (4_819, 2_383, 2_480),
    None: (37_613, 5_981, 5_987),
}
_ABSENT = msgspec.Raw(b"")


class Annotation(msgspec.Struct, frozen=True, gc=False):
    """One annotated segment: seconds, neither clipped nor put in order."""

    label: str
    segment: tuple[float, float]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One video of the file; HACS writes durations as text."""

    subset: str
    annotations: list[Annotation] | None = None
    duration: float | str = math.nan


class AnnotationFile(msgspec.Struct, frozen=True):
    """The file as it stands; HACS has `database` alone, without `version` and `taxonomy`."""

    database: dict[str, Entry]
    version: str | None = None
    taxonomy: msgspec.Raw = _ABSENT

    def missing_key(self) -> str | None:
        """The first key that the official ActivityNet reader would miss."""
        if self.version is None:
            return "version"
        return None if bytes(self.taxonomy) else "taxonomy"


@dataclass(frozen=True, slots=True)
class Annotations:
    """The records of one annotation file.

    Args:
        version: as the file says; None for HACS.
        videos, segments: records, in file order.
        classes: labels in the order of first occurrence.
        findings: rows that cannot be records (each is named and left out), and counts that differ
            from the published ones; all are warnings, because reduced and faulty sets are common.
    """

    version: str | None
    videos: tuple[Video, ...]
    segments: tuple[LabelledSegment, ...]
    classes: tuple[str, ...]
    findings: Findings = field(repr=False)


def read_annotations(path: Path) -> Annotations:
    """Read an ActivityNet or HACS annotation file into records.

    Raises:
        InputError: the file is not of this layout; the message names the JSON path.
    """
    file = decode_annotations(path)
    findings = Findings()
    videos: list[Video] = []
    segments: list[LabelledSegment] = []
    for video, entry in file.database.items():
        place = member_place("$.database", video)
        try:
            check_video_id(video)
            videos.append(Video(video, _subset_of(entry), duration_of(entry)))
        except InputError as error:
            findings.warn(error.rule, place, error.problem, error.fix)
            continue
        for index, annotation in enumerate(entry.annotations or ()):
            try:
                segments.append(LabelledSegment(video, *annotation.segment, annotation.label))
            except InputError as error:
                findings.warn(error.rule, f"{place}.annotations[{index}]", error.problem, error.fix)
    check_counts(file, findings)
    classes = dict.fromkeys(a.label for e in file.database.values() for a in e.annotations or ())
    return Annotations(file.version, tuple(videos), tuple(segments), tuple(classes), findings)


def decode_annotations(path: Path) -> AnnotationFile:
    """The file as it stands (plain, `.gz`, or the official name inside the folder `path`).

    Raises:
        InputError: unreadable, not of this layout, or a key twice in its object; the message
            names the JSON path.
    """
    path = annotation_path(path)
    data = read_payload(path)
    try:
        file = msgspec.json.decode(data, type=AnnotationFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise explained(data, path, str(error)) from error
    if any(math.isinf(duration_of(entry)) for entry in file.database.values()):
        raise explained(data, path, "a duration is not a number of seconds")
    if repeated := repeated_key(data):
        raise InputError(repeated.rule, f"{path} {repeated.place}", repeated.problem, repeated.fix)
    return file


def annotation_path(path: Path) -> Path:
    """The annotation file itself: `path`, or the file with an official name inside the folder.

    Raises:
        InputError: the folder has none, or there is no such path.
    """
    if not path.is_dir():
        return path
    for name in OFFICIAL_NAMES:
        for candidate in (path / name, path / f"{name}.gz"):
            if candidate.is_file():
                return candidate
    raise InputError(
        "truth.folder", str(path), f"holds none of {', '.join(OFFICIAL_NAMES)}", "Give the file."
    )


def _subset_of(entry: Entry) -> Subset:
    if entry.subset not in OFFICIAL_SUBSET:
        problem = f"subset {entry.subset!r} is none of {', '.join(OFFICIAL_SUBSET)}"
        raise InputError("anet.annotation", "", problem, FIX)
    return OFFICIAL_SUBSET[entry.subset]


def duration_of(entry: Entry) -> float:
    """Seconds; NaN where the file gives none, infinity where the text is no number."""
    try:
        return float(entry.duration)
    except ValueError:
        return math.inf


def check_counts(file: AnnotationFile, findings: Findings) -> None:
    """Warn where a subset has another number of videos than published."""
    published = PUBLISHED.get(file.version)
    if published is None:
        return
    for official, expected in zip(OFFICIAL_SUBSET, published, strict=True):
        found = sum(entry.subset == official for entry in file.database.values())
        if found != expected:
            findings.warn(
                "anet.counts",
                "$.database",
                f"{found:,} {official} videos, published are {expected:,}",
                "Say which set you used when you publish the number.",
            )

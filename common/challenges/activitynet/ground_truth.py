"""One subset of an annotation file, as the evaluators and validators need it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.challenges.activitynet.annotations import (
    OFFICIAL_SUBSET,
    Annotation,
    AnnotationFile,
    Entry,
    check_counts,
    decode_annotations,
    duration_of,
)
from common.challenges.findings import Findings
from common.challenges.json_reading import member_place
from common.challenges.temporal.columns import Floats, Instances, numbered
from common.core.errors import InputError
from common.core.records import Subset

OFFICIAL = {ours: theirs for theirs, ours in OFFICIAL_SUBSET.items()}


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """One subset.

    Args:
        version: as the file says; None for HACS.
        videos: the subset's videos with their numbers, in file order.
        durations: (V,) seconds by video number; NaN where the file gives none.
        elsewhere: videos of other subsets with the official name of that subset.
        classes: labels of the subset with their numbers, in the order of first occurrence; all
            labels of the file where the subset has none (a hidden test set).
        instances: the annotated segments.
        blocked: videos that count nowhere.
        warnings: what a person should know about the set.
    """

    version: str | None
    videos: dict[str, int]
    durations: Floats
    elsewhere: dict[str, str]
    classes: dict[str, int]
    instances: Instances
    blocked: frozenset[str]
    warnings: list[str]

    def require_annotations(self) -> None:
        """Raise unless the subset has something to score against.

        Raises:
            InputError: the subset has videos but no annotation (a hidden test set).
        """
        if not len(self.instances):
            raise InputError(
                "truth.hidden",
                "ground truth",
                f"the {len(self.videos):,} videos of the subset have no annotation",
                "Score on another subset; the server alone knows this one.",
            )

    def duration(self, video: str) -> float:
        """Seconds of a video; NaN if unknown or not of this subset."""
        number = self.videos.get(video)
        return float("nan") if number is None else float(self.durations[number])

    def counts(self) -> dict[str, int]:
        """Size of the set, for the report: a reduced set gives other scores."""
        return {
            "videos": len(self.videos),
            "annotated_videos": int(np.unique(self.instances.video).size),
            "instances": len(self.instances),
            "classes": len(self.classes),
        }


def read_ground_truth(
    path: Path, subset: Subset, blocked: Iterable[str] = (), needs_version: bool = True
) -> GroundTruth:
    """Read one subset of an annotation file, or of the folder that holds one.

    Args:
        path: file or folder.
        subset: `train`, `validation` or `test`.
        blocked: videos to leave out of truth and predictions.
        needs_version: the official ActivityNet reader refuses a file without `version` and
            `taxonomy`; HACS has neither.

    Raises:
        InputError: not an annotation file, or it has no video of the subset.
    """
    file = decode_annotations(path)
    if needs_version and (key := file.missing_key()):
        raise InputError(
            "anet.annotation",
            f"{path} $.{key}",
            f"no {key}; the official reader requires it",
            "Add the key, or use the format hacs-detection for HACS files.",
        )
    return select_subset(file, subset, frozenset(blocked), str(path))


def select_subset(
    file: AnnotationFile, subset: Subset, blocked: frozenset[str], where: str
) -> GroundTruth:
    """The subset of a decoded file.

    Raises:
        InputError: it has no video of the subset.
    """
    official = OFFICIAL[subset]
    inside = {
        video: entry
        for video, entry in file.database.items()
        if entry.subset == official and video not in blocked
    }
    if not inside:
        raise _no_such_subset(file, official, where)
    annotations = _annotations(inside, where)
    classes = numbered(annotation.label for _, annotation in annotations) or _all_classes(file)
    segments = np.array([a.segment for _, a in annotations], dtype=np.float64).reshape(-1, 2)
    return GroundTruth(
        file.version,
        {video: number for number, video in enumerate(inside)},
        np.array([duration_of(entry) for entry in inside.values()], dtype=np.float64),
        {v: e.subset for v, e in file.database.items() if e.subset != official},
        classes,
        Instances(
            np.array([number for number, _ in annotations], dtype=np.intp),
            np.array([classes[a.label] for _, a in annotations], dtype=np.intp),
            segments[:, 0].copy(),
            segments[:, 1].copy(),
        ),
        blocked,
        _set_warnings(file, subset),
    )


def _no_such_subset(file: AnnotationFile, official: str, where: str) -> InputError:
    found = Counter(entry.subset for entry in file.database.values())
    listed = ", ".join(f"{name} {count:,}" for name, count in found.items()) or "no video"
    return InputError(
        "truth.subset",
        where,
        f"no video of the subset {official}; found: {listed}",
        "Choose another subset with --subset, or give the file that has it.",
    )


def _annotations(inside: Mapping[str, Entry], where: str) -> list[tuple[int, Annotation]]:
    """(video number, annotation) in file order; empty for a hidden test set."""
    found = [(i, a) for i, e in enumerate(inside.values()) for a in e.annotations or ()]
    if found and (bare := [video for video, e in inside.items() if e.annotations is None]):
        place = f"{where} {member_place('$.database', bare[0])}.annotations"
        problem = "no list of annotations, though other videos of the subset have one"
        raise InputError("anet.annotation", place, problem, "Write [] for a video without any.")
    return found


def _all_classes(file: AnnotationFile) -> dict[str, int]:
    return numbered(a.label for e in file.database.values() for a in e.annotations or ())


def _set_warnings(file: AnnotationFile, subset: Subset) -> list[str]:
    findings = Findings()
    check_counts(file, findings)
    return [
        f"ground truth: {w.problem}" for w in findings.warnings if OFFICIAL[subset] in w.problem
    ]

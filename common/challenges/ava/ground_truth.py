"""Which files hold the ground truth, and the key frames that they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.challenges.ava.labels import LabelMap, ava_label_map, read_label_map
from common.challenges.ava.reading import read_rows
from common.challenges.ava.row_tables import join
from common.challenges.ava.rows import Rows
from common.challenges.csv_reading import name_others
from common.challenges.formats import Settings
from common.core.errors import InputError
from common.core.records import Subset

# AVA v2.2: movies of each subset (docs, formats/ava section 1).
PUBLISHED_VIDEOS: Mapping[Subset, int] = {"train": 235, "validation": 64, "test": 131}
_OFFICIAL_SUBSET: Mapping[Subset, str] = {"train": "train", "validation": "val", "test": "test"}


@dataclass(frozen=True, slots=True)
class TruthFiles:
    """The files of one ground truth.

    Args:
        annotations: CSVs of boxes; AVA-Kinetics has two.
        label_map: None = the 60 classes of AVA.
        excluded: lists of key frames that do not count.
        official: the files have their official names, so published counts apply.
    """

    annotations: tuple[Path, ...]
    label_map: Path | None
    excluded: tuple[Path, ...]
    official: bool


@dataclass(frozen=True, slots=True)
class BoxTruth:
    """Boxes and key frames of one subset, with the classes that count."""

    rows: Rows
    labels: LabelMap
    files: TruthFiles


def find_truth(ground_truth: Path, settings: Settings) -> TruthFiles:
    """The files of a ground truth: one annotation CSV, or a folder with the official names.

    Raises:
        InputError: nothing there, or more than one version of a file.
    """
    label_map = Path(settings.label_map) if settings.label_map else None
    if not ground_truth.is_dir():
        return TruthFiles((ground_truth,), label_map, (), official=False)
    subset = _OFFICIAL_SUBSET[settings.subset]
    annotations = [
        *_only(ground_truth, f"ava_{subset}_v*.csv"),
        *_only(ground_truth, f"kinetics_{subset}_v*.csv"),
    ]
    if not annotations:
        raise InputError(
            "ava.ground_truth",
            str(ground_truth),
            f"holds neither ava_{subset}_v*.csv nor kinetics_{subset}_v*.csv",
            "Give the annotation CSV itself, or a folder with the official file names.",
        )
    maps = _only(ground_truth, "ava_action_list_*_for_activitynet*.pbtxt")
    excluded = _only(ground_truth, f"ava_{subset}_excluded_timestamps_v*.csv")
    found = label_map or (maps[0] if maps else None)
    return TruthFiles(tuple(annotations), found, tuple(excluded), official=True)


def _only(folder: Path, pattern: str) -> list[Path]:
    """The file of a pattern, plain or gzipped, or none."""
    found = sorted([*folder.glob(pattern), *folder.glob(f"{pattern}.gz")])
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InputError(
            "ava.ground_truth",
            str(folder),
            f"holds {len(found)} files where one is expected ({names})",
            "Keep one of them in the folder.",
        )
    return found


def read_truth(ground_truth: Path, settings: Settings) -> BoxTruth:
    """Boxes, key frames and classes of a ground truth.

    Raises:
        InputError: missing or malformed file, with the line; numbers that are not finite.
    """
    files = find_truth(ground_truth, settings)
    parts = [read_rows(path) for path in files.annotations]
    for path, part in zip(files.annotations, parts, strict=True):
        _check_finite(path, part)
    rows = parts[0] if len(parts) == 1 else join(parts)
    if not len(rows) and not rows.empty:
        raise InputError(
            "ava.ground_truth", str(files.annotations[0]), "is empty", "Give the official file."
        )
    labels = read_label_map(files.label_map) if files.label_map else ava_label_map()
    return BoxTruth(rows, labels, files)


def _check_finite(path: Path, rows: Rows) -> None:
    wrong = ~np.isfinite(rows.boxes).all(axis=0) | ~np.isfinite(rows.scores)
    if wrong.any():
        first, *others = (f"line {line}" for line in rows.lines[wrong].tolist())
        problem = "a number that is not finite" + name_others(others, "malformed rows: ")
        raise InputError("ava.number", f"{path} {first}", problem, "Give the official file.")


def read_excluded(paths: tuple[Path, ...]) -> set[tuple[str, str]]:
    """(video, timestamp with six decimals) of the key frames on exclusion lists.

    Raises:
        InputError: a row that is not `video,timestamp`.
    """
    found: set[tuple[str, str]] = set()
    for path in paths:
        rows = read_rows(path)
        if len(rows):
            raise InputError(
                "ava.excluded",
                f"{path} line {rows.lines[0]}",
                "has boxes, expected video and timestamp only",
                "Give the official list of excluded timestamps.",
            )
        found |= {(frame.video, frame.stamp) for frame in rows.empty}
    return found

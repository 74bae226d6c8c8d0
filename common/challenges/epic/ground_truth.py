"""What the EPIC evaluators and validators need of an annotation table or folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from common.challenges.epic.annotations import (
    SEGMENT_FILES,
    TAIL_FILES,
    VIDEO_INFO,
    EpicSegment,
    count_warning,
    read_segments,
    read_tail,
    read_unseen,
    read_video_info,
    unseen_file,
)
from common.challenges.formats import Settings
from common.challenges.temporal.columns import Floats, Ints
from common.core.errors import InputError

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class EpicTruth:
    """One subset.

    Args:
        segments: rows in file order.
        durations: seconds by video; empty where the table of videos is not at hand.
        tail_verbs, tail_nouns, unseen_participants: None where neither settings nor folder say.
        warnings: what a person should know about the set.
    """

    segments: tuple[EpicSegment, ...]
    durations: dict[str, float]
    tail_verbs: tuple[int, ...] | None
    tail_nouns: tuple[int, ...] | None
    unseen_participants: tuple[str, ...] | None
    warnings: list[str]

    @property
    def videos(self) -> dict[str, int]:
        """Videos with their numbers, in the order of first occurrence."""
        return {v: i for i, v in enumerate(dict.fromkeys(s.video for s in self.segments))}

    @property
    def verb(self) -> Ints:
        """(N,) verb class of every segment."""
        return np.array([segment.verb for segment in self.segments], dtype=np.intp)

    @property
    def noun(self) -> Ints:
        """(N,) noun class of every segment."""
        return np.array([segment.noun for segment in self.segments], dtype=np.intp)

    @property
    def times(self) -> Floats:
        """(N, 2) start and end in seconds."""
        return np.array([(s.start, s.end) for s in self.segments], dtype=np.float64).reshape(-1, 2)

    def require_classes(self) -> None:
        """Raise unless the segments are labelled.

        Raises:
            InputError: the table has no classes (the test set).
        """
        if any(segment.verb is None or segment.noun is None for segment in self.segments):
            raise InputError(
                "truth.hidden",
                "ground truth",
                "the table has no columns verb_class and noun_class",
                "Score on the validation set; the server alone knows the test set.",
            )


def read_truth(path: Path, settings: Settings) -> EpicTruth:
    """Read one subset from its table, or from the folder of official files.

    Args:
        path: a segment table, or a folder; in a folder the table of videos, the tail lists and the
            unseen participants are read too where they are there.
        settings: the subset; lists given there win over files.

    Raises:
        InputError: no such file, malformed rows, or no row at all.
    """
    folder = path if path.is_dir() else None
    table = _inside(folder, SEGMENT_FILES[settings.subset]) if folder else path
    if table is None:
        name = SEGMENT_FILES[settings.subset]
        raise InputError(
            "truth.folder", str(path), f"holds no {name}", "Give the table itself, or --subset."
        )
    segments = read_segments(table)
    if not segments:
        raise InputError("truth.empty", str(table), "no row", "Give the official table.")
    unseen = _inside(folder, unseen_file(settings.subset))
    verbs, nouns = (_inside(folder, TAIL_FILES[kind]) for kind in ("verb", "noun"))
    info = _inside(folder, VIDEO_INFO)
    videos = read_video_info(info) if info else ()
    truth = EpicTruth(
        segments,
        {video.video: video.duration for video in videos},
        _list(settings.tail_verbs, verbs, read_tail),
        _list(settings.tail_nouns, nouns, read_tail),
        _list(settings.unseen_participants, unseen, read_unseen),
        warnings=[],
    )
    if folder:
        truth.warnings.extend(_count_warnings(truth, settings, table.name))
    return truth


def _count_warnings(truth: EpicTruth, settings: Settings, table: str) -> Iterator[str]:
    """Sentences about files of the folder that have another number of rows than published."""
    counts = {table: len(truth.segments), VIDEO_INFO: len(truth.durations)}
    if settings.tail_verbs is None:
        counts[TAIL_FILES["verb"]] = len(truth.tail_verbs or ())
    if settings.tail_nouns is None:
        counts[TAIL_FILES["noun"]] = len(truth.tail_nouns or ())
    for name, count in counts.items():
        # No row at all: the file is not there, which other words say.
        if count and (warning := count_warning(name, count)):
            yield warning


def _inside(folder: Path | None, name: str) -> Path | None:
    """The official file in the folder, plain or `.gz`, if it is there."""
    if folder is None:
        return None
    candidates = (folder / name, folder / f"{name}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _list(
    chosen: tuple[Item, ...] | None,
    path: Path | None,
    read: Callable[[Path], tuple[Item, ...]],
) -> tuple[Item, ...] | None:
    """The list of the settings, else that of the file, else None."""
    if chosen is not None:
        return chosen
    return read(path) if path else None

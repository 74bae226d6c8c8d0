"""The videos of a temporal track, their segments, and who may see which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from common.challenges.activitynet.annotations import read_annotations
from common.core.errors import InputError
from common.core.params.localization import Fold
from common.core.records import LabelledSegment, Subset, Video
from common.core.seeds import derive_seed


@dataclass(frozen=True, slots=True)
class AnnotatedVideos:
    """Videos of a temporal track in file order.

    Args:
        videos: by id.
        segments: by id; a video without segments (or with hidden ones) has an empty tuple.
        classes: all labels, sorted: a label's place here is its class index.
    """

    videos: Mapping[str, Video]
    segments: Mapping[str, tuple[LabelledSegment, ...]]
    classes: tuple[str, ...]

    def of_subset(self, subset: Subset) -> tuple[str, ...]:
        """Ids of the videos of one subset, in file order."""
        return tuple(name for name, video in self.videos.items() if video.subset == subset)

    def segments_of(self, names: tuple[str, ...]) -> list[LabelledSegment]:
        """All segments of some videos, video by video."""
        return [segment for name in names for segment in self.segments[name]]

    def class_counts(self, names: tuple[str, ...]) -> dict[str, int]:
        """Number of segments of every class in some videos."""
        counts = dict.fromkeys(self.classes, 0)
        for segment in self.segments_of(names):
            counts[segment.label] += 1
        return counts


@dataclass(frozen=True, slots=True)
class Split:
    """Who may see which videos.

    Args:
        train: what networks and classifiers are trained on.
        fold: held out; weights, thresholds and exponents are fitted on it, and no reported number
            comes from it.
    """

    train: tuple[str, ...]
    fold: tuple[str, ...]


def read_annotated(path: Path) -> AnnotatedVideos:
    """Videos and segments of an ActivityNet-style annotation file.

    Raises:
        InputError: unreadable or of another layout.
    """
    annotations = read_annotations(path)
    segments: dict[str, list[LabelledSegment]] = {v.video: [] for v in annotations.videos}
    for segment in annotations.segments:
        segments[segment.video].append(segment)
    return AnnotatedVideos(
        {video.video: video for video in annotations.videos},
        {name: tuple(found) for name, found in segments.items()},
        tuple(sorted(annotations.classes)),
    )


def split_videos(annotated: AnnotatedVideos, fold: Fold) -> Split:
    """Train videos and the held-out fold.

    With `source: train` the fold is one of `parts` equal parts of the train subset; with
    `source: validation` it is the validation subset, which then must not be what is reported.

    Raises:
        InputError: one of the two would be empty.
    """
    return split_names(annotated.of_subset("train"), annotated.of_subset("validation"), fold)


def split_names(train: tuple[str, ...], validation: tuple[str, ...], fold: Fold) -> Split:
    """The same from the ids of the two subsets."""
    if fold.source == "validation":
        split = Split(train, validation)
    else:
        # By hash, so that adding a video moves no other one.
        part = {name: derive_seed(fold.seed, "fold", name) % fold.parts for name in train}
        split = Split(
            tuple(name for name in train if part[name] != fold.index),
            tuple(name for name in train if part[name] == fold.index),
        )
    if not split.train or not split.fold:
        raise InputError(
            "split.empty",
            "annotations",
            f"{len(split.train)} train videos and {len(split.fold)} in the fold",
            "Both need videos: check the subsets of the annotation file and the `fold` params.",
        )
    return split

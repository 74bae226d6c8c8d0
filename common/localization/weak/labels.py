"""The only annotation that weak supervision sees: which classes each video has.

The file is made from the annotations once (`reduce_annotations`), in a step of its own; everything
after it reads the file alone, and a file that holds segments is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from common.core.errors import InputError, did_you_mean
from common.core.files import write_json
from common.core.records import Subset, Video, check_video_id
from common.localization.splits import AnnotatedVideos

# Keys of annotation files that carry segments.
_SEGMENT_KEYS = (b'"database"', b'"annotations"', b'"segment"', b'"segments"')


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subset: Subset
    duration: float
    labels: list[str]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    classes: list[str]
    videos: dict[str, _Entry]


@dataclass(frozen=True, slots=True)
class VideoLabels:
    """Videos and their classes, in file order.

    Args:
        classes: sorted; a label's place here is its class index.
        videos: by id.
        labels: by id, sorted; empty where they are hidden.
    """

    classes: tuple[str, ...]
    videos: Mapping[str, Video]
    labels: Mapping[str, tuple[str, ...]]

    def of_subset(self, subset: Subset) -> tuple[str, ...]:
        """Ids of the videos of one subset, in file order."""
        return tuple(name for name, video in self.videos.items() if video.subset == subset)

    def matrix(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """(N, C): which classes each of some videos has."""
        return np.array([[c in self.labels[name] for c in self.classes] for name in names], bool)


def reduce_annotations(annotated: AnnotatedVideos) -> VideoLabels:
    """What is left of annotations when the segments are taken away."""
    labels = {
        name: tuple(sorted({segment.label for segment in found}))
        for name, found in annotated.segments.items()
    }
    return VideoLabels(annotated.classes, annotated.videos, labels)


def write_video_labels(path: Path, known: VideoLabels) -> None:
    """Write the file atomically; equal labels give equal bytes."""
    videos = {
        name: {
            "subset": video.subset,
            "duration": video.duration,
            "labels": list(known.labels[name]),
        }
        for name, video in known.videos.items()
    }
    write_json(path, {"classes": list(known.classes), "videos": videos})


def read_video_labels(path: Path) -> VideoLabels:
    """Read a file of video labels.

    Raises:
        InputError: missing; it holds segments; another layout; a label outside the class list; an
            id that is no file name.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            "weak.labels", str(path), f"cannot be read ({error.strerror})", "Run `weak_labels`."
        ) from error
    for key in _SEGMENT_KEYS:
        if key in data:
            raise InputError(
                "weak.segments",
                str(path),
                f"holds the key {key.decode()}: segments are not to be seen here",
                "Give a file of video labels; the stage `weak_labels` makes one of annotations.",
            )
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            "weak.labels",
            str(path),
            f"is no file of video labels ({error})",
            "Run the stage `weak_labels` again.",
        ) from error
    for name, entry in file.videos.items():
        place = f'{path} $.videos["{name}"]'
        check_video_id(name, place)
        for label in entry.labels:
            if label not in file.classes:
                raise InputError(
                    "weak.label",
                    f"{place}.labels",
                    f"{label!r} is not among the {len(file.classes)} classes of the file",
                    did_you_mean(label, file.classes),
                )
    videos = {name: Video(name, e.subset, e.duration) for name, e in file.videos.items()}
    labels = {name: tuple(sorted(set(e.labels))) for name, e in file.videos.items()}
    return VideoLabels(tuple(file.classes), videos, labels)

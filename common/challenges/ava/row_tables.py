"""Join tables of rows, number their key frames, and turn them into records and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.challenges.ava.rows import SCORE_OF_SEVEN_COLUMNS, EmptyFrame, Rows, stamp_text
from common.core.errors import InputError
from common.core.records import KeyframeBox

Ints = NDArray[np.int64]


def join(parts: Sequence[Rows]) -> Rows:
    """Rows of several files one after another; line numbers stay those of each file."""
    videos = _numbered(name for part in parts for name in part.videos)
    stamps = _numbered(stamp for part in parts for stamp in part.stamps)
    starts = np.cumsum([0, *[len(part) for part in parts[:-1]]])
    return Rows(
        tuple(videos),
        tuple(stamps),
        np.concatenate([_renumbered(part.video, part.videos, videos) for part in parts]),
        np.concatenate([_renumbered(part.stamp, part.stamps, stamps) for part in parts]),
        np.concatenate([part.boxes for part in parts], axis=1),
        np.concatenate([part.actions for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.lines for part in parts]),
        np.concatenate([part.unscored + at for part, at in zip(parts, starts, strict=True)]),
        tuple(frame for part in parts for frame in part.empty),
    )


def _numbered(names: Iterable[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for name in names:
        numbers.setdefault(name, len(numbers))
    return numbers


def _renumbered(
    codes: NDArray[np.int32], names: Sequence[str], numbers: dict[str, int]
) -> NDArray[np.int32]:
    """Codes into `names` as codes into `numbers`; -1 for names that it lacks."""
    if not len(codes):
        return codes
    return np.array([numbers.get(name, -1) for name in names], np.int32)[codes]


@dataclass(frozen=True, slots=True)
class KeyFrames:
    """The key frames of a table, numbered from 0 in no special order.

    Args:
        videos, stamps: name -> number.
        codes: (F,) sorted: video number times `len(stamps)` plus stamp number.
    """

    videos: dict[str, int]
    stamps: dict[str, int]
    codes: Ints

    def __len__(self) -> int:
        return len(self.codes)

    def __contains__(self, frame: tuple[str, str]) -> bool:
        video, stamp = frame
        if video not in self.videos or stamp not in self.stamps:
            return False
        code = self.videos[video] * len(self.stamps) + self.stamps[stamp]
        at = int(np.searchsorted(self.codes, code))
        return at < len(self.codes) and int(self.codes[at]) == code

    def of(self, rows: Rows) -> Ints:
        """(n,) number of the key frame of each row; -1 where it is not one of these."""
        video = _renumbered(rows.video, rows.videos, self.videos).astype(np.int64)
        stamp = _renumbered(rows.stamp, rows.stamps, self.stamps)
        codes = np.where((video < 0) | (stamp < 0), -1, video * len(self.stamps) + stamp)
        # Rows of one key frame stand together: one look-up for each run of them.
        starts = np.flatnonzero(np.diff(codes, prepend=-2))
        found = np.searchsorted(self.codes, codes[starts])
        found = np.minimum(found, len(self.codes) - 1)
        numbers = np.where(self.codes[found] == codes[starts], found, -1)
        return np.repeat(numbers, np.diff(starts, append=len(codes)))


def key_frames(rows: Rows) -> KeyFrames:
    """All key frames of a ground truth: of rows of every class and of rows without boxes."""
    videos = _numbered([*rows.videos, *(frame.video for frame in rows.empty)])
    stamps = _numbered([*rows.stamps, *(frame.stamp for frame in rows.empty)])
    more = [videos[f.video] * len(stamps) + stamps[f.stamp] for f in rows.empty]
    codes = rows.video.astype(np.int64) * len(stamps) + rows.stamp
    return KeyFrames(videos, stamps, np.unique(np.concatenate([codes, np.array(more, np.int64)])))


def at_frames(rows: Rows, frames: set[tuple[str, str]]) -> NDArray[np.bool_]:
    """(n,) True for rows at one of some key frames, given as (video, timestamp text)."""
    videos, stamps = _numbered(rows.videos), _numbered(rows.stamps)
    codes = [
        videos[video] * len(stamps) + stamps[stamp]
        for video, stamp in frames
        if video in videos and stamp in stamps
    ]
    return np.isin(rows.video.astype(np.int64) * len(stamps) + rows.stamp, codes)


def without_frames(rows: Rows, frames: set[tuple[str, str]]) -> tuple[Rows, int]:
    """The rows that are not at some key frames, and how many were."""
    out = at_frames(rows, frames)
    kept = tuple(f for f in rows.empty if (f.video, f.stamp) not in frames)
    return select(rows, np.flatnonzero(~out), kept), int(out.sum())


def select(rows: Rows, index: Ints, empty: tuple[EmptyFrame, ...]) -> Rows:
    """The rows of an ascending index, with the given key frames without boxes."""
    unscored = np.flatnonzero(np.isin(index, rows.unscored))
    return Rows(
        rows.videos,
        rows.stamps,
        rows.video[index],
        rows.stamp[index],
        rows.boxes[:, index],
        rows.actions[index],
        rows.scores[index],
        rows.lines[index],
        unscored,
        empty,
    )


def boxes_of_rows(rows: Rows) -> list[KeyframeBox]:
    """Records: the rows of one box at one key frame (one row an action) become one box.

    The eighth column is the person where the file is ground truth; a person's number is a whole
    number, anything else is left out.
    """
    grouped: dict[tuple[int, int, float, float, float, float, float], list[int]] = {}
    columns = (rows.video, rows.stamp, *rows.boxes, rows.scores, rows.actions)
    for *key, action in zip(*(column.tolist() for column in columns), strict=True):
        video, stamp, x1, y1, x2, y2, person = key
        grouped.setdefault((video, stamp, x1, y1, x2, y2, person), []).append(action)
    unscored = len(rows.unscored) == len(rows)
    return [
        KeyframeBox(
            video=rows.videos[video],
            timestamp=float(rows.stamps[stamp]),
            x1=x1,
            y1=y1,
            x2=x2,
            y2=y2,
            actions=tuple(actions),
            person=int(person) if person.is_integer() and not unscored else None,
        )
        for (video, stamp, x1, y1, x2, y2, person), actions in grouped.items()
    ]


def rows_of_arrays(
    videos: Sequence[str],
    timestamps: Sequence[float],
    boxes: NDArray[np.float64],
    actions: Ints,
    scores: NDArray[np.float64] | None = None,
) -> Rows:
    """A table of rows from columns, for evaluators that are called without files.

    Args:
        videos: n ids.
        timestamps: n seconds.
        boxes: (n, 4) x1, y1, x2, y2 as fractions.
        actions: (n,) ids.
        scores: (n,); None for ground truth.

    Raises:
        InputError: columns of different lengths.
    """
    n = len(videos)
    lengths = {n, len(timestamps), len(boxes), len(actions), n if scores is None else len(scores)}
    if len(lengths) > 1:
        raise InputError(
            "ava.columns",
            "rows",
            f"columns of {sorted(lengths)} entries",
            "Give columns of one length.",
        )
    video_numbers = _numbered(videos)
    texts = [stamp_text(repr(float(seconds))) for seconds in timestamps]
    stamp_numbers = _numbered(texts)
    unscored = np.arange(n) if scores is None else np.zeros(0, np.int64)
    return Rows(
        tuple(video_numbers),
        tuple(stamp_numbers),
        np.array([video_numbers[name] for name in videos], np.int32),
        np.array([stamp_numbers[text] for text in texts], np.int32),
        np.ascontiguousarray(np.asarray(boxes, np.float64).reshape(n, 4).T),
        np.asarray(actions, np.int64),
        np.full(n, SCORE_OF_SEVEN_COLUMNS) if scores is None else np.asarray(scores, np.float64),
        np.arange(1, n + 1),
        unscored,
    )

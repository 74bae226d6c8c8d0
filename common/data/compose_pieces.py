"""Cut pieces out of clips: their lengths, their places, and the cuts between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.data.clip_list import Role


@dataclass(frozen=True, slots=True)
class Footage:
    """What a clip offers: `frames` at the output rate."""

    clip: str
    label: str
    role: Role
    group: str
    frames: int


@dataclass(frozen=True, slots=True)
class Piece:
    """`frames` frames of a clip, from its frame `first` on; both at the output rate."""

    clip: str
    first: int
    frames: int


def cut_pieces(
    clips: Sequence[Footage], frames: int, n_pieces: int, shortest: int, rng: np.random.Generator
) -> list[Piece]:
    """Fill `frames` frames with pieces of `clips`; clips of one group stay side by side.

    Args:
        clips: what may be used, in the order of preference; never more than what they hold is cut.
        frames: wanted length; cut down to what the clips hold together.
        n_pieces: wanted number of pieces; more where one clip is too short, fewer where the clips
            are too few and too short. A clip that must give two pieces skips a stretch between.
        shortest: frames of the shortest piece (clips that are shorter are used whole).
        rng: decides lengths and places.
    """
    frames = min(frames, sum(clip.frames for clip in clips))
    used = _enough(clips, frames, n_pieces, shortest)
    lengths = _share(frames, [clip.frames for clip in used], shortest, rng)
    rows: dict[str, list[list[Piece]]] = {}
    missing = n_pieces - len(used)
    for clip, length in zip(used, lengths, strict=True):
        row = _place(clip, length, shortest if missing > 0 else 0, rng)
        missing -= len(row) - 1
        rows.setdefault(clip.group, []).append(row)
    groups = list(rows.values())
    return [
        piece
        for group in rng.permutation(len(groups))
        for place in rng.permutation(len(groups[group]))
        for piece in groups[group][place]
    ]


def _enough(
    clips: Sequence[Footage], frames: int, n_pieces: int, shortest: int
) -> Sequence[Footage]:
    """The first `n_pieces` clips, more until they hold `frames`, fewer where `frames` is short."""
    count = min(n_pieces, len(clips))
    while count > 1 and frames < sum(min(shortest, clip.frames) for clip in clips[:count]):
        count -= 1
    while sum(clip.frames for clip in clips[:count]) < frames:
        count += 1
    return clips[:count]


def _share(frames: int, caps: Sequence[int], shortest: int, rng: np.random.Generator) -> list[int]:
    """Random lengths, together `frames`: at least `shortest` where possible, at most `caps`."""
    limit = np.asarray(caps, dtype=np.int64)
    lengths = np.minimum(limit, shortest)
    # Where even the shortest pieces are too much, the last ones give way.
    for place in reversed(range(len(lengths))):
        lengths[place] -= min(lengths[place] - 1, max(0, int(lengths.sum()) - frames))
    while rest := frames - int(lengths.sum()):
        open_places = np.flatnonzero(lengths < limit)
        weights = rng.dirichlet(np.ones(len(open_places)))
        extra = np.minimum((rest * weights).astype(np.int64), (limit - lengths)[open_places])
        if not extra.any():
            extra[0] = 1
        lengths[open_places] += extra
    return [int(length) for length in lengths]


def _place(clip: Footage, length: int, shortest: int, rng: np.random.Generator) -> list[Piece]:
    """Put `length` frames somewhere in the clip; with `shortest` > 0 as two pieces with a skipped
    stretch of at least `shortest` between, where the clip is long enough.
    """
    spare = clip.frames - length
    if shortest and length >= 2 * shortest and spare >= shortest:
        skipped = int(rng.integers(shortest, spare + 1))
        first = int(rng.integers(0, spare - skipped + 1))
        front = int(rng.integers(shortest, length - shortest + 1))
        return [
            Piece(clip.clip, first, front),
            Piece(clip.clip, first + front + skipped, length - front),
        ]
    return [Piece(clip.clip, int(rng.integers(0, spare + 1)), length)]

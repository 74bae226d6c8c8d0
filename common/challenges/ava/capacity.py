"""Which detections of a key frame count, and in which order, when at most so many are kept.

The official reader pushes the rows of a key frame into a binary heap and reads the heap's array
out, sorted by score. Only equal scores make the order of that array matter; so key frames without
harmful ties are sorted all at once, and only the others go through a heap, entry by entry.

Source: docs, formats/ava section 2.2 (`read_csv` of the official evaluator).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Entries:
    """Rows of the classes that count.

    Args:
        frame: (n,) number of the key frame.
        actions: (n,) ids.
        boxes: (4, n) x1, y1, x2, y2.
        scores: (n,) any number.
    """

    frame: Ints
    actions: Ints
    boxes: Floats
    scores: Floats

    def take(self, rows: Ints) -> Entries:
        """The same for some rows, in the order given; itself for all rows in order."""
        if np.array_equal(rows, np.arange(len(self.frame))):
            return self
        return Entries(self.frame[rows], self.actions[rows], self.boxes[:, rows], self.scores[rows])


def official_order(entries: Entries, capacity: int) -> Ints:
    """Rows that are kept, in the order in which the official program lines them up.

    Key frames stand in the order of their first row. Rows of one class and of equal scores stand in
    the official order within their key frame; all others as they come, since scores will sort them.

    Args:
        entries: n rows in file order.
        capacity: rows that are kept of each key frame, over all classes; below 1: all.

    Returns:
        (m,) row numbers.
    """
    grouped, starts = _by_first_appearance(entries.frame)
    run = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(grouped)))
    ordered = entries.take(grouped)
    heaped = _tied_runs(run, ordered)
    kept = np.ones(len(grouped), np.bool_)
    if capacity > 0:
        kept, cut_in_tie = _cut(run, starts, ordered.scores, capacity)
        heaped = np.union1d(heaped, cut_in_tie)
    if not len(heaped):
        return grouped[kept]
    kept &= ~np.isin(run, heaped)
    ends = np.append(starts, len(grouped))
    own = [
        grouped[ends[r] : ends[r + 1]][
            lined_up(ordered.take(np.arange(ends[r], ends[r + 1])), capacity)
        ]
        for r in heaped
    ]
    rows = np.concatenate([grouped[kept], *own])
    place = np.concatenate([run[kept], np.repeat(heaped, [len(part) for part in own])])
    return rows[np.argsort(place, kind="stable")]


def _by_first_appearance(frame: Ints) -> tuple[Ints, Ints]:
    """Rows grouped by key frame in the order of first appearance, and where each group starts."""
    starts = np.flatnonzero(np.diff(frame, prepend=-1))
    if len(np.unique(frame[starts])) == len(starts):
        return np.arange(len(frame)), starts
    _, first, inverse = np.unique(frame, return_index=True, return_inverse=True)
    grouped = np.argsort(first[inverse], kind="stable")
    return grouped, np.flatnonzero(np.diff(frame[grouped], prepend=-1))


def _tied_runs(run: Ints, ordered: Entries) -> Ints:
    """Key frames in which two rows of one class have equal scores, or a score is not a number."""
    order = np.argsort(ordered.scores)
    rising = ordered.scores[order]
    equal = np.flatnonzero(~(rising[1:] > rising[:-1]))
    suspects = order[np.union1d(equal, equal + 1)]
    if len(rising) and np.isnan(rising[-1]):
        suspects = np.union1d(suspects, np.flatnonzero(np.isnan(ordered.scores)))
    keys = (ordered.scores[suspects], ordered.actions[suspects], run[suspects])
    suspects = suspects[np.lexsort(keys)]
    same = (
        (run[suspects][1:] == run[suspects][:-1])
        & (ordered.actions[suspects][1:] == ordered.actions[suspects][:-1])
        & (ordered.scores[suspects][1:] == ordered.scores[suspects][:-1])
    )
    nan = np.isnan(ordered.scores[suspects])
    return np.unique(np.concatenate([run[suspects][1:][same], run[suspects][nan]]))


def _cut(run: Ints, starts: Ints, scores: Floats, capacity: int) -> tuple[NDArray[np.bool_], Ints]:
    """Rows among the best of their key frame, and key frames where a tie stands at the limit."""
    kept = np.ones(len(run), np.bool_)
    lengths = np.diff(starts, append=len(run))
    long = np.flatnonzero(np.repeat(lengths > capacity, lengths))
    long = long[np.lexsort((-scores[long], run[long]))]
    first = np.flatnonzero(np.diff(run[long], prepend=-1))
    rank = np.arange(len(long)) - np.repeat(first, np.diff(first, append=len(long)))
    kept[long[rank >= capacity]] = False
    beyond = np.flatnonzero(rank == capacity)
    tied = scores[long[beyond]] == scores[long[beyond - 1]]
    return kept, run[long[beyond[tied]]]


def lined_up(entries: Entries, capacity: int) -> Ints:
    """Rows of one key frame as the official reader lines them up.

    Args:
        entries: the rows of the key frame, in file order.
        capacity: rows that are kept; below 1: all.
    """
    x1, y1, x2, y2 = entries.boxes.tolist()
    rows = list(zip(entries.scores.tolist(), entries.actions.tolist(), y1, x1, y2, x2, strict=True))
    heap: list[tuple[float, ...]] = []
    for row in rows:
        if capacity < 1 or len(heap) < capacity:
            heapq.heappush(heap, row)
        elif row[0] > heap[0][0]:
            heapq.heapreplace(heap, row)
    # By identity: rows may be equal in every part.
    numbers = {id(row): number for number, row in enumerate(rows)}
    ordered = sorted(heap, key=lambda row: -row[0])
    return np.array([numbers[id(row)] for row in ordered], np.int64)

"""Times for decoded frames: never going back, starting at 0, right where a container's are not.

A decoder hands out frames in the order in which they are shown, but its time stamps may jump: an
AVI has no presentation times, so frames with B-pictures come out stamped 1, 2, 4, 3, 5, 7, 6;
joined recordings start again at 0; raw streams have none. The order is kept, the times are mended.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

F = TypeVar("F")

# A stamp is at most as far from its frame as there are B-pictures in a row; encoders stop at 16,
# what writes AVIs used one or two. Frames that wait here stay decoded, so it is kept small.
_LOOKAHEAD = 8


def with_times(
    frames: Iterable[F], stamp: Callable[[F], float | None], step: float
) -> Iterator[tuple[F, float]]:
    """Pair every frame with its time in seconds from the first one; times never decrease.

    Args:
        frames: in the order of presentation.
        stamp: a frame's time stamp in seconds, None where it has none.
        step: seconds from one frame to the next where stamps are missing or start again.
    """
    waiting: deque[F] = deque()
    stamps: list[float] = []
    clock = _Clock(step)
    previous: float | None = None
    for frame in frames:
        seconds = stamp(frame)
        if seconds is None:
            seconds = 0.0 if previous is None else previous + step
        previous = seconds
        if clock.is_past(seconds):
            # Jumps within the lookahead cannot reach behind what was handed out: a new start.
            while waiting:
                yield waiting.popleft(), clock.read(heapq.heappop(stamps))
        waiting.append(frame)
        heapq.heappush(stamps, seconds)
        if len(waiting) > _LOOKAHEAD:
            yield waiting.popleft(), clock.read(heapq.heappop(stamps))
    while waiting:
        yield waiting.popleft(), clock.read(heapq.heappop(stamps))


class _Clock:
    """Turns stamps that mostly ascend into times that start at 0 and never decrease."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.offset: float | None = None
        self.last = 0.0

    def is_past(self, seconds: float) -> bool:
        """Whether a stamp lies before the last one that was read."""
        return self.offset is not None and seconds + self.offset < self.last

    def read(self, seconds: float) -> float:
        """The time of a stamp; one from the past starts anew, a step after the last time."""
        if self.offset is None:
            self.offset = -seconds
        elif self.is_past(seconds):
            self.offset = self.last + self.step - seconds
        self.last = seconds + self.offset
        return self.last

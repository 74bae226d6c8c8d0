"""One pass over a video for all its extractors: decoded once, clips gathered into batches."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from common.core.clips import ClipSpec
from common.video.health import Health, health_of
from common.video.reader import open_video
from common.video.sampling import ClipSampler

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch:
    """Clips of one extractor, in the order of their snippets; `extractor` is its position."""

    extractor: int
    clips: NDArray[np.uint8]  # (B, T, H, W, 3)


class VideoPass:
    """Iterate once for the batches of all extractors; then `health` tells what was read.

    Args:
        path: the video.
        wanted: of each extractor, its clip and the seconds between its snippets.
        size: clips in a batch; the last batch of an extractor may be smaller.
    """

    def __init__(self, path: Path, wanted: Sequence[tuple[ClipSpec, float]], size: int) -> None:
        self.path, self.size = path, size
        self._samplers = [ClipSampler(spec, stride) for spec, stride in wanted]
        self._waiting: list[list[NDArray[np.uint8]]] = [[] for _ in wanted]
        self.health: Health | None = None

    def __iter__(self) -> Generator[Batch, None, None]:
        """Batches as their clips become complete.

        Raises:
            InputError: the video cannot be read to its end.
        """
        with open_video(self.path) as video:
            for picture in video:
                for place, sampler in enumerate(self._samplers):
                    for _, frames in sampler.push(picture):
                        yield from self._gather(place, frames)
            self.health = health_of(video)
        for place, sampler in enumerate(self._samplers):
            for _, frames in sampler.finish(self.health.duration):
                yield from self._gather(place, frames)
            if self._waiting[place]:
                yield self._batch(place)

    def _gather(self, place: int, frames: list[NDArray[np.uint8]]) -> Iterator[Batch]:
        self._waiting[place].append(np.stack(frames))
        if len(self._waiting[place]) == self.size:
            yield self._batch(place)

    def _batch(self, place: int) -> Batch:
        clips, self._waiting[place] = self._waiting[place], []
        return Batch(place, np.stack(clips))


def ahead(items: Iterable[T], depth: int) -> Generator[T, None, None]:
    """Yield the items while a thread makes up to `depth` of them in advance.

    Decoding and forward passes leave the interpreter lock most of the time, so they overlap. An
    error in `items` is raised here, at its place; leaving early ends the thread.
    """
    made: queue.Queue[tuple[str, T | BaseException | None]] = queue.Queue(depth)
    left = threading.Event()

    def put(kind: str, value: T | BaseException | None) -> bool:
        while not left.is_set():
            try:
                made.put((kind, value), timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not put("item", item):
                    return
            put("end", None)
        except BaseException as error:  # raised again on the other side
            put("error", error)

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while True:
            kind, value = made.get()
            if kind == "end":
                return
            if kind == "error":
                assert isinstance(value, BaseException)
                raise value
            yield value  # type: ignore[misc]  # an item by its kind
    finally:
        left.set()
        thread.join()

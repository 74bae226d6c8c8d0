"""Progress on stderr: a bar on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self, TextIO, TypeVar

T = TypeVar("T")

_LINE_SECONDS = 60.0
_WINDOW = 30


class Progress:
    """Counts done items; the rate and the ETA come from the last items, not from the start."""

    def __init__(self, total: int, label: str, stream: TextIO | None = None) -> None:
        self.total, self.label, self.done = total, label, 0
        self.stream = stream or sys.stderr
        self._times = [time.monotonic()]
        self._last_line = self._times[0]
        self._bar = self._make_bar() if self.stream.isatty() else None

    def _make_bar(self) -> Any:  # rich is imported late: it costs 0.1 s
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[item]}"),
            console=Console(file=self.stream),
            transient=False,
        )
        self._task = bar.add_task(self.label, total=self.total, rate="", item="")
        bar.start()
        return bar

    def advance(self, item: str = "") -> None:
        """Count one more item as done."""
        self.done += 1
        now = time.monotonic()
        self._times = [*self._times[-_WINDOW:], now]
        if self._bar is not None:
            self._bar.update(self._task, advance=1, rate=self.rate_text(), item=item[:40])
        elif now - self._last_line >= _LINE_SECONDS:
            self._last_line = now
            self._print_line()

    def rate_text(self) -> str:
        """`0.8/s  eta 35 s`, from the recent items."""
        span = self._times[-1] - self._times[0]
        if span <= 0 or len(self._times) < 2:
            return ""
        rate = (len(self._times) - 1) / span
        return f"{rate:.1f}/s  eta {(self.total - self.done) / rate:.0f} s"

    def _print_line(self) -> None:
        print(
            f"{self.label}: {self.done}/{self.total}  {self.rate_text()}",
            file=self.stream,
            flush=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        else:
            self._print_line()


def track_progress(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """Yield the items and show how far we are."""
    with Progress(total, label) as progress:
        for item in items:
            yield item
            progress.advance(str(item))

"""What an entry of a result file holds in each of the ActivityNet tasks, and its fast decoders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

import msgspec
import numpy as np

from common.challenges.json_reading import count_colons
from common.challenges.temporal.columns import Floats, Ints

Decode = Callable[[msgspec.Raw], Sequence[Any]]


class Detection(msgspec.Struct, gc=False):
    """Entry of a detection file."""

    label: str
    score: float
    segment: tuple[float, float]


class Proposal(msgspec.Struct, gc=False):
    """Entry of a proposal file."""

    score: float
    segment: tuple[float, float]


class Classification(msgspec.Struct, gc=False):
    """Entry of a classification file."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Layout:
    """One task.

    Args:
        format: its name.
        entry: type of one entry; all keys are required.
        head: `required` if the official reader refuses a file without `version` and
            `external_data`, `recommended` if the challenge page shows `results` alone.
        entry_limit: entries of a video beyond which the measure cuts; None = no limit.
    """

    format: str
    entry: type[msgspec.Struct]
    head: Literal["required", "recommended"] = "required"
    entry_limit: int | None = None
    _loose: Decode = field(init=False, repr=False)
    _strict: Decode = field(init=False, repr=False)

    def __post_init__(self) -> None:
        strict = msgspec.defstruct(
            f"Strict{self.entry.__name__}",
            [],
            bases=(self.entry,),
            forbid_unknown_fields=True,
            gc=False,
        )
        # The dataclass is frozen; decoders are made once, because making one costs time.
        object.__setattr__(self, "_loose", _decoder_of(self.entry))
        object.__setattr__(self, "_strict", _decoder_of(strict))

    @property
    def fields(self) -> tuple[str, ...]:
        """Keys of an entry."""
        return self.entry.__struct_fields__

    def decode_loosely(self, raw: Any) -> Sequence[Any] | None:
        """Entries of one video as a plain reader takes them: unknown keys are skipped, the last of
        repeated keys counts. None if that needs a closer look.
        """
        return _tried(self._loose, raw)

    def decode_strictly(self, raw: Any) -> Sequence[Any] | None:
        """Entries of one video if they are certainly right in form, else None."""
        entries = _tried(self._strict, raw)
        if entries is None:
            return None
        # Colons count keys: fewer keys than colons means that a key was repeated.
        colons = len(self.fields) * len(entries)
        if "label" in self.fields:
            colons += sum(entry.label.count(":") for entry in entries if ":" in entry.label)
        return entries if colons == count_colons(raw) else None


def _decoder_of(entry: type[msgspec.Struct]) -> Decode:
    decode: Decode = msgspec.json.Decoder(list[entry]).decode  # type: ignore[valid-type]
    return decode


def _tried(decode: Decode, raw: Any) -> Sequence[Any] | None:
    if not isinstance(raw, msgspec.Raw):
        return None
    try:
        return decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


DETECTION = Layout("activitynet-detection", Detection)
PROPOSALS = Layout("activitynet-proposals", Proposal, entry_limit=100)
CLASSIFICATION = Layout("activitynet-classification", Classification)
HACS_DETECTION = Layout("hacs-detection", Detection, "recommended")


@dataclass(frozen=True, slots=True)
class Table:
    """Entries as columns.

    Args:
        video: (N,) number of the `results` key, in file order.
        label: (N,) number of the class (all 0 where the task has none).
        start, end, score: (N,); times are 0 where the task has none.
    """

    video: Ints
    label: Ints
    start: Floats
    end: Floats
    score: Floats


class GrowingClasses(dict[str, int]):
    """Numbers any label: for files that are read without a class table."""

    def __missing__(self, label: str) -> int:
        self[label] = len(self)
        return self[label]


class TableBuilder:
    """Collects entries video by video."""

    def __init__(self, layout: Layout, classes: Mapping[str, int]) -> None:
        self._layout, self._classes = layout, classes
        self._video: list[int] = []
        self._count: list[int] = []
        self._label: list[int] = []
        self._score: list[float] = []
        self._segment: list[tuple[float, float]] = []

    def add(self, video: int, entries: Sequence[Any]) -> None:
        """Append the entries of one video.

        Raises:
            KeyError: a label that is no class; nothing was appended then.
        """
        if "label" in self._layout.fields:
            self._label += [self._classes[entry.label] for entry in entries]
        if "segment" in self._layout.fields:
            self._segment += [entry.segment for entry in entries]
        self._score += [entry.score for entry in entries]
        self._video.append(video)
        self._count.append(len(entries))

    def build(self) -> Table:
        """The columns of all that was added."""
        n = len(self._score)
        segments = np.fromiter(chain.from_iterable(self._segment), np.float64)
        timed = segments.reshape(-1, 2) if self._segment else np.zeros((n, 2))
        label = self._label if "label" in self._layout.fields else [0] * n
        return Table(
            np.repeat(np.array(self._video, dtype=np.intp), self._count),
            np.array(label, dtype=np.intp),
            timed[:, 0].copy(),
            timed[:, 1].copy(),
            np.array(self._score, dtype=np.float64),
        )

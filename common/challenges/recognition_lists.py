"""Split lists of the clip data sets UCF101 and HMDB51.

Both are read leniently where the archives are known to vary (line ends, letter case of one class)
and strictly where a fault would spoil an experiment: a clip, or clips of one source video, on both
sides of a split.

Source: docs, formats/recognition_lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from common.challenges.archive_entries import Limits, name_problem
from common.challenges.csv_reading import name_others
from common.challenges.payloads import read_plain
from common.core.errors import InputError, did_you_mean
from common.core.records import Clip

Split = Literal[1, 2, 3]
Side = Literal["train", "test"]
_LIST_BYTES = Limits(member_bytes=64 << 20)
_FIX = "Use the official lists."
_UCF_CLIP = re.compile(r"v_(?P<label>\w+)_g(?P<group>\d+)_c\d+")
_HMDB_SIDES: Mapping[str, Side | None] = {"0": None, "1": "train", "2": "test"}

UCF101_CLASSES, UCF101_CLIPS = 101, 13_320
HMDB51_CLASSES, HMDB51_TRAIN, HMDB51_TEST = 51, 70, 30


@dataclass(frozen=True, slots=True)
class ClipSplit:
    """One split: its classes in the order of their numbers, its clips, what differs from the
    published counts.
    """

    classes: tuple[str, ...]
    clips: tuple[Clip, ...]
    warnings: tuple[str, ...] = ()

    def missing(self, videos: Path) -> tuple[str, ...]:
        """Paths of the clips that are not below `videos`; letter case of a name is forgiven."""
        there = {
            path.relative_to(videos).as_posix().casefold()
            for path in videos.rglob("*")
            if path.is_file()
        }
        return tuple(clip.path for clip in self.clips if clip.path.casefold() not in there)


@dataclass(slots=True)
class _Collector:
    """Clips of one split as they are read; faults by line, raised together at the end."""

    clips: dict[str, Clip] = field(default_factory=dict)
    groups: dict[str, Side] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)

    def read(self, path: Path, parse: Callable[[str], Clip | None], *, grouped: bool) -> None:
        """Take the lines of a list; `parse` raises ValueError with what is wrong."""
        for number, line in enumerate(_lines(path), 1):
            try:
                if line.strip() and (clip := parse(line.strip())) is not None:
                    self._add(clip, grouped=grouped)
            except ValueError as error:
                self.faults.append((f"{path} line {number}", str(error)))

    def _add(self, clip: Clip, *, grouped: bool) -> None:
        side: Side = "train" if clip.subset == "train" else "test"
        if clip.path in self.clips:
            other = self.clips[clip.path].subset
            where = "twice" if other == clip.subset else "on both sides of the split"
            raise ValueError(f"clip {clip.path!r} stands {where}")
        if grouped and self.groups.setdefault(clip.group, side) != side:
            raise ValueError(f"group {clip.group!r} stands on both sides of the split")
        self.clips[clip.path] = clip

    def finish(self) -> tuple[Clip, ...]:
        """All clips.

        Raises:
            InputError: there were faults; the first in words, the places of the others.
        """
        if self.faults:
            where, problem = self.faults[0]
            problem += name_others([place for place, _ in self.faults[1:]], "malformed rows: ")
            raise InputError("clips.row", where, problem, _FIX)
        return tuple(self.clips.values())


def read_ucf101(folder: Path, split: Split) -> ClipSplit:
    """A split of UCF101: `classInd.txt`, `trainlist0N.txt`, `testlist0N.txt`.

    Raises:
        InputError: missing list, unknown class, wrong class number, repeated clip, a clip or a
            group (one source video) on both sides; with file and line.
    """
    classes = _ucf_classes(folder / "classInd.txt")
    known = {label.casefold(): (number, label) for number, label in classes.items()}
    found = _Collector()
    sides: tuple[Side, ...] = ("train", "test")
    for side in sides:
        found.read(
            folder / f"{side}list0{split}.txt",
            lambda line, side=side: _ucf_clip(line, side, known),  # type: ignore[misc]
            grouped=True,
        )
    clips = found.finish()
    warnings = _differs("classes", len(classes), UCF101_CLASSES)
    warnings += _differs("clips", len(clips), UCF101_CLIPS)
    if split == 1:
        warnings += _differs("training clips", sum(c.subset == "train" for c in clips), 9_537)
    return ClipSplit(tuple(classes[number] for number in sorted(classes)), clips, tuple(warnings))


def _ucf_classes(path: Path) -> dict[int, str]:
    classes: dict[int, str] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        digits, _, label = line.strip()[:200].partition(" ")
        label = label.strip()
        if (
            not digits.isdecimal()
            or not label
            or int(digits) in classes
            or label in classes.values()
        ):
            problem = f"{line.strip()[:80]!r} is not a new number and a new class"
            raise InputError("clips.row", f"{path} line {number}", problem, _FIX)
        classes[int(digits)] = label
    if not classes:
        raise InputError("clips.file", str(path), "names no class", _FIX)
    return classes


def _ucf_clip(line: str, side: Side, known: Mapping[str, tuple[int, str]]) -> Clip:
    name, _, number = line.partition(" ")
    folder, _, file = name.partition("/")
    _check_name(name)
    match = _UCF_CLIP.fullmatch(PurePosixPath(file).stem)
    if match is None:
        raise ValueError(f"{name!r} is not <Class>/v_<Class>_gNN_cNN.avi")
    # The lists spell one class differently from its files.
    if folder.casefold() not in known or match["label"].casefold() != folder.casefold():
        raise ValueError(f"unknown class {folder!r}. {did_you_mean(folder, _labels(known))}")
    expected, label = known[folder.casefold()]
    if (side == "train" or number.strip()) and number.strip() != str(expected):
        raise ValueError(f"class number {number.strip()!r} of {label}, expected {expected}")
    return Clip(match.string, name, label, side, f"{label}/g{match['group']}")


def _labels(known: Mapping[str, tuple[int, str]]) -> list[str]:
    return [label for _, label in known.values()]


def read_hmdb51(folder: Path, split: Split) -> ClipSplit:
    """A split of HMDB51: one list for each class, `<class>_test_splitN.txt`.

    Raises:
        InputError: no list, a flag other than 0, 1, 2, a repeated clip; with file and line.
    """
    end = f"_test_split{split}.txt"
    lists = sorted(folder.glob(f"*{end}"))
    if not lists:
        raise InputError("clips.file", str(folder), f"holds no list *{end}", _FIX)
    found = _Collector()
    for path in lists:
        label = path.name.removesuffix(end)
        found.read(
            path,
            lambda line, label=label: _hmdb_clip(line, label),  # type: ignore[misc]
            grouped=False,
        )
    clips = found.finish()
    warnings = _differs("classes", len(lists), HMDB51_CLASSES)
    wanted = {"train": HMDB51_TRAIN, "test": HMDB51_TEST}
    for path in lists:
        label = path.name.removesuffix(end)
        for side, count in wanted.items():
            n = sum(clip.label == label and clip.subset == side for clip in clips)
            warnings += _differs(f"{side} clips of {label}", n, count)
    classes = tuple(path.name.removesuffix(end) for path in lists)
    return ClipSplit(classes, clips, tuple(warnings))


def _hmdb_clip(line: str, label: str) -> Clip | None:
    name, _, flag = line.rpartition(" ")
    name = name.strip()
    if flag not in _HMDB_SIDES:
        raise ValueError(f"{line[:80]!r} is not a file name and 0, 1 or 2")
    _check_name(name)
    if "/" in name:
        raise ValueError(f"{name[:80]!r} is not a file name")
    side = _HMDB_SIDES[flag]
    if side is None:
        return None
    stem = PurePosixPath(name).stem
    # The number at the end counts the clips that were cut from one video.
    return Clip(stem, f"{label}/{name}", label, side, re.sub(r"_\d+$", "", stem))


def _check_name(name: str) -> None:
    if problem := name_problem(name):
        raise ValueError(f"{problem}: {name[:80]!r}")


def _lines(path: Path) -> Iterable[str]:
    try:
        return read_plain(path, _LIST_BYTES).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("clips.file", str(path), "is not UTF-8 text", _FIX) from error


def _differs(what: str, found: int, published: int) -> list[str]:
    return [] if found == published else [f"{found:,} {what}, {published:,} are published"]

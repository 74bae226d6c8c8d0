"""Where a mask data set keeps its lists, pictures and masks, and how its truth is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.challenges.archive_entries import Limits
from common.challenges.palette import VOID, PngHeader, decode_ids, read_header
from common.challenges.payloads import read_plain
from common.core.errors import InputError
from common.core.records import ObjectMask, Subset, check_video_id

_MASK_BYTES = Limits(member_bytes=256 << 20)
_LIST_BYTES = Limits(member_bytes=16 << 20)


@dataclass(frozen=True, slots=True)
class MaskTask:
    """One mask format: where its files lie below the data root.

    Args:
        format: name of the format.
        lists: subset -> list of sequence names.
        annotations: folder of truth masks, `<sequence>/<frame>.png` below it.
        pictures: folder of frames, `<sequence>/<frame>.jpg` below it; may be absent.
        published: list -> number of its sequences and of their frames, where they were published.
    """

    format: str
    lists: Mapping[Subset, str]
    annotations: str
    pictures: str
    published: Mapping[str, tuple[int, int | None]]


@dataclass(frozen=True, slots=True)
class MaskTruth:
    """The truth of one subset: its sequences in the order of the list, read on demand."""

    task: MaskTask
    root: Path
    names: Path
    sequences: tuple[str, ...]

    def count_warnings(self) -> list[str]:
        """A sentence if the list should have another number of sequences or of frames: reduced sets
        are common, a score on one is no leaderboard score.
        """
        name = _below(self.names, self.root)
        n_sequences, n_frames = self.task.published.get(name, (None, None))
        if n_sequences is not None and n_sequences != len(self.sequences):
            return [f"{name}: {len(self.sequences):,} sequences, published are {n_sequences:,}"]
        found = sum(len(self.wanted(sequence)) for sequence in self.sequences) if n_frames else 0
        if n_frames and found != n_frames:
            return [f"{name}: {found:,} frames, published are {n_frames:,}"]
        return []

    def frames(self, sequence: str) -> tuple[str, ...]:
        """Names of the frames that have a truth mask, in order; the evaluator scores these.

        Raises:
            InputError: there is none.
        """
        folder = self.root / self.task.annotations / sequence
        found = tuple(sorted(path.stem for path in folder.glob("*.png")))
        if not found:
            raise InputError(
                "mask.truth", str(folder), "holds no mask", "Give the folder of the data set."
            )
        return found

    def wanted(self, sequence: str) -> tuple[str, ...]:
        """Names of the frames for which a submission must have a mask, in order.

        Test sets publish the first mask only; there the pictures say which frames exist.
        """
        pictures = self.root / self.task.pictures / sequence
        shown = tuple(sorted(path.stem for path in pictures.glob("*.jpg")))
        return shown or self.frames(sequence)

    def mask_path(self, sequence: str, frame: str) -> Path:
        """File of one truth mask."""
        return self.root / self.task.annotations / sequence / f"{frame}.png"

    def header(self, sequence: str, frame: str) -> PngHeader:
        """Header of one truth mask."""
        path = self.mask_path(sequence, frame)
        return read_header(read_plain(path, _MASK_BYTES), str(path))

    def ids(self, sequence: str, frame: str) -> NDArray[np.uint8]:
        """(H, W) object ids of one truth mask, 255 = void."""
        path = self.mask_path(sequence, frame)
        data = read_plain(path, _MASK_BYTES)
        return decode_ids(data, read_header(data, str(path)), str(path))

    def size(self, sequence: str) -> tuple[int, int]:
        """(width, height) of the frames of a sequence."""
        annotated = self.root / self.task.annotations / sequence
        if any(annotated.glob("*.png")):
            header = self.header(sequence, self.frames(sequence)[0])
            return header.width, header.height
        return _picture_size(self.root / self.task.pictures / sequence)

    def n_objects(self, sequence: str) -> int:
        """Largest id of the first frame; void does not count."""
        ids = self.ids(sequence, self.frames(sequence)[0])
        return int(np.where(ids == VOID, 0, ids).max())

    def records(self, sequence: str) -> list[ObjectMask]:
        """One record for each object id of each truth mask of a sequence."""
        found = []
        for frame in self.frames(sequence):
            path = self.mask_path(sequence, frame).relative_to(self.root).as_posix()
            for value in distinct(self.ids(sequence, frame)):
                if value != VOID:
                    found.append(ObjectMask(sequence, frame, value, path))
        return found


def distinct(ids: NDArray[np.uint8]) -> list[int]:
    """The values above 0 that occur, ascending. (A histogram would take ten times as long.)"""
    rest = ids.copy()
    found = []
    while value := int(rest.max()):
        found.append(value)
        rest[rest == value] = 0
    return found[::-1]


def read_truth(task: MaskTask, ground_truth: Path, subset: Subset) -> MaskTruth:
    """The truth of a subset.

    Args:
        task: the format.
        ground_truth: root folder of the data set, or one of its lists of sequences.
        subset: which list to take from a root folder.

    Raises:
        InputError: no list, a malformed or repeated name, or no folder that belongs to the list.
    """
    if ground_truth.is_dir():
        root, names = ground_truth, ground_truth / task.lists[subset]
    else:
        homes = [p for p in ground_truth.parents if (p / task.annotations).is_dir()]
        root, names = (homes[0] if homes else ground_truth.parent), ground_truth
    if not names.is_file():
        raise InputError(
            "mask.list",
            str(names),
            f"no such list of sequences (subset {subset})",
            "Give the root folder of the data set, or the list itself.",
        )
    return MaskTruth(task, root, names, read_names(names))


def _below(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def read_names(path: Path) -> tuple[str, ...]:
    """The sequence names of a list, one on each line; blank lines are left out.

    Raises:
        InputError: not text, no name, a name that cannot be a folder, a repeated name.
    """
    try:
        lines = read_plain(path, _LIST_BYTES).decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(
            "mask.list", str(path), "is not UTF-8 text", "Write one sequence name on each line."
        ) from error
    names: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if name := line.strip():
            check_video_id(name, f"{path} line {number}")
            if name in names:
                raise InputError(
                    "mask.list",
                    f"{path} line {number}",
                    f"{name!r} stands on line {names[name]} already",
                    "Keep each name once.",
                )
            names[name] = number
    if not names:
        raise InputError(
            "mask.list", str(path), "names no sequence", "Write one sequence name on each line."
        )
    return tuple(names)


def _picture_size(folder: Path) -> tuple[int, int]:
    from PIL import Image, UnidentifiedImageError

    for path in sorted(folder.glob("*.jpg"))[:1]:
        try:
            with Image.open(path, formats=("JPEG",)) as picture:
                return picture.size
        except (UnidentifiedImageError, OSError) as error:
            raise InputError(
                "mask.truth", str(path), f"cannot be read ({error})", "Fetch the frames again."
            ) from error
    raise InputError(
        "mask.truth", str(folder), "holds neither masks nor frames", "Give the data set's root."
    )

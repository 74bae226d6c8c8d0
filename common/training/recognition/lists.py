"""Lists of clips: one line `relative-path label` a clip, or a path alone in its class's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from common.core.errors import InputError, did_you_mean
from common.data.clip_list import read_classes


@dataclass(frozen=True, slots=True)
class ClipItem:
    """One line of a list: `path` below the clip folder, `label` a class name, `where` its place."""

    path: str
    label: str
    where: str


def read_list(path: Path, folder: Path) -> list[ClipItem]:
    """The clips of a list.

    Labels are class names, or numbers that `classes.csv` (class, label, role) or UCF101's
    `classInd.txt`, beside the list or in the clip folder, translate. A line without a label takes
    the name of the clip's folder.

    Args:
        path: the list.
        folder: what the paths in it are relative to. Whether the files are there is not looked at.

    Raises:
        InputError: no such list, no clip in it, a number that the class file lacks, a path that
            leaves the folder, a clip twice; with file and line.
    """
    names = _class_names(path.parent, folder)
    items: list[ClipItem] = []
    seen: dict[str, str] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        item = _item(line.strip(), names, f"{path} line {number}")
        if item.path in seen:
            problem = f"{item.path!r} stands in {seen[item.path]} already"
            raise InputError("recognition.list", item.where, problem, "Remove one line.")
        seen[item.path] = item.where
        items.append(item)
    if not items:
        raise InputError("recognition.list", str(path), "names no clip", "Give a list of clips.")
    return items


def class_numbers(items: Sequence[ClipItem], classes: Sequence[str]) -> list[int]:
    """The position of each clip's class in `classes`.

    Raises:
        InputError: a class that is not among them.
    """
    places = {name: place for place, name in enumerate(classes)}
    for item in items:
        if item.label not in places:
            raise InputError(
                "recognition.classes",
                item.where,
                f"class {item.label!r} is not one of the {len(classes)} that the network tells "
                "apart",
                did_you_mean(item.label, classes),
            )
    return [places[item.label] for item in items]


def _item(line: str, names: dict[str, str], where: str) -> ClipItem:
    words = line.rsplit(maxsplit=1)
    name, label = (words[0], words[1]) if len(words) == 2 else (line, None)
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts:
        raise InputError(
            "recognition.list", where, f"{name!r} leaves the clip folder", "Write a path inside it."
        )
    if label is None:
        return ClipItem(name, place.parent.name, where)
    if label in names:
        return ClipItem(name, names[label], where)
    if names and label not in names.values():
        raise InputError(
            "recognition.classes",
            where,
            f"label {label!r} is not in the class file",
            did_you_mean(label, [*names, *names.values()]),
        )
    return ClipItem(name, label, where)


def _class_names(*folders: Path) -> dict[str, str]:
    """What a class file says, number -> name; empty without one."""
    for folder in folders:
        if (folder / "classes.csv").is_file():
            return {entry.number: entry.name for entry in read_classes(folder / "classes.csv")}
        if (folder / "classInd.txt").is_file():
            rows = (line.split() for line in _lines(folder / "classInd.txt") if line.strip())
            return {row[0]: row[-1] for row in rows}
    return {}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "recognition.list", str(path), f"cannot be read as text ({error})", "Check the file."
        ) from error

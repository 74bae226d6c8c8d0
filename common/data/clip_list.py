"""Clip lists (`relative-path label`), class files, and which source video a clip was cut from."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from common.core.errors import InputError, did_you_mean
from common.core.records import SUBSETS, Subset

Role = Literal["target", "background"]
_ROLES: dict[str, Role] = {"target": "target", "background": "background"}


@dataclass(frozen=True, slots=True)
class ClipClass:
    """One class of a class file; `number` is what the lists write."""

    name: str
    number: str
    role: Role


@dataclass(frozen=True, slots=True)
class ListedClip:
    """One line of a list. `group` names the source video; `where` is the file and line."""

    clip: str
    path: str
    label: str
    role: Role
    group: str
    subset: Subset
    where: str


def read_classes(path: Path) -> tuple[ClipClass, ...]:
    """Read a class file: CSV with the columns class, label and role (target or background).

    Raises:
        InputError: missing file or column, a class or label twice, a role that is none.
    """
    rows = csv.DictReader(_lines(path))
    for column in ("class", "label", "role"):
        if column not in (rows.fieldnames or []):
            raise InputError(
                "clips.classes",
                f"{path} line 1",
                f"no column {column!r}",
                "The first line must name class, label and role (target or background).",
            )
    classes: dict[str, ClipClass] = {}
    numbers: set[str] = set()
    for row in rows:
        where = f"{path} line {rows.line_num}"
        name, number, role = (str(row[key] or "").strip() for key in ("class", "label", "role"))
        if not name or not number or name in classes or number in numbers:
            raise InputError(
                "clips.classes",
                where,
                f"class {name!r} with label {number!r} is empty or stands twice",
                "Give each class one line and a label of its own.",
            )
        if role not in _ROLES:
            raise InputError(
                "clips.role", where, f"role is {role!r}", "Write target or background."
            )
        classes[name] = ClipClass(name, number, _ROLES[role])
        numbers.add(number)
    return tuple(classes.values())


def read_clip_lists(
    folder: Path,
    lists: Mapping[Subset, Sequence[str]],
    classes: Sequence[ClipClass],
    group_pattern: str,
) -> list[ListedClip]:
    """Read the lists of all subsets and settle which clip serves which subset.

    A list that several subsets name is divided between them: class by class, whole groups in the
    order of their names. A list file is looked for as it stands, then inside `folder`.

    Args:
        folder: the clip folder; paths in the lists are relative to it.
        lists: subset -> list files.
        classes: `read_classes()`.
        group_pattern: its first bracket, searched for in the clip's name without suffix, is the
            group; a clip that it does not match is a group of its own.

    Raises:
        InputError: missing list or clip, a line that is none, an unknown label, a clip twice, a
            group in two subsets; with file and line.
    """
    users: dict[Path, list[Subset]] = defaultdict(list)
    for subset in SUBSETS:
        for name in lists.get(subset, ()):
            users[_find(folder, name)].append(subset)
    clips: list[ListedClip] = []
    for path, subsets in users.items():
        clips += _divide(_read_list(path, folder, classes, group_pattern), subsets)
    _check_once(clips)
    _check_groups(clips)
    return _with_ids(clips)


def _find(folder: Path, name: str) -> Path:
    for path in (Path(name), folder / name):
        if path.is_file():
            return path
    raise InputError("clips.list", name, "no such list, here or in the clip folder", "Check it.")


def _lines(path: Path) -> list[str]:
    """Lines of a text file; those of Windows files end in two characters, both are cut off."""
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "clips.file", str(path), f"cannot be read as text ({error})", "Check the file."
        ) from error


def _read_list(
    path: Path, folder: Path, classes: Sequence[ClipClass], group_pattern: str
) -> list[ListedClip]:
    by_number = {entry.number: entry for entry in classes}
    pattern = re.compile(group_pattern)
    clips = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        where = f"{path} line {number}"
        words = line.strip().rsplit(maxsplit=1)
        if len(words) != 2:
            raise InputError(
                "clips.line", where, f"{line.strip()!r} is not `relative-path label`", "Mend it."
            )
        name, label = words
        if label not in by_number:
            raise InputError(
                "clips.label",
                where,
                f"label {label!r} is not in the class file",
                did_you_mean(label, by_number),
            )
        _check_clip_path(folder, name, where)
        entry = by_number[label]
        clips.append(
            ListedClip("", name, entry.name, entry.role, _group(name, pattern), "train", where)
        )
    return clips


def _check_clip_path(folder: Path, name: str, where: str) -> None:
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts:
        raise InputError(
            "clips.path", where, f"{name!r} leaves the clip folder", "Write a path inside it."
        )
    if not (folder / name).is_file():
        raise InputError(
            "clips.missing",
            where,
            f"no file {name!r} in {folder}",
            "Put the clip there or remove the line.",
        )


def _group(name: str, pattern: re.Pattern[str]) -> str:
    place = PurePosixPath(name)
    found = pattern.search(place.stem)
    return found[1] if found and found[1] else str(place.with_suffix(""))


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key in which g2 comes before g10."""
    parts = re.findall(r"\d+|\D+", text)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _divide(clips: list[ListedClip], subsets: Sequence[Subset]) -> list[ListedClip]:
    """Give each subset its share of the groups of every class; earlier subsets get the odd one."""
    groups: dict[str, set[str]] = defaultdict(set)
    for clip in clips:
        groups[clip.label].add(clip.group)
    owner: dict[str, Subset] = {}
    for label in sorted(groups):
        ordered = sorted(groups[label], key=_natural)
        for place, group in enumerate(ordered):
            owner.setdefault(group, subsets[place * len(subsets) // len(ordered)])
    return [replace(clip, subset=owner[clip.group]) for clip in clips]


def _check_once(clips: Sequence[ListedClip]) -> None:
    seen: dict[str, str] = {}
    for clip in clips:
        if clip.path in seen:
            raise InputError(
                "clips.twice",
                clip.where,
                f"{clip.path!r} stands in {seen[clip.path]} already",
                "Remove one line.",
            )
        seen[clip.path] = clip.where


def _check_groups(clips: Sequence[ListedClip]) -> None:
    first: dict[str, ListedClip] = {}
    for clip in clips:
        other = first.setdefault(clip.group, clip)
        if other.subset != clip.subset:
            raise InputError(
                "clips.group",
                clip.where,
                f"group {clip.group!r} is in {clip.subset} here and in {other.subset} in "
                f"{other.where}",
                "Clips of one source video must stay in one subset: move the lines, or correct "
                "group_pattern.",
            )


def _with_ids(clips: list[ListedClip]) -> list[ListedClip]:
    """File names as ids where they differ, whole paths otherwise."""
    stems = [PurePosixPath(clip.path).stem for clip in clips]
    paths = [str(PurePosixPath(clip.path).with_suffix("")) for clip in clips]
    names = stems if len(set(stems)) == len(stems) else paths
    ids = [re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:120] for name in names]
    taken: set[str] = set()
    for place, name in enumerate(ids):
        if not name or name in taken:
            raise InputError(
                "clips.name",
                clips[place].where,
                f"{clips[place].path!r} has no name of its own in letters, digits, '_' and '-'",
                "Rename the file.",
            )
        taken.add(name)
    return [replace(clip, clip=name) for clip, name in zip(clips, ids, strict=True)]

"""YAML with line numbers, where a doubled key or a number that YAML reads as text is an error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from common.core.errors import InputError

# YAML 1.1 wants a dot and a sign: it reads 1e-4 as the text "1e-4".
_LOST_NUMBER = re.compile(r"[-+]?(\d+|\d+\.\d*|\.\d+)[eE][-+]?\d+")

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """The values of a YAML file and the line (from 1) of every key and list item."""

    path: Path
    values: dict[str, Any]
    lines: dict[Place, int]

    def where(self, place: Place) -> str:
        """`params.yaml line 12`, for the place or its nearest parent that stands in the file."""
        for end in range(len(place), 0, -1):
            if place[:end] in self.lines:
                return f"{self.path} line {self.lines[place[:end]]}"
        return str(self.path)


def read_yaml(path: Path) -> Document:
    """Read a YAML mapping.

    Raises:
        InputError: no such file, not YAML, no mapping, a key twice, an alias, or a number lost as
            text (`1e-4`).
    """
    try:
        root = yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise InputError(
            "params.file", str(path), f"cannot be read ({error.strerror})", "Check the path."
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise InputError(
            "params.yaml", f"{path}{line}", str(problem), "Correct the YAML."
        ) from error
    if not isinstance(root, yaml.MappingNode):
        raise InputError(
            "params.yaml", str(path), "no mapping at the top", "Write `key: value` lines."
        )
    lines: dict[Place, int] = {}
    return Document(Path(path), _build(root, (), Path(path), lines), lines)


def _build(node: yaml.Node, place: Place, path: Path, lines: dict[Place, int]) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, path, lines)
    if isinstance(node, yaml.SequenceNode):
        items = []
        for index, child in enumerate(node.value):
            lines[*place, index] = child.start_mark.line + 1
            items.append(_build(child, (*place, index), path, lines))
        return items
    if (
        node.tag == "tag:yaml.org,2002:str"
        and node.style is None
        and _LOST_NUMBER.fullmatch(node.value)
    ):
        mantissa, exponent = re.split("[eE]", node.value)
        mended = f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+d}"
        raise InputError(
            "params.number",
            f"{path} line {node.start_mark.line + 1}",
            f"YAML reads {node.value} as text, not as a number",
            f"Write {mended}.",
        )
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        where = f"{path} line {node.start_mark.line + 1}"
        raise InputError(
            "params.yaml", where, f"cannot read {node.value!r}", "Write plain YAML."
        ) from error


def _mapping(
    node: yaml.MappingNode, place: Place, path: Path, lines: dict[Place, int]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, child in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in values:
            raise InputError(
                "params.duplicate",
                f"{path} line {line}",
                f"key {key!r} stands twice, first on line {lines[*place, key]}",
                "Remove one.",
            )
        lines[*place, key] = line
        values[key] = _build(child, (*place, key), path, lines)
    return values

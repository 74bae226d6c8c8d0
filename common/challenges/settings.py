"""Settings of an evaluation from a JSON file and from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec

from common.challenges.formats import Settings
from common.challenges.payloads import read_plain
from common.core.errors import InputError, did_you_mean

# Official files and people spell the subsets in their own ways.
_SUBSETS = {"training": "train", "val": "validation", "testing": "test"}


def read_settings(path: Path | None, flags: Mapping[str, Any]) -> Settings:
    """Settings of a file, overridden by the flags that are not None.

    Raises:
        InputError: not a JSON object, an unknown key, or a value of the wrong type.
    """
    given = _document(path) if path else {}
    given |= {key: value for key, value in flags.items() if value is not None}
    where = str(path) if path else "command line"
    known = [field.name for field in fields(Settings)]
    for key in given:
        if key not in known:
            problem = f"unknown setting {key!r}"
            raise InputError("settings.key", where, problem, did_you_mean(key, known))
    if isinstance(given.get("subset"), str):
        given["subset"] = _SUBSETS.get(given["subset"], given["subset"])
    try:
        return msgspec.convert(given, Settings)
    except msgspec.ValidationError as error:
        raise InputError(
            "settings.value", where, str(error), "The page on evaluators lists the settings."
        ) from error


def _document(path: Path) -> dict[str, Any]:
    data = read_plain(path)
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            "settings.file", str(path), f"is not a JSON object ({error})", "Write one object."
        ) from error

"""Read `params.yaml`, lay the profile over the common values, validate, and say where each value
comes from.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from common.core.errors import InputError, did_you_mean
from common.core.files import write_text
from common.core.params.schema import PROFILES, Params, Profile
from common.core.params.strict_yaml import Document, Place, read_yaml

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class ParamsFile:
    """A params file: the profile in force and the resolved params of every profile."""

    document: Document
    profile: Profile
    resolved: dict[Profile, Params]

    def origin(self, place: Place) -> str:
        """Where the value at `place` of the resolved params stands: `params.yaml line 12`."""
        for candidate in _places(place, self.profile):
            if candidate in self.document.lines:
                return self.document.where(candidate)
        return self.document.where(place)


def params_path() -> Path:
    """`params.yaml` of the working copy, or the file that EMC2_PARAMS names."""
    return Path(os.environ.get("EMC2_PARAMS", ROOT / "params.yaml"))


def load_params(profile: Profile | None = None) -> Params:
    """The params of the profile in force, or of another one. All profiles are checked in any
    case.
    """
    file = read_params_file(params_path())
    return file.resolved[profile or file.profile]


@cache
def read_params_file(path: Path) -> ParamsFile:
    """Read and check a params file.

    Raises:
        InputError: unknown or doubled key, wrong type, value out of range; with file, line and the
            nearest known key.
    """
    document = read_yaml(path)
    profile = document.values.get("profile")
    if profile not in PROFILES:
        raise InputError(
            "params.profile",
            document.where(("profile",)),
            f"profile is {profile!r}",
            f"Choose one of {', '.join(PROFILES)}: `emc2 profile use NAME`.",
        )
    return ParamsFile(document, profile, {name: _resolve(document, name) for name in PROFILES})


def _resolve(document: Document, profile: Profile) -> Params:
    values: dict[str, Any] = {}
    for name, section in document.values.items():
        values[name] = (
            _overlay(document, name, section, profile) if isinstance(section, dict) else section
        )
    values["profile"] = profile
    try:
        return Params.model_validate(values)
    except ValidationError as error:
        raise _first_fault(document, profile, error) from None


def _overlay(
    document: Document, name: str, section: dict[str, Any], profile: Profile
) -> dict[str, Any]:
    common = {key: value for key, value in section.items() if key != "profiles"}
    profiles = section.get("profiles", {})
    for key in profiles:
        if key not in PROFILES:
            raise InputError(
                "params.unknown",
                document.where((name, "profiles", key)),
                f"no profile {key!r}",
                did_you_mean(key, PROFILES),
            )
    return cast(dict[str, Any], _merge(common, profiles.get(profile) or {}))


def _merge(base: Any, over: Any) -> Any:
    """`over` laid over `base`: mappings merge key by key, anything else replaces."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {
            key: _merge(base[key], over[key])
            if key in base and key in over
            else over.get(key, base.get(key))
            for key in [*base, *(k for k in over if k not in base)]
        }
    return over


def _places(place: Place, profile: Profile) -> list[Place]:
    """Where the value of a resolved place may stand in the file: the profile's change first."""
    return [(place[0], "profiles", profile, *place[1:]), place] if place else [place]


def _first_fault(document: Document, profile: Profile, error: ValidationError) -> InputError:
    fault = error.errors(include_url=False)[0]
    place: Place = fault["loc"]
    where = document.where(place)
    for candidate in _places(place, profile):
        if candidate in document.lines:
            where = document.where(candidate)
            break
    dotted = ".".join(map(str, place))
    if fault["type"] == "extra_forbidden":
        return InputError(
            "params.unknown",
            where,
            f"unknown key {dotted!r}",
            did_you_mean(str(place[-1]), _siblings(place)),
        )
    if fault["type"] == "missing":
        return InputError(
            "params.missing", where, f"key {dotted!r} is missing in profile {profile}", "Add it."
        )
    return InputError(
        "params.value",
        where,
        f"{dotted} = {fault['input']!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}",
        "Correct the value; `emc2 params --schema` prints what each key takes.",
    )


def _siblings(place: Place) -> list[str]:
    """The known keys beside an unknown one."""
    model: Any = Params
    for key in place[:-1]:
        field = getattr(model, "model_fields", {}).get(key)
        if field is None:
            return []
        model = field.annotation
    return list(getattr(model, "model_fields", {}))


def choose_profile(profile: str) -> None:
    """Rewrite the one line of params.yaml that names the profile.

    Raises:
        InputError: no such profile, or the file has no `profile:` line of its own.
    """
    if profile not in PROFILES:
        raise InputError(
            "params.profile", "profile", f"no profile {profile!r}", did_you_mean(profile, PROFILES)
        )
    path = params_path()
    line = read_yaml(path).lines.get(("profile",))
    if line is None:
        raise InputError(
            "params.profile",
            str(path),
            "no `profile:` line",
            "Write `profile: sample` as its first line.",
        )
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    comment = re.search(r"\s+#.*$", rows[line - 1])
    rows[line - 1] = f"profile: {profile}{comment.group(0).rstrip() if comment else ''}\n"
    write_text(path, "".join(rows))
    read_params_file.cache_clear()

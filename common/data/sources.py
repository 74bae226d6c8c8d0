"""`sources.yaml`: everything that is fetched, pinned, and everything that the user supplies."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator

from common.core.errors import InputError, did_you_mean
from common.core.params import Profile
from common.core.params.section import Section
from common.core.params.strict_yaml import Document, read_yaml

SOURCES_FILE = Path(__file__).with_name("sources.yaml")

Kind = Literal["annotations", "tables", "annotated", "weights", "videos", "features", "clips"]


class Source(Section):
    """One entry of `sources.yaml`. Fetched: `url` and `file`; supplied by the user: `how`.

    `sha256_prefix` are the eight hex digits that publishers put into a file name; they must be
    those of `url`.
    """

    kind: Kind
    licence: str = Field(min_length=1)
    purpose: str = Field(min_length=1)
    needed_by: dict[Profile, list[str]]
    url: str | None = None
    file: str | None = None
    bytes: int | None = Field(default=None, gt=0)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    sha256_prefix: str | None = Field(default=None, pattern=r"^[0-9a-f]{8}$")
    supplied: Literal["user"] | None = None
    how: str | None = None

    @model_validator(mode="after")
    def _is_fetched_or_supplied(self) -> Self:
        if self.supplied:
            if self.url or self.file or not self.how:
                raise ValueError("a supplied entry has `how`, and neither `url` nor `file`")
            return self
        if not self.url or not self.file or self.how:
            raise ValueError("a fetched entry has `url` and `file`, and no `how`")
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise ValueError("`url` must begin with http:// or https://")
        place = PurePosixPath(self.file)
        if place.is_absolute() or ".." in place.parts or "\\" in self.file:
            raise ValueError("`file` must be a path below the data folder")
        if self.sha256_prefix and f"-{self.sha256_prefix}." not in self.url:
            raise ValueError("`sha256_prefix` does not stand in the file name of `url`")
        if self.sha256 and not self.sha256.startswith(self.sha256_prefix or ""):
            raise ValueError("`sha256` does not begin with `sha256_prefix`")
        return self

    def tracks(self, profile: Profile) -> list[str]:
        """The tracks that cannot run `profile` without this."""
        return self.needed_by.get(profile, [])


Sources = dict[str, Source]


@cache
def read_sources(path: Path = SOURCES_FILE) -> Sources:
    """All entries of a sources file by name, in the order of the file.

    Raises:
        InputError: unknown or doubled key, a hash that is none, an entry that is neither fetched
            nor supplied; with file, line and entry.
    """
    document = read_yaml(path)
    sources = {name: _entry(document, name) for name in document.values}
    _check_files_differ(document, sources)
    return sources


def get_source(sources: Sources, name: str) -> Source:
    """The entry `name`.

    Raises:
        InputError: no such entry; names the nearest one.
    """
    if name not in sources:
        raise InputError("data.name", name, "no such source", did_you_mean(name, sources))
    return sources[name]


def names_for(sources: Sources, profile: Profile, track: str | None = None) -> list[str]:
    """The entries that `profile` needs, of one track or of all."""
    return [
        name
        for name, source in sources.items()
        if (tracks := source.tracks(profile)) and (track is None or track in tracks)
    ]


def _entry(document: Document, name: str) -> Source:
    try:
        return Source.model_validate(document.values[name])
    except ValidationError as error:
        # A misspelt key is also a missing one: the misspelling tells more.
        faults = error.errors(include_url=False)
        fault = min(faults, key=lambda f: f["type"] != "extra_forbidden")
    place = (name, *fault["loc"])
    key = str(fault["loc"][-1]) if fault["loc"] else ""
    where = document.where(place)
    if fault["type"] == "extra_forbidden":
        raise InputError(
            "sources.unknown",
            where,
            f"{name}: unknown key {key!r}",
            did_you_mean(key, Source.model_fields),
        )
    problem = fault["msg"].removeprefix("Value error, ")
    raise InputError(
        "sources.value",
        where,
        f"{'.'.join(map(str, place))}: {problem[0].lower()}{problem[1:]}",
        "Correct the entry; the head of sources.yaml says what each key means.",
    )


def _check_files_differ(document: Document, sources: Sources) -> None:
    seen: dict[str, str] = {}
    for name, source in sources.items():
        if source.file is None:
            continue
        if source.file in seen:
            raise InputError(
                "sources.file",
                document.where((name, "file")),
                f"{name} and {seen[source.file]} would both be {source.file}",
                "Give each entry its own file.",
            )
        seen[source.file] = name

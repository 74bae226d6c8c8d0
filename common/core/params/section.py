"""The base of every section of `params.yaml`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A group of params: unknown keys and wrong types are errors, and nothing changes after
    reading.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

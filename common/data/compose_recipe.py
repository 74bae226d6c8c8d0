"""The recipe of one composition: the params, with what a command changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from common.core.errors import InputError
from common.core.params import load_params
from common.core.params.composed import Composed
from common.core.records import SUBSETS, Subset

T = TypeVar("T")


def clips_recipe() -> Composed:
    """`world.composed` of the clips profile.

    Raises:
        InputError: params.yaml has none.
    """
    recipe = load_params("clips").world.composed
    if recipe is None:
        raise InputError(
            "params.missing",
            "params.yaml world.profiles.clips",
            "there is no composed section",
            "Add it: docs/data.md lists its keys.",
        )
    return recipe


def change_recipe(
    recipe: Composed,
    lists: Sequence[str],
    videos: Sequence[str],
    subset: Subset,
    changes: Mapping[str, Any],
) -> Composed:
    """Lay a command's options over the params.

    Args:
        recipe: the params.
        lists: `FILE` or `SUBSET=FILE`; none: those of the params.
        videos: `N` or `SUBSET=N`; none: those of the params.
        subset: what a plain `FILE` or `N` is meant for.
        changes: other keys of the section; None means unchanged.

    Raises:
        InputError: a value that the section does not take.
    """
    document = recipe.model_dump(mode="json")
    if lists:
        chosen = _by_subset(lists, subset)
        document["lists"] = {key: chosen[key] for key in SUBSETS if key in chosen}
        document["videos"] = {key: recipe.videos.get(key, 1) for key in document["lists"]}
    for key, counts in _by_subset(videos, subset).items():
        document["videos"][key] = _number(counts[-1], "--videos")
    document |= {key: value for key, value in changes.items() if value is not None}
    try:
        return Composed.model_validate(document)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
    place = ".".join(map(str, ("world.composed", *fault["loc"])))
    raise InputError(
        "compose.value",
        place,
        f"{fault['input']!r}: {fault['msg'].removeprefix('Value error, ')}",
        "Correct the option, or params.yaml where no option was given.",
    )


def bounds(text: str, option: str) -> dict[str, int]:
    """`2-6` as smallest and largest value; `4` is both."""
    low, _, high = text.partition("-")
    return {"min": _number(low, option), "max": _number(high or low, option)}


def size(text: str) -> tuple[int, int]:
    """`160x120` as width and height."""
    width, _, height = text.partition("x")
    return _number(width, "--size"), _number(height, "--size")


def _number(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(
            "compose.value", option, f"{text!r} is not a whole number", "Correct it."
        ) from None


def _by_subset(words: Sequence[str], default: Subset) -> dict[Subset, list[str]]:
    """`SUBSET=VALUE` words by subset; a word without a subset goes to `default`."""
    found: dict[Subset, list[str]] = {}
    for word in words:
        head, equals, tail = word.partition("=")
        key: Subset = head if equals and head in get_args(Subset) else default  # type: ignore[assignment]
        found.setdefault(key, []).append(tail if key == head and equals else word)
    return found

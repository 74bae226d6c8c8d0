"""Segments of an EPIC recognition file: fast decoders and the arrays of scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from common.challenges.epic.annotations import N_NOUNS, N_VERBS
from common.challenges.json_reading import count_colons, member_place, shown
from common.challenges.result_file import plain_value
from common.challenges.temporal.columns import Floats
from common.core.errors import InputError

N_ACTIONS = 100
CLASSES = {"verb": N_VERBS, "noun": N_NOUNS}
_FIX = "Run `emc2 validate` on the file for every place."


def _class_scores(name: str, n_classes: int) -> type[msgspec.Struct]:
    """A record with one required number per class; decodes three times as fast as a dict."""
    names = [f"class_{c}" for c in range(n_classes)]
    keys = {name: str(c) for c, name in enumerate(names)}
    return msgspec.defstruct(
        name, [(n, float) for n in names], rename=keys, forbid_unknown_fields=True, gc=False
    )


_Verbs = _class_scores("Verbs", N_VERBS)
_Nouns = _class_scores("Nouns", N_NOUNS)
_Actions = dict[str, float]


def _segment_decoder(name: str, strict: bool) -> msgspec.json.Decoder[Any]:
    fields = [("verb", _Verbs), ("noun", _Nouns)]
    optional = ("action", _Actions | msgspec.UnsetType if strict else msgspec.Raw, msgspec.UNSET)
    kind = msgspec.defstruct(name, [*fields, optional], forbid_unknown_fields=strict, gc=False)
    return msgspec.json.Decoder(kind)


_STRICT = _segment_decoder("StrictSegment", strict=True)
_LOOSE = _segment_decoder("LooseSegment", strict=False)


def decode_strictly(raw: Any) -> Any:
    """One segment if it is certainly right in form, else None.

    Its members: `verb`, `noun`, and `action` (a dict, or UNSET).
    """
    if not isinstance(raw, msgspec.Raw):
        return None
    try:
        segment = _STRICT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # Colons count keys: fewer keys than colons means that a key was repeated.
    n_keys = 2 + N_VERBS + N_NOUNS
    if segment.action is not msgspec.UNSET:
        n_keys += 1 + len(segment.action) + sum(key.count(":") for key in segment.action)
    return segment if count_colons(raw) == n_keys else None


def score_arrays(results: Mapping[str, Any], where: str) -> tuple[Floats, Floats]:
    """(N, 97) verb and (N, 300) noun scores, in the order of the file.

    Raises:
        InputError: a segment that lacks a class, or whose score is no number.
    """
    verbs = np.empty((len(results), N_VERBS))
    nouns = np.empty((len(results), N_NOUNS))
    for row, (narration, raw) in enumerate(results.items()):
        segment = _decoded_loosely(raw)
        if segment is None:
            place = f"{where} {member_place('$.results', narration)}"
            item = plain_value(raw, place)
            verbs[row] = _plain_scores(item, "verb", place)
            nouns[row] = _plain_scores(item, "noun", place)
        else:
            verbs[row] = msgspec.structs.astuple(segment.verb)
            nouns[row] = msgspec.structs.astuple(segment.noun)
    return verbs, nouns


def _decoded_loosely(raw: Any) -> Any:
    if not isinstance(raw, msgspec.Raw):
        return None
    try:
        return _LOOSE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _plain_scores(item: Any, kind: str, place: str) -> list[float]:
    """Scores of all classes by number, from a segment that the fast decoder refused."""
    scores = item.get(kind) if isinstance(item, dict) else None
    if not isinstance(scores, dict):
        problem = f"{shown(scores)}, an object class -> score is expected"
        raise InputError(f"epic.{kind}", f"{place}.{kind}", problem, _FIX)
    found: list[float] = []
    for number in range(CLASSES[kind]):
        value = scores.get(str(number))
        found.append(_plain_score(value, f'{place}.{kind}["{number}"]'))
    return found


def _plain_score(value: Any, place: str) -> float:
    try:
        if isinstance(value, int | float):
            return float(value)
    except OverflowError:
        pass
    raise InputError("epic.score", place, f"{shown(value)}, a score is expected", _FIX)

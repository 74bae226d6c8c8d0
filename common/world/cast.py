"""What can happen in the rendered world: its actions, verb by noun, and what each one needs.

One table serves all tracks: a temporal class is a pair `verb noun`, an atomic action of a box is
the verb.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Room = Literal["kitchen", "gym", "street", "park"]
Held = Literal["ball", "cup", "box", "broom"]
Kind = Literal["body", "object", "person"]

ROOMS: tuple[Room, ...] = ("kitchen", "gym", "street", "park")
POSES: tuple[str, ...] = ("stand", "walk", "sit", "bend", "jump")
# Actions that only one box among several persons can carry: they never are a class of a segment.
BYSTANDER_ACTIONS: tuple[str, ...] = ("take", "watch")
NO_NOUN = "-"


@dataclass(frozen=True, slots=True)
class Action:
    """One pair of verb and noun.

    Attributes:
        kind: whom it concerns: the own body, an object, another person.
        seconds: shortest, median and longest duration of an instance, before clipping to a video.
        room: the room it usually happens in (the scene bias).
        before, after: what the hands hold when it starts and ends.
        prop: what stands at the place of action (`door`, `chair`, ...), or None.
        seated: whether the actor sits before and after.
        follow: labels that naturally come next, at the same place or with the same object.
    """

    verb: str
    noun: str
    kind: Kind
    seconds: tuple[float, float, float]
    room: Room
    before: Held | None = None
    after: Held | None = None
    prop: str | None = None
    seated: tuple[bool, bool] = (False, False)
    follow: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """`push box`; the verb alone where there is no noun."""
        return self.verb if self.noun == NO_NOUN else f"{self.verb} {self.noun}"


_QUICK = (1.0, 1.2, 1.7)
_ONCE = (1.1, 1.8, 4.5)
_LONG = (1.6, 3.3, 30.0)
# On the move: a longer one would leave the painted room.
_TRAVEL = (1.6, 3.3, 15.0)

_TABLE = (
    Action("push", "box", "object", _TRAVEL, "street", prop="box", follow=("pull box",)),
    Action("push", "chair", "object", _TRAVEL, "gym", prop="chair", follow=("pull chair",)),
    Action("pull", "box", "object", _TRAVEL, "street", prop="box", follow=("push box",)),
    Action("pull", "chair", "object", _TRAVEL, "gym", prop="chair", follow=("push chair",)),
    Action(
        "pick up",
        "ball",
        "object",
        _ONCE,
        "park",
        after="ball",
        follow=("put down ball", "throw ball", "give ball", "carry ball"),
    ),
    Action("pick up", "box", "object", _ONCE, "street", after="box", follow=("put down box",)),
    Action(
        "pick up",
        "cup",
        "object",
        _ONCE,
        "kitchen",
        after="cup",
        prop="table",
        follow=("drink cup", "put down cup", "give cup", "carry cup"),
    ),
    Action("put down", "ball", "object", _ONCE, "gym", before="ball"),
    Action("put down", "box", "object", _ONCE, "street", before="box"),
    Action("put down", "cup", "object", _ONCE, "kitchen", before="cup", prop="table"),
    Action("open", "door", "object", _ONCE, "kitchen", prop="door", follow=("close door",)),
    Action("open", "box", "object", _ONCE, "street", prop="box", follow=("close box",)),
    Action("close", "door", "object", _ONCE, "street", prop="door", follow=("open door",)),
    Action("close", "box", "object", _ONCE, "street", prop="box", follow=("open box", "push box")),
    Action(
        "stand up",
        "chair",
        "object",
        _ONCE,
        "park",
        prop="chair",
        seated=(True, False),
        follow=("sit down chair",),
    ),
    Action(
        "sit down",
        "chair",
        "object",
        _ONCE,
        "kitchen",
        prop="chair",
        seated=(False, True),
        follow=("stand up chair",),
    ),
    Action("throw", "ball", "object", _QUICK, "park", before="ball", follow=("catch ball",)),
    Action(
        "catch",
        "ball",
        "object",
        _QUICK,
        "gym",
        after="ball",
        follow=("throw ball", "put down ball", "carry ball"),
    ),
    Action(
        "turn left", "wheel", "object", _LONG, "gym", prop="wheel", follow=("turn right wheel",)
    ),
    Action(
        "turn right", "wheel", "object", _LONG, "gym", prop="wheel", follow=("turn left wheel",)
    ),
    Action("sweep", "floor", "object", _LONG, "kitchen", before="broom", after="broom"),
    Action(
        "drink",
        "cup",
        "object",
        _LONG,
        "kitchen",
        before="cup",
        after="cup",
        follow=("put down cup", "give cup"),
    ),
    Action("wave", NO_NOUN, "body", _LONG, "park"),
    Action("jump", NO_NOUN, "body", _LONG, "gym"),
    Action("clap", NO_NOUN, "body", _LONG, "gym"),
    Action("shake hands", "person", "person", _LONG, "street", prop="partner"),
    Action("give", "ball", "person", _ONCE, "street", before="ball", prop="partner"),
    Action("give", "cup", "person", _ONCE, "kitchen", before="cup", prop="partner"),
    Action(
        "carry",
        "ball",
        "object",
        _TRAVEL,
        "park",
        before="ball",
        after="ball",
        follow=("throw ball", "put down ball"),
    ),
    Action(
        "carry",
        "cup",
        "object",
        _TRAVEL,
        "kitchen",
        before="cup",
        after="cup",
        follow=("put down cup",),
    ),
)

ACTIONS: dict[str, Action] = {action.label: action for action in _TABLE}

# What must have been picked up, in full view, earlier in the same video: when it is carried behind
# the back nothing else tells ball from cup.
EARLIER: dict[str, str] = {"carry ball": "pick up ball", "carry cup": "pick up cup"}


def zipf_counts(n_classes: int, total: int, exponent: float, least: int) -> list[int]:
    """Instances of each class, by rank: proportional to rank^-exponent, at least `least`.

    Returns:
        `n_classes` falling numbers with the sum `total` (more, where `least` forces it).
    """
    weights = [rank**-exponent for rank in range(1, n_classes + 1)]
    share = [total * weight / sum(weights) for weight in weights]
    counts = [max(least, int(value)) for value in share]
    # What rounding left over goes to the largest remainders, then from the front.
    by_remainder = sorted(range(n_classes), key=lambda rank: (int(share[rank]) - share[rank], rank))
    for rank in by_remainder[: max(0, total - sum(counts))]:
        counts[rank] += 1
    return sorted(counts, reverse=True)


# What a class becomes in a mirror; all others stay what they are.
MIRRORED: dict[str, str] = {
    "turn left wheel": "turn right wheel",
    "turn right wheel": "turn left wheel",
}

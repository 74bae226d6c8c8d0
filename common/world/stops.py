"""Where each instance of a script takes place: on the spot, a walk away, or after a cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from common.world.actions import act
from common.world.cast import ACTIONS, Action
from common.world.interlude import WALK_SPEED
from common.world.script import Instance

Link = Literal["start", "same", "stay", "walk", "cut"]

_LONGEST_WALK, _SHORTEST_WALK = 11.0, 6.5
_EXTRA_CUT = 0.35
_NEARBY = 230.0  # the actor turns back when further from the middle of the room, pixels

# Pairs that go on with the very thing that the first one left where it is.
_SAME_THING = {
    ("push", "pull"), ("pull", "push"), ("push", "push"), ("pull", "pull"),
    ("turn left", "turn right"), ("turn right", "turn left"),
    ("turn left", "turn left"), ("turn right", "turn right"),
    ("open", "close"), ("close", "open"), ("sit down", "stand up"), ("stand up", "sit down"),
    ("put down", "pick up"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stop:
    """An instance and its place.

    Attributes:
        x: pixels along the room; facing: 1 right, -1 left.
        shot: number of the shot; cut: time of the cut before it, None without one.
    """

    instance: Instance
    action: Action
    link: Link
    x: float
    facing: int
    shot: int
    cut: float | None


def plan_stops(instances: Sequence[Instance], unit: float, rng: np.random.Generator) -> list[Stop]:
    """Place the instances of one video; `unit` is pixels per u."""
    stops: list[Stop] = []
    x, facing, shot, clock = 0.0, 1 if rng.random() < 0.5 else -1, 0, 0.0
    for instance in instances:
        action = ACTIONS[instance.label]
        gap = instance.start - clock
        link = _link(stops[-1].action, action, gap, rng) if stops else "start"
        cut = None
        if link == "walk":
            facing, x = _walk(x, facing, gap, unit, rng)
        elif link == "cut":
            shot += 1
            cut = clock + gap * float(rng.uniform(0.3, 0.7))
            x = _elsewhere(x, rng)
            facing = 1 if rng.random() < 0.5 else -1
        stops.append(Stop(instance, action, link, x, facing, shot, cut))
        x += facing * unit * _travel(instance, action)
        clock = instance.end
    return stops


def _travel(instance: Instance, action: Action) -> float:
    """How far the actor has gone at the end, u."""
    duration = instance.end - instance.start
    end = act(action.verb, action.noun, np.array([duration]), duration, instance.style)
    return float(end.travel[0])


def _link(before: Action, after: Action, gap: float, rng: np.random.Generator) -> Link:
    same = (before.verb, after.verb) in _SAME_THING and before.noun == after.noun
    if before.seated[1] != after.seated[0] or (after.seated[0] and not same):
        return "cut"
    if before.after != after.before and {"box", "broom"} & {before.after, after.before}:
        return "cut"
    if rng.random() < _EXTRA_CUT:
        return "cut"
    if same:
        return "same"
    needs_place = after.prop is not None or after.verb == "pick up"
    has_time = gap > _SHORTEST_WALK / WALK_SPEED + 0.7
    if needs_place:
        return "walk" if has_time else "cut"
    return "walk" if has_time and rng.random() < 0.5 else "stay"


def _walk(
    x: float, facing: int, gap: float, unit: float, rng: np.random.Generator
) -> tuple[int, float]:
    if abs(x) > _NEARBY:
        facing = -1 if x > 0 else 1
    elif rng.random() < 0.3:
        facing = -facing
    reachable = min(_LONGEST_WALK, (gap - 0.7) * WALK_SPEED)
    return facing, x + facing * unit * float(rng.uniform(_SHORTEST_WALK, reachable))


def _elsewhere(x: float, rng: np.random.Generator) -> float:
    """A place out of sight of the last one, so that a cut changes the background."""
    shift = float(rng.uniform(110.0, 220.0))
    return x - shift if x > 0 else x + shift

"""The actions: time since the start -> pose, travel and things, for all frames at once.

Each function takes times that may lie before 0 or after the duration: there everything rests at
its first or last state (a thrown ball flies on). Reversed pairs are one function read backwards, so
that no single frame can tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from common.world import acts_of_people as people
from common.world import acts_with_things as things
from common.world.body import Array
from common.world.motion import Motion, Style

Act = Callable[[Array, float, str, Style], Motion]


def backwards(act: Act) -> Act:
    """The same action with time running the other way; travel starts at 0 again.

    Things need no shift: their places are given in the frame that moves with the actor.
    """

    def reversed_act(t: Array, duration: float, noun: str, style: Style) -> Motion:
        motion = act(duration - t, duration, noun, style)
        start = act(np.array([duration]), duration, noun, style).travel
        return replace(motion, travel=motion.travel - start)

    return reversed_act


ACTS: dict[str, Act] = {
    "push": things.push,
    "pull": things.pull,
    "pick up": things.pick_up,
    "put down": backwards(things.pick_up),
    "open": things.open_door,
    "close": backwards(things.open_door),
    "sit down": things.sit_down,
    "stand up": backwards(things.sit_down),
    "throw": things.throw,
    "catch": backwards(things.throw),
    "turn left": things.turn_left,
    "turn right": things.turn_right,
    "sweep": things.sweep,
    "drink": things.drink,
    "wave": people.wave,
    "jump": people.jump,
    "clap": people.clap,
    "shake hands": people.shake_hands,
    "give": people.give,
    "carry": things.carry,
}


def act(verb: str, noun: str, t: Array, duration: float, style: Style) -> Motion:
    """The motion of an action at times t (n,) seconds after its start."""
    if noun == "box" and verb in ("open", "close"):
        function = things.open_box if verb == "open" else backwards(things.open_box)
    else:
        function = ACTS[verb]
    return function(t, duration, noun, style)

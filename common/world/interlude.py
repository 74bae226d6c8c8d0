"""What people do between instances: stand, walk over, take something out or put it away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.world.body import Array, ease, standing
from common.world.cast import Action
from common.world.motion import hide_hands, hold, seated

WALK_SPEED = 4.6  # u/s, about 1.1 m/s
GESTURES = ("look", "scratch", "shift", "")


@dataclass(frozen=True, slots=True)
class Held:
    """What the actor holds, and whether behind the back."""

    kind: str | None = None
    behind: bool = False

    @property
    def hands_free(self) -> bool:
        """Whether the arms can swing."""
        return self.kind is None


def held_before(action: Action) -> Held:
    """What must be held when an action begins."""
    return Held(action.before, action.verb == "carry")


def held_after(action: Action) -> Held:
    """What is held when it has ended."""
    return Held(action.after, action.verb == "carry")


def change_frame(before: Held, after: Held, n: int, fps: int, rng: np.random.Generator) -> int:
    """Frame of a gap of n at which the hands change what they hold; n if they do not."""
    if before == after:
        return n
    # What is to be carried out of sight disappears soon: the gap must not give it away.
    if after.behind or n < fps:
        return min(n - 1, int(0.55 * fps))
    return int(n * rng.uniform(0.35, 0.65))


def resting(n: int, change: int, before: Held, after: Held, sits: bool, fps: int) -> Array:
    """(n, SIZE) of somebody at rest; around frame `change` the hands go behind the back."""
    if sits:
        return seated(n)
    pose = standing(n)
    for rows, held in ((slice(0, change), before), (slice(change, n), after)):
        part = pose[rows]
        if held.behind:
            hide_hands(part, np.ones(len(part)))
        else:
            hold(part, held.kind)
    if change < n:
        near = np.clip(1.0 - np.abs(np.arange(n) - change) / (0.45 * fps), 0.0, 1.0)
        hide_hands(pose, ease(near * 1.3))
    return pose


def walk_over(t: Array, distance: float, fps: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Distance walked (n,) u and how much the legs walk (n,) 0 to 1, some time within a gap.

    Args:
        t: (n,) seconds since the gap began.
        distance: u to go.
    """
    if distance < 0.2:
        return np.zeros(len(t)), np.zeros(len(t))
    span = float(t[-1]) + 1.0 / fps
    seconds = min(span, max(distance / WALK_SPEED + 0.35, 0.8))
    begin = float(rng.uniform(0.0, 1.0)) * max(0.0, span - seconds - 0.25)
    s = np.clip((t - begin) / seconds, 0.0, 1.0)
    ramp = min(0.35 / seconds, 0.45)
    # Distance of a speed that rises and falls evenly within the ramps.
    covered = np.where(s < ramp, s * s / (2 * ramp), s - ramp / 2)
    covered -= np.maximum(s - (1 - ramp), 0.0) ** 2 / (2 * ramp)
    moving = np.minimum(ease(s / ramp), ease((1 - s) / ramp))
    return distance * covered / (1 - ramp), moving

"""What actions and background activity hand to the renderer: poses, travel and things over time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from common.world.body import (
    ANKLE,
    GAZE,
    LEAN,
    LEFT_FOOT,
    LEFT_HAND,
    PELVIS_X,
    PELVIS_Y,
    PITCH,
    RIGHT_FOOT,
    RIGHT_HAND,
    Array,
    ease,
    standing,
)

# Where a thing is at a frame: at a place in the body frame, in hands, out of sight behind the
# holder's back, in the partner's hands, or nowhere.
PLACED, RIGHT, BOTH, BEHIND, PARTNER, GONE = range(6)

# Of one full step cycle: four times the reach of a foot before the hip.
STEP_REACH = 0.95
STRIDE = 4.0 * STEP_REACH


@dataclass(frozen=True, slots=True)
class Style:
    """How one actor does one instance: drawn once, so that two instances never look alike."""

    rate: float = 1.0
    lean: float = 0.2
    phase: float = 0.0
    reach: float = 0.0


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing an action moves. Arrays over the sampled times; positions in the actor's frame, u.

    `angle` is in radians as seen on the screen for a wheel, in the body frame for the rest;
    `opened` goes from 0 (closed) to 1.
    """

    kind: str
    mode: NDArray[np.int64]
    x: Array
    y: Array
    angle: Array
    opened: Array


@dataclass(frozen=True, slots=True)
class Motion:
    """One actor over n sampled times: poses (n, SIZE), travel (n,) u along the facing, things."""

    pose: Array
    travel: Array
    things: tuple[Thing, ...] = ()
    partner: Array | None = field(default=None)


def thing(
    kind: str,
    n: int,
    x: Array | float = 0.0,
    y: Array | float = 0.0,
    mode: NDArray[np.int64] | int = PLACED,
    angle: Array | float = 0.0,
    opened: Array | float = 0.0,
) -> Thing:
    """A `Thing` whose numbers may be constants."""
    full = [
        np.broadcast_to(np.asarray(value, float), (n,)).copy() for value in (x, y, angle, opened)
    ]
    return Thing(kind, np.broadcast_to(np.asarray(mode, np.int64), (n,)).copy(), *full)


def hold(pose: Array, held: str | None) -> Array:
    """Put the hands where they hold something at ease (in place)."""
    if held == "ball":
        pose[:, RIGHT_HAND], pose[:, LEFT_HAND] = (1.15, 4.45, 0.45), (1.15, 4.45, -0.45)
    elif held == "cup":
        pose[:, RIGHT_HAND] = (1.15, 4.55, 0.7)
    elif held == "box":
        pose[:, RIGHT_HAND], pose[:, LEFT_HAND] = (1.35, 3.95, 0.8), (1.35, 3.95, -0.8)
    elif held == "broom":
        pose[:, RIGHT_HAND], pose[:, LEFT_HAND] = (0.95, 5.0, 0.35), (1.02, 3.7, -0.1)
    return pose


def hide_hands(pose: Array, weight: Array) -> Array:
    """Hands meet behind the back where weight (n,) is 1 (in place)."""
    for part, z in ((RIGHT_HAND, 0.2), (LEFT_HAND, -0.2)):
        target = np.array([-0.85, 3.75, z])
        pose[:, part] += (target - pose[:, part]) * weight[:, None]
    return pose


def step(pose: Array, phase: Array, strength: Array | float, arms: bool = True) -> Array:
    """Lay a walking cycle over the legs, and over free arms (in place).

    Args:
        phase: (n,) radians; one cycle carries the body `STRIDE` u forward, falling phase backward.
        strength: (n,) or number, 0 stands and 1 walks.
    """
    strength = np.broadcast_to(np.asarray(strength, float), (len(pose),))
    for foot, swing, z in ((RIGHT_FOOT, 0.0, 0.4), (LEFT_FOOT, np.pi, -0.4)):
        angle = phase + swing
        forward = STEP_REACH * np.cos(angle)
        # The foot is on the ground while it moves backward under the body (sine positive).
        lift = 0.65 * np.maximum(0.0, -np.sin(angle))
        target = np.stack([forward, ANKLE + lift, np.full(len(pose), z)], axis=1)
        pose[:, foot] += (target - pose[:, foot]) * strength[:, None]
    pose[:, PELVIS_Y] += strength * (-0.16 + 0.1 * np.cos(2 * phase + np.pi))
    pose[:, LEAN] += 0.06 * strength
    if arms:
        for hand, swing in ((RIGHT_HAND, np.pi), (LEFT_HAND, 0.0)):
            pose[:, hand.start] += strength * 0.85 * np.cos(phase + swing)
            pose[:, hand.start + 1] += strength * 0.18 * np.abs(np.cos(phase))
    return pose


def seated(n: int) -> Array:
    """(n, SIZE) of a person on a chair whose seat is behind the standing place."""
    pose = standing(n)
    pose[:, PELVIS_X], pose[:, PELVIS_Y], pose[:, LEAN] = -1.0, 2.35, 0.02
    pose[:, RIGHT_HAND], pose[:, LEFT_HAND] = (0.5, 2.75, 0.6), (0.45, 2.75, -0.6)
    pose[:, RIGHT_FOOT], pose[:, LEFT_FOOT] = (0.75, ANKLE, 0.5), (0.6, ANKLE, -0.5)
    return pose


def idle(pose: Array, t: Array, gesture: str, phase: float, start: float, end: float) -> Array:
    """Lay a background gesture between two times over a resting pose (in place).

    Breathing and small shifts of weight are always there.
    """
    pose[:, PELVIS_Y] += 0.03 * np.sin(1.9 * t + phase)
    pose[:, LEAN] += 0.015 * np.sin(0.9 * t + phase)
    pose[:, GAZE] += 0.12 * np.sin(0.7 * t + 2 * phase)
    length = max(end - start, 1e-6)
    weight = ease((t - start) / min(0.5, length / 2)) * ease((end - t) / min(0.5, length / 2))
    if gesture == "look":
        pose[:, GAZE] += weight * 0.9 * np.sin(2 * np.pi * (t - start) / 2.2)
    elif gesture == "scratch":
        rub = 0.12 * np.sin(2 * np.pi * 2.6 * t)
        target = np.stack([0.55 + rub, 7.0 + rub, np.full(len(t), -0.7)], axis=1)
        pose[:, LEFT_HAND] += (target - pose[:, LEFT_HAND]) * weight[:, None]
        pose[:, PITCH] += 0.15 * weight
    elif gesture == "shift":
        pose[:, PELVIS_X] += 0.25 * weight * np.sin(2 * np.pi * (t - start) / 2.6)
    return pose


def crouch(pose: Array, depth: Array) -> Array:
    """Bend knees and back towards the ground; depth (n,) 0 to 1 (in place)."""
    pose[:, PELVIS_X] -= 0.55 * depth
    pose[:, PELVIS_Y] -= 1.3 * depth
    pose[:, LEAN] += 1.0 * depth
    pose[:, PITCH] -= 0.1 * depth
    return pose


def move_hands(
    pose: Array,
    weight: Array,
    right: Array | tuple[float, float, float] | None = None,
    left: Array | tuple[float, float, float] | None = None,
) -> Array:
    """Draw the hands towards targets, each (3,) or (n, 3), by weight (n,) (in place)."""
    for part, target in ((RIGHT_HAND, right), (LEFT_HAND, left)):
        if target is not None:
            pose[:, part] += (np.asarray(target) - pose[:, part]) * weight[:, None]
    return pose


def path(*columns: Array | float) -> Array:
    """(n, 3) positions of columns that may be constants."""
    return np.stack(np.broadcast_arrays(*[np.atleast_1d(np.asarray(c, float)) for c in columns]), 1)

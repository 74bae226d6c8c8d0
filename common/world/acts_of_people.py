"""Actions without a thing of their own: wave, jump, clap, and those that need a partner."""

from __future__ import annotations

import numpy as np

from common.world.body import (
    GAZE,
    LEAN,
    LEFT_FOOT,
    LEFT_HAND,
    PELVIS_Y,
    RIGHT_FOOT,
    RIGHT_HAND,
    Array,
    ease,
    pulse,
    standing,
)
from common.world.motion import (
    BOTH,
    PARTNER,
    RIGHT,
    Motion,
    Style,
    hold,
    move_hands,
    path,
    thing,
)
from common.world.sizes import (
    PARTNER_X,
)


def wave(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Wave with a raised hand."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    up = np.minimum(ease(inside / 0.4), ease((duration - inside) / 0.4))
    swing = np.sin(2 * np.pi * (0.9 + 0.5 * style.rate) * inside + style.phase)
    pose = standing(n)
    move_hands(pose, up, right=path(0.4 + 0.2 * swing, 8.7 - 0.2 * swing**2, 2.0 + 0.8 * swing))
    pose[:, GAZE] += 0.2 * up
    return Motion(pose, np.zeros(n))


def jump(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Jump on the spot, about once a second."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    n_jumps = max(1, round(duration * (0.75 + 0.4 * style.rate)))
    s = (inside / duration * n_jumps) % 1.0
    s = np.where(inside >= duration, 0.0, s)
    air = np.clip((s - 0.35) / 0.4, 0.0, 1.0)
    lift = (1.25 + 0.4 * style.lean) * 4 * air * (1 - air)
    bend = pulse(np.clip(s / 0.38, 0, 1), 0.6, 0.4) + 0.8 * pulse(
        np.clip((s - 0.72) / 0.28, 0, 1), 0.4, 0.6
    )
    pose = standing(n)
    pose[:, PELVIS_Y] += lift - 0.75 * bend
    pose[:, LEAN] += 0.35 * bend
    for foot in (RIGHT_FOOT, LEFT_FOOT):
        pose[:, foot.start + 1] += lift
    high = pulse(np.clip((s - 0.2) / 0.7, 0, 1), 0.35, 0.4)
    move_hands(pose, 0.7 * bend, (-0.6, 3.6, 1.0), (-0.6, 3.6, -1.0))
    move_hands(pose, high, path(0.4, 8.5 + lift, 1.7), path(0.4, 8.5 + lift, -1.7))
    return Motion(pose, np.zeros(n))


def clap(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Clap the hands before the chest."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    up = np.minimum(ease(inside / 0.3), ease((duration - inside) / 0.3))
    apart = 0.1 + 1.25 * (
        0.5 + 0.5 * np.sin(2 * np.pi * (1.1 + 0.5 * style.rate) * inside + style.phase)
    )
    pose = standing(n)
    move_hands(pose, up, path(1.6, 5.6, apart), path(1.6, 5.6, -apart))
    return Motion(pose, np.zeros(n))


def shake_hands(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Shake the partner's hand."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    up = np.minimum(ease(inside / 0.45), ease((duration - inside) / 0.45))
    shake = 0.32 * np.sin(2 * np.pi * (1.0 + 0.5 * style.rate) * inside + style.phase)
    pose = standing(n)
    pose[:, LEAN] += 0.08 * up
    move_hands(pose, up, right=path(PARTNER_X / 2, 4.5 + shake, 0.15))
    return Motion(pose, np.zeros(n), partner=pose.copy())


def give(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Hand something to the partner. Taking it is the same, backwards, seen from the other side."""
    n, s = len(t), np.clip(t / duration, 0.0, 1.0)
    pose, taker = _hand_over(s, noun), _hand_over(1.0 - s, noun)
    grip = RIGHT if noun == "cup" else BOTH
    return Motion(
        pose, np.zeros(n), (thing(noun, n, mode=np.where(s < 0.5, grip, PARTNER)),), taker
    )


def _hand_over(s: Array, noun: str) -> Array:
    pose, rest = hold(standing(len(s)), noun), standing(len(s))
    out, back = ease(s / 0.46), ease((s - 0.54) / 0.46)
    pose[:, LEAN] += 0.12 * out - 0.12 * back
    middle = PARTNER_X / 2
    move_hands(pose, out, right=(middle - 0.1, 4.75, 0.4))
    if noun == "ball":
        move_hands(pose, out, left=(middle - 0.1, 4.75, -0.4))
    return move_hands(pose, back, rest[:, RIGHT_HAND], rest[:, LEFT_HAND])

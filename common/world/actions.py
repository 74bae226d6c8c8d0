"""The actions: time since the start -> pose, travel and things, for all frames at once.

Each function takes times that may lie before 0 or after the duration: there everything rests at
its first or last state (a thrown ball flies on). Reversed pairs are one function read backwards, so
that no single frame can tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from common.world.body import (
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
    mix,
    pulse,
    standing,
)
from common.world.motion import (
    BEHIND,
    BOTH,
    GONE,
    PARTNER,
    PLACED,
    RIGHT,
    STRIDE,
    Motion,
    Style,
    crouch,
    hide_hands,
    hold,
    seated,
    step,
    thing,
)

Act = Callable[[Array, float, str, Style], Motion]

# Sizes in u that both the figure and the drawing of the thing must know.
SEAT_HEIGHT, TABLE_HEIGHT, BOX_SIZE, BALL_RADIUS = 2.0, 2.7, 2.2, 0.6
WHEEL_X, WHEEL_Y, WHEEL_RADIUS = 2.25, 4.3, 1.55
DOOR_NEAR, DOOR_WIDTH, DOOR_HEIGHT = 1.25, 2.9, 7.9
PARTNER_X = 3.4


def _move_hands(pose: Array, weight: Array, right: object = None, left: object = None) -> Array:
    """Draw the hands towards targets, each (3,) or (n, 3), by weight (n,) (in place)."""
    for part, target in ((RIGHT_HAND, right), (LEFT_HAND, left)):
        if target is not None:
            pose[:, part] += (np.asarray(target) - pose[:, part]) * weight[:, None]
    return pose


def _path(*columns: Array | float) -> Array:
    """(n, 3) positions of columns that may be constants."""
    return np.stack(np.broadcast_arrays(*[np.atleast_1d(np.asarray(c, float)) for c in columns]), 1)


def _shove(t: Array, duration: float, noun: str, style: Style, sign: float) -> Motion:
    n = len(t)
    inside = np.clip(t, 0.0, duration)
    ramp = min(0.4, duration / 3)
    moving = ease(inside / ramp) * ease((duration - inside) / ramp)
    # Distance of a speed that rises and falls softly: the ramps count half.
    covered = np.where(inside < ramp, inside * inside / (2 * ramp), inside - ramp / 2)
    late = np.maximum(inside - (duration - ramp), 0.0)
    covered -= late * late / (2 * ramp)
    speed = min(1.1 + 0.6 * style.rate, 16.0 / duration)
    travel = sign * speed * covered
    height = 3.6 if noun == "chair" else BOX_SIZE + 0.15
    pose = standing(n)
    pose[:, LEAN] += style.lean + 0.12
    pose[:, PELVIS_Y] -= 0.15
    pose[:, PELVIS_X] -= 0.25
    grip = np.ones(n)
    _move_hands(pose, grip, (1.75, height, 0.55), (1.75, height, -0.55))
    step(pose, style.phase + 2 * np.pi * travel / STRIDE, 0.9 * moving, arms=False)
    centre = 1.75 + (0.9 if noun == "chair" else BOX_SIZE / 2 - 0.1)
    return Motion(pose, travel, (thing(noun, n, centre),))


def push(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Walk forward behind a box or chair."""
    return _shove(t, duration, noun, style, 1.0)


def pull(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Walk backward with it: `push` run backwards."""
    return _shove(t, duration, noun, style, -1.0)


def pick_up(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Bend to the ground (or lean over the table) and take something."""
    n, s = len(t), np.clip(t / duration, 0.0, 1.0)
    low = np.where(s < 0.5, ease(2 * s), ease(2 - 2 * s))
    reach_out, lift = ease(s / 0.42), ease((s - 0.52) / 0.48)
    if noun == "cup":
        place_x, place_y = 1.85 + style.reach, TABLE_HEIGHT + 0.35
        pose = standing(n)
        pose[:, LEAN] += 0.4 * low
        _move_hands(pose, reach_out, right=(place_x, place_y + 0.05, 0.5))
        mode = np.where(s < 0.47, PLACED, RIGHT)
        things = (thing("cup", n, place_x, place_y, mode), thing("table", n, 2.4))
    else:
        size = BALL_RADIUS if noun == "ball" else BOX_SIZE / 2
        place_x, place_y = (1.55 if noun == "ball" else 1.95) + style.reach, size
        pose = crouch(standing(n), low)
        side = size * 0.85
        reach_x = place_x if noun == "ball" else place_x - 0.75
        _move_hands(
            pose, reach_out, (reach_x, place_y + 0.1, side), (reach_x, place_y + 0.1, -side)
        )
        things = (thing(noun, n, place_x, place_y, np.where(s < 0.47, PLACED, BOTH)),)
    rest = hold(standing(n), noun)
    for part in (RIGHT_HAND, LEFT_HAND):
        pose[:, part] += (rest[:, part] - pose[:, part]) * lift[:, None]
    return Motion(pose, np.zeros(n), things)


def backwards(act: Act) -> Act:
    """The same action with time running the other way; travel starts at 0 again.

    Things need no shift: their places are given in the frame that moves with the actor.
    """

    def reversed_act(t: Array, duration: float, noun: str, style: Style) -> Motion:
        motion = act(duration - t, duration, noun, style)
        start = act(np.array([duration]), duration, noun, style).travel
        return replace(motion, travel=motion.travel - start)

    return reversed_act


def open_door(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Swing a door from shut to open by its handle."""
    n, s = len(t), np.clip(t / duration, 0.0, 1.0)
    opened = ease((s - 0.15) / 0.7)
    handle = DOOR_NEAR + DOOR_WIDTH * (1 - np.cos(1.25 * opened)) + 0.3
    travel = 1.0 * ease((s - 0.2) / 0.6)
    pose = step(
        standing(n), 2 * np.pi * travel / STRIDE + np.pi / 2, pulse(s, 0.3, 0.3) * 0.6, False
    )
    pose[:, LEAN] += 0.1 * pulse(s, 0.3, 0.3)
    grip = pulse(s, 0.16, 0.16)
    _move_hands(pose, grip, right=_path(handle - travel, 3.9, 0.2))
    # The door stands in the room while the body frame moves with the actor.
    return Motion(pose, travel, (thing("door", n, DOOR_NEAR - travel, opened=opened),))


def open_box(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Lift the lid of a box on the ground."""
    n, s = len(t), np.clip(t / duration, 0.0, 1.0)
    opened = ease((s - 0.22) / 0.56)
    near, swing = 1.15, 1.9 * opened
    edge_x = near + BOX_SIZE * (1 - np.cos(swing))
    edge_y = BOX_SIZE + BOX_SIZE * np.sin(swing)
    pose = standing(n)
    low = pulse(s, 0.25, 0.25)
    pose[:, LEAN] += (0.6 - 0.2 * opened) * low
    pose[:, PELVIS_Y] -= 0.35 * low
    pose[:, PELVIS_X] -= 0.2 * low
    grip = pulse(s, 0.22, 0.22)
    _move_hands(pose, grip, _path(edge_x, edge_y, 0.4), _path(edge_x, edge_y, -0.4))
    return Motion(pose, np.zeros(n), (thing("box", n, near + BOX_SIZE / 2, opened=opened),))


def sit_down(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """From standing before a chair to sitting on it."""
    n, s = len(t), np.clip(t / duration, 0.0, 1.0)
    pose = mix(standing(n), seated(n), ease((s - 0.1) / 0.8))
    swing = np.sin(np.pi * ease(s))
    pose[:, LEAN] += 0.6 * swing
    _move_hands(pose, 0.5 * swing, (0.6, 3.2, 0.7), (0.6, 3.2, -0.7))
    return Motion(pose, np.zeros(n), (thing("chair", n, -1.05),))


def throw(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Throw overarm; the ball leaves the picture."""
    n, s = len(t), np.clip(t / duration, 0.0, 1.0)
    pose = hold(standing(n), "ball")
    back, forth, rest = ease(s / 0.4), ease((s - 0.4) / 0.2), ease((s - 0.66) / 0.34)
    pose[:, LEAN] += -0.22 * back + 0.5 * forth - 0.28 * rest
    pose[:, LEFT_FOOT.start] += 0.7 * back - 0.7 * rest
    calm = standing(n)
    _move_hands(pose, back, (-0.75, 6.9, 0.95), (1.5, 5.2, -0.7))
    _move_hands(pose, forth, (2.1, 6.7, 0.5), (0.6, 4.0, -0.9))
    _move_hands(pose, rest, calm[:, RIGHT_HAND], calm[:, LEFT_HAND])
    release = 0.56
    flight = np.maximum(t - release * duration, 0.0)
    x = 1.7 + 17.0 * flight
    y = 7.0 + (2.5 + 2.0 * style.reach) * flight - 6.0 * flight**2
    mode = np.where(s < 0.12, BOTH, np.where(s < release, RIGHT, PLACED))
    mode = np.where(flight > 1.1, GONE, mode)
    return Motion(pose, np.zeros(n), (thing("ball", n, x, np.maximum(y, 0.5), mode),))


def _turn(t: Array, duration: float, style: Style, sign: float) -> Motion:
    n, inside = len(t), np.clip(t, 0.0, duration)
    s = inside / duration
    angle = sign * 2 * np.pi * 0.45 * (0.75 + 0.5 * style.rate) * inside + style.phase
    pose = standing(n)
    pose[:, LEAN] += 0.12
    grip = np.minimum(ease(inside / 0.25), ease((duration - inside) / 0.25))
    for part, middle, swing in ((RIGHT_HAND, 2.45, 0.0), (LEFT_HAND, 3.75, np.pi)):
        rim = middle + 0.55 * np.sin(angle + swing)
        hand = _path(
            WHEEL_X + WHEEL_RADIUS * np.cos(rim),
            WHEEL_Y + WHEEL_RADIUS * np.sin(rim),
            0.3 if part == RIGHT_HAND else -0.1,
        )
        pose[:, part] += (hand - pose[:, part]) * grip[:, None]
    pose[:, LEAN] += 0.05 * np.sin(angle) * grip * np.minimum(1.0, s * 10)
    return Motion(pose, np.zeros(n), (thing("wheel", n, WHEEL_X, WHEEL_Y, angle=angle),))


def turn_left(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Turn a wheel anticlockwise, as seen on the screen."""
    return _turn(t, duration, style, 1.0)


def turn_right(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Turn a wheel clockwise, as seen on the screen."""
    return _turn(t, duration, style, -1.0)


def sweep(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Sweep the floor to and fro with a broom."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    beat = 2 * np.pi * (0.55 + 0.3 * style.rate) * inside + style.phase
    working = np.minimum(ease(inside / 0.35), ease((duration - inside) / 0.35))
    travel = 0.3 * np.minimum(inside, 16.0)
    pose = hold(standing(n), "broom")
    pose[:, LEAN] += (0.22 + 0.1 * np.sin(beat)) * working
    top = _path(0.7 + 0.25 * np.sin(beat), 5.15, 0.35)
    head = _path(2.3 + 1.15 * np.sin(beat), 0.15, 0.0)
    _move_hands(pose, working, top, top + 0.33 * (head - top))
    step(pose, 2 * np.pi * travel / STRIDE, 0.4 * working, arms=False)
    return Motion(pose, travel, (thing("broom", n, 1.2, 0.1, BOTH),))


def drink(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Lift a cup to the mouth and lower it again, as often as there is time."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    n_sips = max(1, round(duration / 3.0))
    s = (inside / duration * n_sips) % 1.0
    s = np.where(inside >= duration, 0.0, s)
    up = pulse(s, 0.34, 0.34)
    pose = hold(standing(n), "cup")
    pose[:, PITCH] -= 0.3 * ease((up - 0.6) / 0.4)
    _move_hands(pose, up, right=(1.0, 6.75, 0.25))
    tilt = 1.1 * ease((up - 0.6) / 0.4)
    return Motion(pose, np.zeros(n), (thing("cup", n, mode=RIGHT, angle=tilt),))


def wave(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Wave with a raised hand."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    up = np.minimum(ease(inside / 0.4), ease((duration - inside) / 0.4))
    swing = np.sin(2 * np.pi * (0.9 + 0.5 * style.rate) * inside + style.phase)
    pose = standing(n)
    _move_hands(pose, up, right=_path(0.4 + 0.2 * swing, 8.7 - 0.2 * swing**2, 2.0 + 0.8 * swing))
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
    _move_hands(pose, 0.7 * bend, (-0.6, 3.6, 1.0), (-0.6, 3.6, -1.0))
    _move_hands(pose, high, _path(0.4, 8.5 + lift, 1.7), _path(0.4, 8.5 + lift, -1.7))
    return Motion(pose, np.zeros(n))


def clap(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Clap the hands before the chest."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    up = np.minimum(ease(inside / 0.3), ease((duration - inside) / 0.3))
    apart = 0.1 + 1.25 * (
        0.5 + 0.5 * np.sin(2 * np.pi * (1.1 + 0.5 * style.rate) * inside + style.phase)
    )
    pose = standing(n)
    _move_hands(pose, up, _path(1.6, 5.6, apart), _path(1.6, 5.6, -apart))
    return Motion(pose, np.zeros(n))


def shake_hands(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Shake the partner's hand."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    up = np.minimum(ease(inside / 0.45), ease((duration - inside) / 0.45))
    shake = 0.32 * np.sin(2 * np.pi * (1.0 + 0.5 * style.rate) * inside + style.phase)
    pose = standing(n)
    pose[:, LEAN] += 0.08 * up
    _move_hands(pose, up, right=_path(PARTNER_X / 2, 4.5 + shake, 0.15))
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
    _move_hands(pose, out, right=(middle - 0.1, 4.75, 0.4))
    if noun == "ball":
        _move_hands(pose, out, left=(middle - 0.1, 4.75, -0.4))
    return _move_hands(pose, back, rest[:, RIGHT_HAND], rest[:, LEFT_HAND])


def carry(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Walk with something held behind the back, out of sight."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    travel = 2.6 * inside
    pose = hide_hands(standing(n), np.ones(n))
    step(pose, style.phase + 2 * np.pi * travel / STRIDE, 0.9, arms=False)
    return Motion(pose, travel, (thing(noun, n, mode=BEHIND),))


ACTS: dict[str, Act] = {
    "push": push,
    "pull": pull,
    "pick up": pick_up,
    "put down": backwards(pick_up),
    "open": open_door,
    "close": backwards(open_door),
    "sit down": sit_down,
    "stand up": backwards(sit_down),
    "throw": throw,
    "catch": backwards(throw),
    "turn left": turn_left,
    "turn right": turn_right,
    "sweep": sweep,
    "drink": drink,
    "wave": wave,
    "jump": jump,
    "clap": clap,
    "shake hands": shake_hands,
    "give": give,
    "carry": carry,
}


def act(verb: str, noun: str, t: Array, duration: float, style: Style) -> Motion:
    """The motion of an action at times t (n,) seconds after its start."""
    if noun == "box" and verb in ("open", "close"):
        function = open_box if verb == "open" else backwards(open_box)
    else:
        function = ACTS[verb]
    return function(t, duration, noun, style)

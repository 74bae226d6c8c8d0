"""Actions on things: push, pick up, open, sit down, throw, turn, sweep, drink, carry."""

from __future__ import annotations

import numpy as np

from common.world.body import (
    LEAN,
    LEFT_FOOT,
    LEFT_HAND,
    PELVIS_X,
    PELVIS_Y,
    PITCH,
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
    PLACED,
    RIGHT,
    STRIDE,
    Motion,
    Style,
    crouch,
    hide_hands,
    hold,
    move_hands,
    path,
    seated,
    step,
    thing,
)
from common.world.sizes import (
    BALL_RADIUS,
    BOX_SIZE,
    DOOR_NEAR,
    DOOR_WIDTH,
    TABLE_HEIGHT,
    WHEEL_RADIUS,
    WHEEL_X,
    WHEEL_Y,
)


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
    move_hands(pose, grip, (1.75, height, 0.55), (1.75, height, -0.55))
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
        move_hands(pose, reach_out, right=(place_x, place_y + 0.05, 0.5))
        mode = np.where(s < 0.47, PLACED, RIGHT)
        things = (thing("cup", n, place_x, place_y, mode), thing("table", n, 2.4))
    else:
        size = BALL_RADIUS if noun == "ball" else BOX_SIZE / 2
        place_x, place_y = (1.55 if noun == "ball" else 1.95) + style.reach, size
        pose = crouch(standing(n), low)
        side = size * 0.85
        reach_x = place_x if noun == "ball" else place_x - 0.75
        move_hands(pose, reach_out, (reach_x, place_y + 0.1, side), (reach_x, place_y + 0.1, -side))
        # A ball is placed by its middle, a box by its bottom.
        height = place_y if noun == "ball" else 0.0
        things = (thing(noun, n, place_x, height, np.where(s < 0.47, PLACED, BOTH)),)
    rest = hold(standing(n), noun)
    for part in (RIGHT_HAND, LEFT_HAND):
        pose[:, part] += (rest[:, part] - pose[:, part]) * lift[:, None]
    return Motion(pose, np.zeros(n), things)


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
    move_hands(pose, grip, right=path(handle - travel, 3.9, 0.2))
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
    move_hands(pose, grip, path(edge_x, edge_y, 0.4), path(edge_x, edge_y, -0.4))
    return Motion(pose, np.zeros(n), (thing("box", n, near + BOX_SIZE / 2, opened=opened),))


def sit_down(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """From standing before a chair to sitting on it."""
    n, s = len(t), np.clip(t / duration, 0.0, 1.0)
    pose = mix(standing(n), seated(n), ease((s - 0.1) / 0.8))
    swing = np.sin(np.pi * ease(s))
    pose[:, LEAN] += 0.6 * swing
    move_hands(pose, 0.5 * swing, (0.6, 3.2, 0.7), (0.6, 3.2, -0.7))
    return Motion(pose, np.zeros(n), (thing("chair", n, -1.05),))


def throw(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Throw overarm; the ball leaves the picture."""
    n, s = len(t), np.clip(t / duration, 0.0, 1.0)
    pose = hold(standing(n), "ball")
    back, forth, rest = ease(s / 0.4), ease((s - 0.4) / 0.2), ease((s - 0.66) / 0.34)
    pose[:, LEAN] += -0.22 * back + 0.5 * forth - 0.28 * rest
    pose[:, LEFT_FOOT.start] += 0.7 * back - 0.7 * rest
    calm = standing(n)
    move_hands(pose, back, (-0.75, 6.9, 0.95), (1.5, 5.2, -0.7))
    move_hands(pose, forth, (2.1, 6.7, 0.5), (0.6, 4.0, -0.9))
    move_hands(pose, rest, calm[:, RIGHT_HAND], calm[:, LEFT_HAND])
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
    angle = sign * 2 * np.pi * 0.27 * (0.75 + 0.5 * style.rate) * inside + style.phase
    pose = standing(n)
    pose[:, LEAN] += 0.12
    grip = np.minimum(ease(inside / 0.25), ease((duration - inside) / 0.25))
    for part, middle, swing in ((RIGHT_HAND, 2.45, 0.0), (LEFT_HAND, 3.75, np.pi)):
        rim = middle + 0.55 * np.sin(angle + swing)
        hand = path(
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
    top = path(0.7 + 0.25 * np.sin(beat), 5.15, 0.35)
    head = path(2.3 + 1.15 * np.sin(beat), 0.15, 0.0)
    move_hands(pose, working, top, top + 0.33 * (head - top))
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
    move_hands(pose, up, right=(1.0, 6.75, 0.25))
    tilt = 1.1 * ease((up - 0.6) / 0.4)
    return Motion(pose, np.zeros(n), (thing("cup", n, mode=RIGHT, angle=tilt),))


def carry(t: Array, duration: float, noun: str, style: Style) -> Motion:
    """Walk with something held behind the back, out of sight."""
    n, inside = len(t), np.clip(t, 0.0, duration)
    travel = 2.6 * inside
    pose = hide_hands(standing(n), np.ones(n))
    step(pose, style.phase + 2 * np.pi * travel / STRIDE, 0.9, arms=False)
    return Motion(pose, travel, (thing(noun, n, mode=BEHIND),))

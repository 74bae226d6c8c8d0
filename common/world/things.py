"""Draw the things that people use, shaded, from a few polygons each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from common.world.canvas import Array, Canvas
from common.world.sizes import (
    BALL_RADIUS,
    BOX_SIZE,
    DOOR_HEIGHT,
    DOOR_WIDTH,
    SEAT_HEIGHT,
    TABLE_HEIGHT,
    WHEEL_RADIUS,
)
from common.world.wardrobe import Colour, shade


@dataclass(frozen=True, slots=True)
class Placed:
    """One thing at one frame. x, y: pixels of its anchor; unit: pixels per u; facing: 1 or -1."""

    x: float
    y: float
    unit: float
    facing: float
    angle: float
    opened: float
    colour: Colour


def _corners(item: Placed, points: list[tuple[float, float]]) -> Array:
    """Points in u (forward, up) from the anchor to pixels."""
    array = np.array(points)
    return np.stack(
        [item.x + item.facing * item.unit * array[:, 0], item.y - item.unit * array[:, 1]], axis=1
    )


def ball(canvas: Canvas, item: Placed) -> None:
    """Anchor: its middle. Seams turn with `angle`."""
    radius = BALL_RADIUS * item.unit
    x, y = item.x, item.y
    canvas.disc(x, y, radius + 0.5, shade(item.colour, 0.4))
    canvas.disc(x, y, radius, item.colour)
    canvas.disc(x + 0.12 * radius, y + 0.3 * radius, radius * 0.66, shade(item.colour, 0.85))
    canvas.disc(x - 0.08 * radius, y - 0.06 * radius, radius * 0.74, item.colour)
    for turn in (0.0, np.pi / 2):
        direction = np.array([np.cos(item.angle + turn), np.sin(item.angle + turn)])
        end = 0.9 * radius * direction
        canvas.line(np.array([x, y]) - end, np.array([x, y]) + end, 0.7, shade(item.colour, 0.5))
    canvas.disc(x - 0.35 * radius, y - 0.4 * radius, radius * 0.26, shade(item.colour, 1.6))


def box(canvas: Canvas, item: Placed) -> None:
    """Anchor: middle of its bottom. A carton with tape, a side, and a lid that opens."""
    half, size, depth = BOX_SIZE / 2, BOX_SIZE, 0.5
    colour = item.colour
    lid = size + depth * 0.7
    inside = [(-half, size), (half, size), (half - 0.3, lid), (-half + 0.3, lid)]
    canvas.outlined(_corners(item, inside), shade(colour, 0.45 if item.opened > 0.02 else 1.2))
    if item.opened > 0.02:
        swing = 1.9 * item.opened
        hinge, edge = half, half - size * np.cos(swing)
        top = size + size * np.sin(swing)
        flap = [(hinge, size), (hinge - 0.3, lid), (edge - 0.3, top + depth * 0.7), (edge, top)]
        canvas.outlined(_corners(item, flap), shade(colour, 1.1))
    canvas.outlined(_corners(item, [(-half, 0), (half, 0), (half, size), (-half, size)]), colour)
    canvas.fill(
        _corners(item, [(-half, 0), (half, 0), (half, 0.45), (-half, 0.3)]), shade(colour, 0.82)
    )
    canvas.fill(
        _corners(item, [(-0.2, 0), (0.2, 0), (0.2, size), (-0.2, size)]), shade(colour, 1.3)
    )
    canvas.line(
        *_corners(item, [(-half, size - 0.08), (half, size - 0.08)]), 0.8, shade(colour, 0.7)
    )
    canvas.fill(
        _corners(item, [(0.4, 0.5), (0.8, 0.5), (0.8, 0.85), (0.4, 0.85)]), shade(colour, 0.6)
    )


def cup(canvas: Canvas, item: Placed) -> None:
    """Anchor: its middle. `angle` tilts it towards the drinker."""
    cos, sin = np.cos(item.angle), np.sin(item.angle)

    def turned(points: list[tuple[float, float]]) -> Array:
        return _corners(item, [(px * cos - py * sin, px * sin + py * cos) for px, py in points])

    canvas.outlined(
        turned([(0.28, 0.25), (0.62, 0.2), (0.62, -0.2), (0.28, -0.25)]), shade(item.colour, 0.8)
    )
    canvas.outlined(turned([(-0.3, -0.45), (0.3, -0.45), (0.4, 0.45), (-0.4, 0.45)]), item.colour)
    canvas.fill(turned([(-0.33, -0.1), (0.33, -0.1), (0.36, 0.2), (-0.36, 0.2)]), (205, 50, 45))
    canvas.fill(
        turned([(-0.3, -0.4), (-0.15, -0.4), (-0.2, 0.4), (-0.35, 0.4)]), shade(item.colour, 1.5)
    )


def chair(canvas: Canvas, item: Placed) -> None:
    """Anchor: the floor under the seat's middle; the back is on the side away from its user."""
    colour = item.colour
    dark, light = shade(colour, 0.62), shade(colour, 1.18)
    width = 0.22 * item.unit
    for x, top, tone in ((-0.62, 4.6, dark), (0.62, SEAT_HEIGHT, dark)):
        canvas.line(*_corners(item, [(x - 0.16, 0.25), (x - 0.16, top)]), width, shade(tone, 0.7))
    for x, top in ((-0.8, 4.45), (0.75, SEAT_HEIGHT)):
        canvas.line(*_corners(item, [(x, 0.0), (x, top)]), width + 0.8, shade(colour, 0.4))
        canvas.line(*_corners(item, [(x, 0.0), (x, top)]), width, colour)
    for y in (3.2, 4.1):
        back = [(-0.95, y), (-0.5, y + 0.12), (-0.5, y + 0.55), (-0.95, y + 0.45)]
        canvas.outlined(_corners(item, back), light)
    y = SEAT_HEIGHT
    seat = [(-0.95, y - 0.3), (0.9, y - 0.3), (1.0, y), (0.8, y + 0.22), (-0.75, y + 0.22)]
    canvas.outlined(_corners(item, seat), colour)
    canvas.fill(_corners(item, [(-0.7, y), (0.95, y), (0.78, y + 0.2), (-0.72, y + 0.2)]), light)


def table(canvas: Canvas, item: Placed) -> None:
    """Anchor: the floor under its middle."""
    colour, y = item.colour, TABLE_HEIGHT
    for x in (-0.75, 0.75):
        canvas.line(*_corners(item, [(x, 0.0), (x, y)]), 0.26 * item.unit + 0.8, shade(colour, 0.4))
        canvas.line(*_corners(item, [(x, 0.0), (x, y)]), 0.26 * item.unit, shade(colour, 0.8))
    top = [
        (-1.15, y - 0.28),
        (1.15, y - 0.28),
        (1.15, y),
        (0.95, y + 0.3),
        (-0.95, y + 0.3),
        (-1.15, y),
    ]
    canvas.outlined(_corners(item, top), colour)
    canvas.fill(
        _corners(item, [(-1.1, y), (1.1, y), (0.93, y + 0.26), (-0.93, y + 0.26)]),
        shade(colour, 1.2),
    )


def door(canvas: Canvas, item: Placed) -> None:
    """Anchor: the floor at its near side. A frame, the dark behind, and a leaf that swings out."""
    w, h, colour = DOOR_WIDTH, DOOR_HEIGHT, item.colour
    frame = [(-0.3, 0), (w + 0.3, 0), (w + 0.3, h + 0.35), (-0.3, h + 0.35)]
    canvas.outlined(_corners(item, frame), (212, 204, 190))
    canvas.fill(_corners(item, [(0, 0), (w, 0), (w, h), (0, h)]), (38, 34, 40))
    canvas.fill(_corners(item, [(0, 0), (w, 0), (w - 0.5, 0.8), (0.5, 0.8)]), (74, 66, 62))
    swing = 1.25 * item.opened
    near, drop = w * (1 - np.cos(swing)), 0.55 * np.sin(swing)
    leaf = [(near, -drop), (w, 0), (w, h), (near, h + drop)]
    canvas.outlined(_corners(item, leaf), shade(colour, 1.0 - 0.22 * item.opened))

    def on_leaf(u0: float, u1: float, v0: float, v1: float) -> Array:
        points = []
        for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1)):
            stretch = drop * (1 - u)
            points.append((near + u * (w - near), -stretch + v * (h + 2 * stretch)))
        return _corners(item, points)

    for v0, v1 in ((0.08, 0.42), (0.52, 0.92)):
        canvas.fill(on_leaf(0.18, 0.82, v0, v1), shade(colour, 0.72 - 0.1 * item.opened))
        canvas.fill(on_leaf(0.23, 0.82, v0, v1 - 0.02), shade(colour, 1.12 - 0.25 * item.opened))
    knob = on_leaf(0.09, 0.09, 0.49, 0.49)[0]
    canvas.disc(float(knob[0]), float(knob[1]), 0.24 * item.unit, (240, 206, 90))


def wheel(canvas: Canvas, item: Placed) -> None:
    """Anchor: the hub. A spoked wheel on a stand; one sector is painted, so that turning shows."""
    radius = WHEEL_RADIUS * item.unit
    foot = item.y + 4.3 * item.unit
    middle = np.array([item.x, item.y])
    for side in (-1.0, 1.0):
        base = np.array([item.x + side * 1.1 * item.unit, foot])
        canvas.line(middle, base, 0.34 * item.unit + 0.8, (50, 50, 55))
        canvas.line(middle, base, 0.34 * item.unit, (120, 122, 130))
    canvas.disc(item.x, item.y, radius + 0.6, shade(item.colour, 0.4))
    canvas.disc(item.x, item.y, radius, item.colour)
    canvas.disc(item.x, item.y, radius * 0.76, (226, 224, 216))
    # Screen angles run anticlockwise, pixels downward.
    sector = [item.angle + turn for turn in np.linspace(0.0, 1.2, 5)]
    rim = [(item.x + 0.76 * radius * np.cos(a), item.y - 0.76 * radius * np.sin(a)) for a in sector]
    canvas.fill(np.array([(item.x, item.y), *rim]), shade(item.colour, 0.8))
    for spoke in range(4):
        angle = item.angle + spoke * np.pi / 2
        end = middle + radius * 0.86 * np.array([np.cos(angle), -np.sin(angle)])
        canvas.line(middle, end, 0.17 * item.unit, shade(item.colour, 0.62))
    canvas.disc(item.x, item.y, radius * 0.2, shade(item.colour, 0.45))


def broom(canvas: Canvas, top: Array, grip: Array, unit: float, colour: Colour) -> None:
    """A broom whose stick runs from `top` through `grip` (2,) to the floor."""
    along = grip - top
    along = along / max(float(np.hypot(*along)), 1e-6)
    across = np.array([-along[1], along[0]])
    neck, head = top + 4.6 * unit * along, top + 5.5 * unit * along
    start = top - 0.6 * unit * along
    canvas.line(start, neck, 0.24 * unit + 0.8, (70, 45, 25))
    canvas.line(start, neck, 0.24 * unit, (190, 140, 80))
    bristles = np.stack(
        [
            neck - 0.3 * unit * across,
            neck + 0.3 * unit * across,
            head + 0.85 * unit * across,
            head - 0.85 * unit * across,
        ]
    )
    canvas.outlined(bristles, (226, 190, 84))
    for at in (-0.45, 0.0, 0.45):
        canvas.line(
            neck + at * 0.5 * unit * across, head + at * 1.3 * unit * across, 0.6, (150, 112, 40)
        )
    canvas.line(neck - 0.36 * unit * across, neck + 0.36 * unit * across, 0.34 * unit, colour)


DRAW: dict[str, Callable[[Canvas, Placed], None]] = {
    "ball": ball,
    "box": box,
    "cup": cup,
    "chair": chair,
    "table": table,
    "door": door,
    "wheel": wheel,
}

# Things that stand behind whoever uses them.
BEHIND_PEOPLE = frozenset({"door", "table", "wheel"})

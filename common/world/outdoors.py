"""Paint the street and the park."""

from __future__ import annotations

import numpy as np

from common.world.brushes import bar, ramp
from common.world.canvas import Array, Canvas
from common.world.wardrobe import Colour, pick, shade

_BRICKS: tuple[Colour, ...] = (
    (176, 104, 84),
    (150, 150, 158),
    (206, 188, 150),
    (120, 136, 130),
    (196, 140, 110),
    (98, 112, 140),
)
_SKIES: tuple[Colour, ...] = ((150, 190, 226), (196, 200, 208), (226, 190, 160))
_AWNINGS: tuple[Colour, ...] = ((196, 70, 62), (66, 120, 90), (62, 92, 150), (220, 160, 60))
_CARS: tuple[Colour, ...] = ((190, 50, 48), (50, 90, 160), (226, 226, 222), (60, 64, 70))
_GRASSES: tuple[Colour, ...] = ((86, 150, 62), (110, 156, 70), (72, 136, 70))
_LEAVES: tuple[Colour, ...] = ((58, 120, 48), (84, 140, 52), (48, 104, 66), (128, 150, 52))
_FLOWERS: tuple[Colour, ...] = ((230, 80, 90), (250, 220, 90), (240, 240, 250), (180, 110, 210))
_LIT, _GLASS = (250, 226, 150), (92, 116, 142)


def street(canvas: Canvas, width: int, height: int, floor: float, rng: np.random.Generator) -> None:
    sky = pick(_SKIES, rng)
    ramp(canvas, 0, floor, sky, shade(sky, 1.45))
    x = -float(rng.uniform(0, 30))
    while x < width:
        w = float(rng.uniform(38, 60))
        _house(canvas, x, floor, w, height, pick(_BRICKS, rng), rng)
        x += w + (float(rng.uniform(0, 8)) if rng.random() < 0.4 else 0.0)
    kerb = floor + 0.2 * (height - floor)
    ramp(canvas, floor, kerb, (146, 142, 138), (170, 166, 160))
    ramp(canvas, kerb, height, (82, 84, 90), (110, 112, 118))
    bar(canvas, 0, kerb - 0.6, width, 1.6, (196, 192, 186))
    for x in range(0, width, 15):
        bar(canvas, x, floor, 0.5, kerb - floor, (120, 117, 114))
    for x in range(int(rng.integers(0, 30)), width, 44):
        y = height - 4
        canvas.fill(
            np.array([(x, y), (x + 22, y), (x + 20, y - 2.6), (x - 1, y - 2.6)], float),
            (226, 224, 214),
        )
    for x in np.arange(rng.uniform(10, 60), width, 120):
        _lamp_post(canvas, float(x), floor + 3, height)
    if rng.random() < 0.7:
        _car(canvas, float(rng.uniform(20, width - 60)), floor + 4, rng)


def _house(
    canvas: Canvas,
    x: float,
    floor: float,
    w: float,
    height: int,
    wall: Colour,
    rng: np.random.Generator,
) -> None:
    top = float(rng.uniform(-8, 0.16 * height))
    bar(canvas, x, top, w, floor - top, wall, 0.6)
    bar(canvas, x, top, 2.5, floor - top, shade(wall, 1.2))
    bar(canvas, x + w - 3, top, 3, floor - top, shade(wall, 0.78))
    bar(canvas, x - 0.6, top, w + 1.2, 2.2, shade(wall, 0.6))
    columns = max(2, round(w / 13))
    y = top + 6
    while y < floor - 24:
        for column in range(columns):
            pane = _LIT if rng.random() < 0.15 else _GLASS
            _pane(canvas, x + (column + 0.5) * w / columns - 3.6, y, pane, wall)
        y += 17
    _shop(canvas, x, floor, w, pick(_AWNINGS, rng))


def _pane(canvas: Canvas, x: float, y: float, pane: Colour, wall: Colour) -> None:
    bar(canvas, x - 0.9, y - 0.9, 9, 12, shade(wall, 1.45))
    bar(canvas, x, y, 7.2, 10, pane)
    bar(canvas, x, y, 7.2, 3.4, shade(pane, 1.35))
    bar(canvas, x + 3.2, y, 0.8, 10, shade(wall, 1.4))


def _shop(canvas: Canvas, x: float, floor: float, w: float, awning: Colour) -> None:
    """A shop window with a gleam, under a striped awning."""
    bar(canvas, x + 4, floor - 18, w - 8, 18, (58, 72, 86), 0.6)
    gleam = ((5, -2), (0.35 * w, -17), (0.5 * w, -17), (0.25 * w, -2))
    canvas.fill(np.array(gleam) + (x, floor), (92, 110, 128))
    stripe = (w - 6) / 7
    for part in range(7):
        tone = awning if part % 2 else (240, 238, 230)
        bar(canvas, x + 3 + part * stripe, floor - 22, stripe + 0.2, 5.5, tone)


def _lamp_post(canvas: Canvas, x: float, floor: float, height: int) -> None:
    top = 0.1 * height
    bar(canvas, x, top, 2.2, floor - top, (54, 60, 66), 0.4)
    bar(canvas, x, top, 0.8, floor - top, (110, 118, 126))
    bar(canvas, x - 7, top - 1, 9, 1.6, (54, 60, 66))
    canvas.disc(x - 6, top + 1.6, 3.2, (250, 240, 190), 2.0)


def _car(canvas: Canvas, x: float, floor: float, rng: np.random.Generator) -> None:
    colour = pick(_CARS, rng)
    ground = np.array([x, floor])
    roof = np.array([(8, -12.5), (42, -12.5), (34, -21), (15, -21)])
    canvas.outlined(ground + roof, colour, 0.7)
    for pane in (
        [(11, -13), (24, -13), (24, -19.5), (16.5, -19.5)],
        [(26, -13), (38.5, -13), (33, -19.5), (26, -19.5)],
    ):
        canvas.fill(ground + np.array(pane), (150, 186, 206))
    body = np.array([(0, -4), (52, -4), (51, -12), (40, -13), (2, -13)])
    canvas.outlined(ground + body, colour, 0.7)
    bar(canvas, x + 2, floor - 10, 48, 1.2, shade(colour, 1.4))
    for wheel in (11, 41):
        canvas.disc(x + wheel, floor - 3.6, 4.6, (30, 30, 34))
        canvas.disc(x + wheel, floor - 3.6, 2.3, (170, 172, 176))


def park(canvas: Canvas, width: int, height: int, floor: float, rng: np.random.Generator) -> None:
    ramp(canvas, 0, floor, (118, 176, 232), (206, 230, 244))
    for _ in range(max(2, width // 70)):
        x, y = float(rng.uniform(0, width)), float(rng.uniform(4, 0.25 * height))
        for k in range(4):
            canvas.disc(x + 8 * k, y - 2.5 * (k % 2), 7.5 - k % 2, (246, 248, 250), 4.5)
    hill = _wavy(width, floor - 0.12 * height, 7.0, rng)
    _skyline(canvas, hill, floor, (128, 168, 140))
    hedge = _wavy(width, floor - 0.05 * height, 2.0, rng)
    _skyline(canvas, hedge, floor, (74, 128, 66))
    x = float(rng.uniform(-10, 10))
    while x < width:
        _tree(canvas, x, floor, height, rng)
        x += float(rng.uniform(20, 44))
    grass = pick(_GRASSES, rng)
    ramp(canvas, floor, height, shade(grass, 0.85), shade(grass, 1.12))
    path = floor + 0.3 * (height - floor)
    bar(canvas, 0, path, width, 0.3 * (height - floor), (206, 184, 144))
    bar(canvas, 0, path, width, 1.0, (168, 146, 110))
    for _ in range(width * 2):
        x, y = float(rng.uniform(0, width)), float(rng.uniform(floor, height))
        if path <= y <= path + 0.3 * (height - floor):
            continue
        tone = shade(grass, float(rng.uniform(0.65, 1.25)))
        canvas.line(
            np.array([x, y]),
            np.array([x + rng.uniform(-0.8, 0.8), y - rng.uniform(1.2, 3.0)]),
            0.6,
            tone,
        )
    if rng.random() < 0.8:
        _bench(canvas, float(rng.uniform(20, width - 40)), floor + 5)
    for _ in range(width // 12):
        x, y = float(rng.uniform(0, width)), float(rng.uniform(floor, path - 1))
        canvas.disc(x, y, 0.9, pick(_FLOWERS, rng))


def _wavy(width: int, level: float, swing: float, rng: np.random.Generator) -> Array:
    x = np.arange(0, width + 6, 6.0)
    y = level + sum(swing / k * np.sin(x / (31.0 / k) + rng.uniform(0, 6)) for k in (1, 2, 3))
    return np.stack([x, y], axis=1)


def _skyline(canvas: Canvas, edge: Array, floor: float, colour: Colour) -> None:
    for a, b in zip(edge[:-1], edge[1:], strict=True):
        canvas.fill(np.array([a, b, (b[0], floor), (a[0], floor)]), colour)


def _tree(canvas: Canvas, x: float, floor: float, height: int, rng: np.random.Generator) -> None:
    trunk = float(rng.uniform(0.2, 0.34)) * height
    base = floor + float(rng.uniform(0, 3))
    canvas.line(np.array([x, base]), np.array([x, base - trunk]), 4.2, (82, 54, 34))
    canvas.line(np.array([x - 0.8, base]), np.array([x - 0.8, base - trunk]), 1.4, (126, 88, 58))
    leaf = pick(_LEAVES, rng)
    for part in range(7):
        px = x + float(rng.uniform(-11, 11))
        py = base - trunk - float(rng.uniform(-3, 16))
        r = float(rng.uniform(6.5, 10))
        canvas.disc(px, py + 1, r + 0.6, shade(leaf, 0.55))
        canvas.disc(px, py, r, shade(leaf, 0.88 + 0.06 * part))
        canvas.disc(px - 2, py - 2.5, r * 0.55, shade(leaf, 1.18))


def _bench(canvas: Canvas, x: float, floor: float) -> None:
    for px in (x + 3, x + 27):
        bar(canvas, px, floor - 8, 1.8, 8, (60, 60, 64))
    for y in (16.5, 13.5, 8.5):
        bar(canvas, x, floor - y, 32, 2.1, (158, 104, 60), 0.4)
        bar(canvas, x, floor - y, 32, 0.8, (200, 146, 96))

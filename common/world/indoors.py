"""Paint the kitchen and the gym."""

from __future__ import annotations

import numpy as np

from common.world.brushes import bar, ramp
from common.world.canvas import Canvas
from common.world.wardrobe import Colour, pick, shade

_KITCHEN_WALLS: tuple[Colour, ...] = (
    (232, 222, 200),
    (206, 222, 216),
    (236, 212, 186),
    (214, 216, 228),
)
_FRONTS: tuple[Colour, ...] = ((190, 142, 96), (238, 236, 230), (120, 146, 150), (168, 112, 76))
_TILES: tuple[Colour, ...] = ((176, 168, 156), (158, 120, 88), (140, 140, 146))
_GYM_WALLS: tuple[Colour, ...] = ((196, 208, 200), (206, 206, 222), (222, 212, 190))
_PANELS: tuple[Colour, ...] = ((60, 110, 170), (190, 70, 60), (70, 140, 90))
_PLANKS: tuple[Colour, ...] = ((206, 150, 84), (190, 130, 70), (214, 170, 110))


def kitchen(
    canvas: Canvas, width: int, height: int, floor: float, rng: np.random.Generator
) -> None:
    wall = pick(_KITCHEN_WALLS, rng)
    wood = pick(_FRONTS, rng)
    ramp(canvas, 0, floor, shade(wall, 0.86), wall)
    tile = pick(_TILES, rng)
    ramp(canvas, floor, height, shade(tile, 0.8), shade(tile, 1.12))
    _perspective_lines(canvas, width, height, floor, shade(tile, 0.72), spread=16.0)
    top = floor - 0.27 * height
    for x in range(0, width, 13):
        if (x // 13) % 2:
            bar(canvas, x, top - 9, 12, 8.4, shade(wall, 1.35))
    x = float(rng.uniform(-30, 0))
    while x < width:
        w = float(rng.uniform(18, 24))
        kind = rng.random()
        if kind < 0.16:
            _fridge(canvas, x, floor, w, height)
        else:
            _cupboard(canvas, x, top, w, floor - top, wood, stove=kind > 0.86)
            if rng.random() < 0.62:
                bar(canvas, x + 1, 0.04 * height, w - 2, 0.21 * height, wood, 0.7)
                bar(canvas, x + 2.5, 0.055 * height, w - 5, 0.18 * height, shade(wood, 1.14))
                bar(canvas, x + w - 5, 0.2 * height, 1.2, 3, (70, 62, 58))
            elif rng.random() < 0.6:
                _window(canvas, x + 1, 0.05 * height, w - 2, 0.25 * height, rng)
        x += w + 0.5
    bar(canvas, 0, floor - 1.6, width, 2.2, shade(wood, 0.5))


def _cupboard(
    canvas: Canvas, x: float, y: float, w: float, h: float, wood: Colour, stove: bool
) -> None:
    body: Colour = (206, 208, 212) if stove else wood
    bar(canvas, x, y, w, h, body, 0.7)
    if stove:
        bar(canvas, x + 2.5, y + 8, w - 5, h - 13, (40, 42, 48), 0.6)
        bar(canvas, x + 3.5, y + 9, w - 9, 3, (92, 96, 106))
        for knob in range(4):
            canvas.disc(x + 4 + knob * (w - 8) / 3, y + 5, 1.1, (50, 50, 54))
    else:
        for part in (0, 1):
            left = x + 1.5 + part * (w / 2 - 0.5)
            bar(canvas, left, y + 3.5, w / 2 - 2.4, h - 6, shade(wood, 0.78))
            bar(canvas, left + 0.7, y + 4.2, w / 2 - 3.4, h - 7.2, shade(wood, 1.12))
            bar(
                canvas,
                left + (w / 2 - 4.4 if part == 0 else 0.9),
                y + h * 0.4,
                0.9,
                3.6,
                (66, 60, 56),
            )
    bar(canvas, x - 0.3, y - 2, w + 0.8, 3, (96, 92, 92))
    bar(canvas, x - 0.3, y - 2, w + 0.8, 1.1, (150, 146, 142))


def _fridge(canvas: Canvas, x: float, floor: float, w: float, height: int) -> None:
    top = floor - 0.56 * height
    bar(canvas, x, top, w, floor - top, (222, 226, 230), 0.8)
    bar(canvas, x + 1, top + 1, 3, floor - top - 3, (242, 245, 247))
    bar(canvas, x, top + 0.36 * (floor - top), w, 0.9, (120, 124, 130))
    for y in (0.12, 0.46):
        bar(canvas, x + w - 4, top + y * (floor - top), 1.2, 9, (120, 124, 130))
    bar(canvas, x + 6, top + 9, 4, 4, (226, 90, 80))
    bar(canvas, x + 11, top + 12, 3, 4, (90, 160, 210))


def _window(
    canvas: Canvas, x: float, y: float, w: float, h: float, rng: np.random.Generator
) -> None:
    bar(canvas, x, y, w, h, (246, 244, 238), 0.7)
    for row in range(2):
        for column in range(2):
            px, py = x + 1.4 + column * (w / 2 - 0.6), y + 1.4 + row * (h / 2 - 0.6)
            bar(canvas, px, py, w / 2 - 2, h / 2 - 2, (168, 208, 236))
            points = [
                (px, py + h / 2 - 2),
                (px + w / 4, py),
                (px + w / 3, py),
                (px + w / 8, py + h / 2 - 2),
            ]
            canvas.fill(np.array(points), (208, 230, 244))


def _perspective_lines(
    canvas: Canvas,
    width: int,
    height: int,
    floor: float,
    colour: Colour,
    spread: float,
    rows: int = 4,
) -> None:
    """Joints of a tiled or planked floor that run towards a far point."""
    for x in np.arange(-width * 0.2, width * 1.2, spread):
        lean = (x - width / 2) * 0.5
        canvas.line(np.array([x, floor]), np.array([x + lean, float(height)]), 0.6, colour)
    for row in range(1, rows + 1):
        y = floor + (height - floor) * (row / (rows + 1)) ** 1.5
        bar(canvas, 0, y, width, 0.6, colour)


def gym(canvas: Canvas, width: int, height: int, floor: float, rng: np.random.Generator) -> None:
    wall = pick(_GYM_WALLS, rng)
    accent = pick(_PANELS, rng)
    wood = pick(_PLANKS, rng)
    ramp(canvas, 0, floor, shade(wall, 0.84), wall)
    for row in range(5):
        y = 0.3 * height + row * (floor - 0.3 * height) / 5
        bar(canvas, 0, y, width, 0.5, shade(wall, 0.82))
        for x in range(row % 2 * 7, width, 14):
            bar(canvas, x, y, 0.5, (floor - 0.3 * height) / 5, shade(wall, 0.84))
    bar(canvas, 0, floor - 0.2 * height, width, 0.2 * height, accent)
    bar(canvas, 0, floor - 0.2 * height, width, 1.2, shade(accent, 1.4))
    x = float(rng.uniform(0, 20))
    while x < width:
        kind = rng.random()
        if kind < 0.45:
            bar(canvas, x, 2, 24, 0.2 * height, (238, 240, 240), 0.6)
            for pane in range(3):
                bar(canvas, x + 1.2 + pane * 7.7, 3.2, 6.4, 0.2 * height - 2.4, (196, 222, 238))
        elif kind < 0.7:
            _wall_bars(canvas, x, floor, height)
        elif kind < 0.85:
            _hoop(canvas, x + 12, height)
        x += float(rng.uniform(28, 40))
    ramp(canvas, floor, height, shade(wood, 0.82), shade(wood, 1.15))
    _perspective_lines(canvas, width, height, floor, shade(wood, 0.8), spread=9.0, rows=0)
    y = floor + 0.52 * (height - floor)
    bar(canvas, 0, y, width, 1.5, (240, 240, 236))
    for x in np.arange(rng.uniform(0, 60), width, 110):
        corners = np.array([(x, y), (x + 2, y), (x - 14, height), (x - 18, height)], float)
        canvas.fill(corners, (70, 110, 190))
    bar(canvas, 0, floor - 2.4, width, 2.6, shade(wood, 0.5))


def _wall_bars(canvas: Canvas, x: float, floor: float, height: int) -> None:
    top = 0.1 * height
    for rung in range(9):
        y = top + rung * (floor - top - 4) / 9
        bar(canvas, x, y, 24, 1.7, (160, 108, 62))
        bar(canvas, x, y, 24, 0.7, (214, 166, 112))
    for side in (0, 11.5, 23):
        bar(canvas, x + side, top - 2, 2.2, floor - top, (128, 84, 48), 0.4)


def _hoop(canvas: Canvas, x: float, height: int) -> None:
    bar(canvas, x - 10, 3, 20, 15, (244, 244, 240), 0.8)
    bar(canvas, x - 4, 8, 8, 6.5, (206, 60, 50))
    bar(canvas, x - 3, 9, 6, 4.6, (244, 244, 240))
    bar(canvas, x - 5, 17, 10, 1.6, (226, 96, 40))
    for k in range(4):
        top = np.array([x - 4.5 + 3 * k, 18.5])
        canvas.line(top, np.array([x - 2.5 + 1.6 * k, 26.0]), 0.6, (236, 236, 236))

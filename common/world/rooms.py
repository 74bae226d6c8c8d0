"""Paint the rooms: kitchen, gym, street, park. Once per video, wider than the frame."""

from __future__ import annotations

import cv2
import numpy as np

from common.world.canvas import SCALE, Array, Canvas, Picture
from common.world.cast import Room
from common.world.wardrobe import Colour, shade

_BLUR, _CONTRAST = 0.9, 0.48
_HAZE = np.array([205.0, 208.0, 212.0], np.float32)


def paint_room(
    room: Room, width: int, height: int, floor: float, rng: np.random.Generator
) -> Picture:
    """A background of `width` x `height` finished pixels, drawn at SCALE times that.

    Args:
        floor: y where wall and floor meet.
    """
    picture = np.zeros((height * SCALE, width * SCALE, 3), np.uint8)
    canvas = Canvas(picture)
    {"kitchen": _kitchen, "gym": _gym, "street": _street, "park": _park}[room](
        canvas, width, height, floor, rng
    )
    return _grain(_recede(picture), rng)


def _recede(picture: Picture) -> Picture:
    """Out of focus and a little hazy, as behind people in a photograph: they stand out."""
    soft = cv2.GaussianBlur(picture, (0, 0), _BLUR * SCALE).astype(np.float32)
    haze = 0.65 * soft.mean(axis=(0, 1)) + 0.35 * _HAZE
    return np.clip(haze + _CONTRAST * (soft - haze), 0, 255).astype(np.uint8)


def _grain(picture: Picture, rng: np.random.Generator) -> Picture:
    """Two scales of smooth noise: texture for networks and codecs, calm for eyes."""
    height, width = picture.shape[:2]
    gain = np.ones((height, width), np.float32)
    for cell, strength in ((26, 0.035), (7, 0.02)):
        noise = rng.standard_normal((height // cell + 2, width // cell + 2)).astype(np.float32)
        gain += strength * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(picture * gain[..., None], 0, 255).astype(np.uint8)


def _ramp(canvas: Canvas, top: float, bottom: float, first: Colour, last: Colour) -> None:
    """A vertical gradient between two heights, full width."""
    y0, y1 = round(top * SCALE), round(bottom * SCALE)
    y0, y1 = max(y0, 0), min(y1, canvas.picture.shape[0])
    rows = np.linspace(0, 1, max(y1 - y0, 1))[:, None]
    colours = np.array(first) * (1 - rows) + np.array(last) * rows
    canvas.picture[y0:y1] = np.rint(colours)[:, None].astype(np.uint8)


def _box(
    canvas: Canvas, x: float, y: float, w: float, h: float, colour: Colour, edge: float = 0.0
) -> None:
    corners = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], float)
    if edge:
        canvas.outlined(corners, colour, edge)
    else:
        canvas.fill(corners, colour)


def _kitchen(
    canvas: Canvas, width: int, height: int, floor: float, rng: np.random.Generator
) -> None:
    wall: Colour = ((232, 222, 200), (206, 222, 216), (236, 212, 186), (214, 216, 228))[
        int(rng.integers(4))
    ]
    wood: Colour = ((190, 142, 96), (238, 236, 230), (120, 146, 150), (168, 112, 76))[
        int(rng.integers(4))
    ]
    _ramp(canvas, 0, floor, shade(wall, 0.86), wall)
    tile = ((176, 168, 156), (158, 120, 88), (140, 140, 146))[int(rng.integers(3))]
    _ramp(canvas, floor, height, shade(tile, 0.8), shade(tile, 1.12))
    _perspective_lines(canvas, width, height, floor, shade(tile, 0.72), spread=16.0)
    top = floor - 0.27 * height
    for x in range(0, width, 13):
        if (x // 13) % 2:
            _box(canvas, x, top - 9, 12, 8.4, shade(wall, 1.35))
    x = float(rng.uniform(-30, 0))
    while x < width:
        w = float(rng.uniform(18, 24))
        kind = rng.random()
        if kind < 0.16:
            _fridge(canvas, x, floor, w, height)
        else:
            _cupboard(canvas, x, top, w, floor - top, wood, stove=kind > 0.86)
            if rng.random() < 0.62:
                _box(canvas, x + 1, 0.04 * height, w - 2, 0.21 * height, wood, 0.7)
                _box(canvas, x + 2.5, 0.055 * height, w - 5, 0.18 * height, shade(wood, 1.14))
                _box(canvas, x + w - 5, 0.2 * height, 1.2, 3, (70, 62, 58))
            elif rng.random() < 0.6:
                _window(canvas, x + 1, 0.05 * height, w - 2, 0.25 * height, rng)
        x += w + 0.5
    _box(canvas, 0, floor - 1.6, width, 2.2, shade(wood, 0.5))


def _cupboard(
    canvas: Canvas, x: float, y: float, w: float, h: float, wood: Colour, stove: bool
) -> None:
    body: Colour = (206, 208, 212) if stove else wood
    _box(canvas, x, y, w, h, body, 0.7)
    if stove:
        _box(canvas, x + 2.5, y + 8, w - 5, h - 13, (40, 42, 48), 0.6)
        _box(canvas, x + 3.5, y + 9, w - 9, 3, (92, 96, 106))
        for knob in range(4):
            canvas.disc(x + 4 + knob * (w - 8) / 3, y + 5, 1.1, (50, 50, 54))
    else:
        for part in (0, 1):
            left = x + 1.5 + part * (w / 2 - 0.5)
            _box(canvas, left, y + 3.5, w / 2 - 2.4, h - 6, shade(wood, 0.78))
            _box(canvas, left + 0.7, y + 4.2, w / 2 - 3.4, h - 7.2, shade(wood, 1.12))
            _box(
                canvas,
                left + (w / 2 - 4.4 if part == 0 else 0.9),
                y + h * 0.4,
                0.9,
                3.6,
                (66, 60, 56),
            )
    _box(canvas, x - 0.3, y - 2, w + 0.8, 3, (96, 92, 92))
    _box(canvas, x - 0.3, y - 2, w + 0.8, 1.1, (150, 146, 142))


def _fridge(canvas: Canvas, x: float, floor: float, w: float, height: int) -> None:
    top = floor - 0.56 * height
    _box(canvas, x, top, w, floor - top, (222, 226, 230), 0.8)
    _box(canvas, x + 1, top + 1, 3, floor - top - 3, (242, 245, 247))
    _box(canvas, x, top + 0.36 * (floor - top), w, 0.9, (120, 124, 130))
    for y in (0.12, 0.46):
        _box(canvas, x + w - 4, top + y * (floor - top), 1.2, 9, (120, 124, 130))
    _box(canvas, x + 6, top + 9, 4, 4, (226, 90, 80))
    _box(canvas, x + 11, top + 12, 3, 4, (90, 160, 210))


def _window(
    canvas: Canvas, x: float, y: float, w: float, h: float, rng: np.random.Generator
) -> None:
    _box(canvas, x, y, w, h, (246, 244, 238), 0.7)
    for row in range(2):
        for column in range(2):
            px, py = x + 1.4 + column * (w / 2 - 0.6), y + 1.4 + row * (h / 2 - 0.6)
            _box(canvas, px, py, w / 2 - 2, h / 2 - 2, (168, 208, 236))
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
        _box(canvas, 0, y, width, 0.6, colour)


def _gym(canvas: Canvas, width: int, height: int, floor: float, rng: np.random.Generator) -> None:
    wall: Colour = ((196, 208, 200), (206, 206, 222), (222, 212, 190))[int(rng.integers(3))]
    accent: Colour = ((60, 110, 170), (190, 70, 60), (70, 140, 90))[int(rng.integers(3))]
    wood: Colour = ((206, 150, 84), (190, 130, 70), (214, 170, 110))[int(rng.integers(3))]
    _ramp(canvas, 0, floor, shade(wall, 0.84), wall)
    for row in range(5):
        y = 0.3 * height + row * (floor - 0.3 * height) / 5
        _box(canvas, 0, y, width, 0.5, shade(wall, 0.82))
        for x in range(row % 2 * 7, width, 14):
            _box(canvas, x, y, 0.5, (floor - 0.3 * height) / 5, shade(wall, 0.84))
    _box(canvas, 0, floor - 0.2 * height, width, 0.2 * height, accent)
    _box(canvas, 0, floor - 0.2 * height, width, 1.2, shade(accent, 1.4))
    x = float(rng.uniform(0, 20))
    while x < width:
        kind = rng.random()
        if kind < 0.45:
            _box(canvas, x, 2, 24, 0.2 * height, (238, 240, 240), 0.6)
            for pane in range(3):
                _box(canvas, x + 1.2 + pane * 7.7, 3.2, 6.4, 0.2 * height - 2.4, (196, 222, 238))
        elif kind < 0.7:
            _wall_bars(canvas, x, floor, height)
        elif kind < 0.85:
            _hoop(canvas, x + 12, height)
        x += float(rng.uniform(28, 40))
    _ramp(canvas, floor, height, shade(wood, 0.82), shade(wood, 1.15))
    _perspective_lines(canvas, width, height, floor, shade(wood, 0.8), spread=9.0, rows=0)
    y = floor + 0.52 * (height - floor)
    _box(canvas, 0, y, width, 1.5, (240, 240, 236))
    for x in np.arange(rng.uniform(0, 60), width, 110):
        corners = np.array([(x, y), (x + 2, y), (x - 14, height), (x - 18, height)], float)
        canvas.fill(corners, (70, 110, 190))
    _box(canvas, 0, floor - 2.4, width, 2.6, shade(wood, 0.5))


def _wall_bars(canvas: Canvas, x: float, floor: float, height: int) -> None:
    top = 0.1 * height
    for bar in range(9):
        y = top + bar * (floor - top - 4) / 9
        _box(canvas, x, y, 24, 1.7, (160, 108, 62))
        _box(canvas, x, y, 24, 0.7, (214, 166, 112))
    for side in (0, 11.5, 23):
        _box(canvas, x + side, top - 2, 2.2, floor - top, (128, 84, 48), 0.4)


def _hoop(canvas: Canvas, x: float, height: int) -> None:
    _box(canvas, x - 10, 3, 20, 15, (244, 244, 240), 0.8)
    _box(canvas, x - 4, 8, 8, 6.5, (206, 60, 50))
    _box(canvas, x - 3, 9, 6, 4.6, (244, 244, 240))
    _box(canvas, x - 5, 17, 10, 1.6, (226, 96, 40))
    for k in range(4):
        top = np.array([x - 4.5 + 3 * k, 18.5])
        canvas.line(top, np.array([x - 2.5 + 1.6 * k, 26.0]), 0.6, (236, 236, 236))


def _street(
    canvas: Canvas, width: int, height: int, floor: float, rng: np.random.Generator
) -> None:
    sky: Colour = ((150, 190, 226), (196, 200, 208), (226, 190, 160))[int(rng.integers(3))]
    _ramp(canvas, 0, floor, sky, shade(sky, 1.45))
    x = -float(rng.uniform(0, 30))
    bricks = (
        (176, 104, 84),
        (150, 150, 158),
        (206, 188, 150),
        (120, 136, 130),
        (196, 140, 110),
        (98, 112, 140),
    )
    while x < width:
        w = float(rng.uniform(38, 60))
        _house(canvas, x, floor, w, height, bricks[int(rng.integers(len(bricks)))], rng)
        x += w + (float(rng.uniform(0, 8)) if rng.random() < 0.4 else 0.0)
    kerb = floor + 0.2 * (height - floor)
    _ramp(canvas, floor, kerb, (146, 142, 138), (170, 166, 160))
    _ramp(canvas, kerb, height, (82, 84, 90), (110, 112, 118))
    _box(canvas, 0, kerb - 0.6, width, 1.6, (196, 192, 186))
    for x in range(0, width, 15):
        _box(canvas, x, floor, 0.5, kerb - floor, (120, 117, 114))
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
    _box(canvas, x, top, w, floor - top, wall, 0.6)
    _box(canvas, x, top, 2.5, floor - top, shade(wall, 1.2))
    _box(canvas, x + w - 3, top, 3, floor - top, shade(wall, 0.78))
    _box(canvas, x - 0.6, top, w + 1.2, 2.2, shade(wall, 0.6))
    columns = max(2, round(w / 13))
    step = w / columns
    lit: Colour = (250, 226, 150)
    glass: Colour = (92, 116, 142)
    y = top + 6
    while y < floor - 24:
        for column in range(columns):
            px = x + column * step + step / 2 - 3.6
            pane = lit if rng.random() < 0.15 else glass
            _box(canvas, px - 0.9, y - 0.9, 9, 12, shade(wall, 1.45))
            _box(canvas, px, y, 7.2, 10, pane)
            _box(canvas, px, y, 7.2, 3.4, shade(pane, 1.35))
            _box(canvas, px + 3.2, y, 0.8, 10, shade(wall, 1.4))
        y += 17
    shop: Colour = ((196, 70, 62), (66, 120, 90), (62, 92, 150), (220, 160, 60))[
        int(rng.integers(4))
    ]
    _box(canvas, x + 4, floor - 18, w - 8, 18, (58, 72, 86), 0.6)
    corners = [
        (x + 5, floor - 2),
        (x + w * 0.35, floor - 17),
        (x + w * 0.5, floor - 17),
        (x + w * 0.25, floor - 2),
    ]
    canvas.fill(np.array(corners), (92, 110, 128))
    stripes = 7
    for part in range(stripes):
        px = x + 3 + part * (w - 6) / stripes
        _box(
            canvas,
            px,
            floor - 22,
            (w - 6) / stripes + 0.2,
            5.5,
            shop if part % 2 else (240, 238, 230),
        )


def _lamp_post(canvas: Canvas, x: float, floor: float, height: int) -> None:
    top = 0.1 * height
    _box(canvas, x, top, 2.2, floor - top, (54, 60, 66), 0.4)
    _box(canvas, x, top, 0.8, floor - top, (110, 118, 126))
    _box(canvas, x - 7, top - 1, 9, 1.6, (54, 60, 66))
    canvas.disc(x - 6, top + 1.6, 3.2, (250, 240, 190), 2.0)


def _car(canvas: Canvas, x: float, floor: float, rng: np.random.Generator) -> None:
    colour: Colour = ((190, 50, 48), (50, 90, 160), (226, 226, 222), (60, 64, 70))[
        int(rng.integers(4))
    ]
    body = [
        (x, floor - 4),
        (x + 52, floor - 4),
        (x + 51, floor - 12),
        (x + 40, floor - 13),
        (x + 2, floor - 13),
    ]
    roof = [
        (x + 8, floor - 12.5),
        (x + 42, floor - 12.5),
        (x + 34, floor - 21),
        (x + 15, floor - 21),
    ]
    canvas.outlined(np.array(roof), colour, 0.7)
    canvas.fill(
        np.array(
            [
                (x + 11, floor - 13),
                (x + 24, floor - 13),
                (x + 24, floor - 19.5),
                (x + 16.5, floor - 19.5),
            ]
        ),
        (150, 186, 206),
    )
    canvas.fill(
        np.array(
            [
                (x + 26, floor - 13),
                (x + 38.5, floor - 13),
                (x + 33, floor - 19.5),
                (x + 26, floor - 19.5),
            ]
        ),
        (150, 186, 206),
    )
    canvas.outlined(np.array(body), colour, 0.7)
    _box(canvas, x + 2, floor - 10, 48, 1.2, shade(colour, 1.4))
    for wheel in (11, 41):
        canvas.disc(x + wheel, floor - 3.6, 4.6, (30, 30, 34))
        canvas.disc(x + wheel, floor - 3.6, 2.3, (170, 172, 176))


def _park(canvas: Canvas, width: int, height: int, floor: float, rng: np.random.Generator) -> None:
    _ramp(canvas, 0, floor, (118, 176, 232), (206, 230, 244))
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
    grass: Colour = ((86, 150, 62), (110, 156, 70), (72, 136, 70))[int(rng.integers(3))]
    _ramp(canvas, floor, height, shade(grass, 0.85), shade(grass, 1.12))
    path = floor + 0.3 * (height - floor)
    _box(canvas, 0, path, width, 0.3 * (height - floor), (206, 184, 144))
    _box(canvas, 0, path, width, 1.0, (168, 146, 110))
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
    flowers = ((230, 80, 90), (250, 220, 90), (240, 240, 250), (180, 110, 210))
    for _ in range(width // 12):
        x, y = float(rng.uniform(0, width)), float(rng.uniform(floor, path - 1))
        canvas.disc(x, y, 0.9, flowers[int(rng.integers(4))])


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
    leaf: Colour = ((58, 120, 48), (84, 140, 52), (48, 104, 66), (128, 150, 52))[
        int(rng.integers(4))
    ]
    for part in range(7):
        px = x + float(rng.uniform(-11, 11))
        py = base - trunk - float(rng.uniform(-3, 16))
        r = float(rng.uniform(6.5, 10))
        canvas.disc(px, py + 1, r + 0.6, shade(leaf, 0.55))
        canvas.disc(px, py, r, shade(leaf, 0.88 + 0.06 * part))
        canvas.disc(px - 2, py - 2.5, r * 0.55, shade(leaf, 1.18))


def _bench(canvas: Canvas, x: float, floor: float) -> None:
    for px in (x + 3, x + 27):
        _box(canvas, px, floor - 8, 1.8, 8, (60, 60, 64))
    for y in (16.5, 13.5, 8.5):
        _box(canvas, x, floor - y, 32, 2.1, (158, 104, 60), 0.4)
        _box(canvas, x, floor - y, 32, 0.8, (200, 146, 96))

"""What passes before everything else: the pillar and falling leaves."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from common.world.canvas import SCALE, Canvas, Picture
from common.world.cast import Room
from common.world.wardrobe import Colour

_PILLARS: dict[Room, Colour] = {
    "kitchen": (214, 208, 196),
    "gym": (70, 96, 140),
    "street": (98, 92, 88),
    "park": (96, 68, 46),
}
_LEAF: Colour = (214, 150, 50)


def pillar_sprite(room: Room, width: float, height: int, rng: np.random.Generator) -> Picture:
    """A pillar of full height, rounded by its shading; (H*SCALE, w*SCALE, 3) RGB."""
    size = round(width * SCALE), height * SCALE
    across = np.linspace(-1, 1, size[0])
    tone = 0.35 + 0.75 * np.sqrt(np.clip(1 - (0.82 * across + 0.25) ** 2, 0, 1))
    noise = rng.standard_normal((24, 12)).astype(np.float32)
    grain = 1.0 + 0.04 * cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC)
    sprite = np.array(_PILLARS[room]) * (tone[None, :, None] * grain[..., None])
    if room in ("gym", "street"):
        sprite[round(0.3 * size[1]) : round(0.36 * size[1])] *= (1.5, 1.4, 0.6)
    return np.clip(sprite, 0, 255).astype(np.uint8)


def leaf_paths(
    time: NDArray[np.float64], width: int, height: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(leaves, F, 2) screen positions of four to eight leaves that sink and sway."""
    paths = []
    for _ in range(int(rng.integers(4, 9))):
        speed, period = rng.uniform(14, 26), rng.uniform(1.2, 2.4)
        y = (rng.uniform(0, 2 * height) + speed * time) % (1.6 * height) - 0.3 * height
        sway = 9 * np.sin(2 * np.pi * time / period + rng.uniform(0, 6))
        x = (rng.uniform(0, width) + sway - 6 * time) % (1.2 * width) - 0.1 * width
        paths.append(np.stack([x, y], axis=1))
    return np.stack(paths)


def draw_leaves(canvas: Canvas, places: NDArray[np.float64]) -> None:
    """Leaves at places (leaves, 2); they are too small to hide anybody in the mask."""
    for x, y in places:
        corners = np.array([(x - 1.4, y), (x, y - 0.8), (x + 1.4, y), (x, y + 0.8)])
        canvas.paint(corners, _LEAF)

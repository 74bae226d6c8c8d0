"""A world of 32x32 pixels: a textured patch moves over a still texture. Motion says nothing about
texture, and texture nothing about motion.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 32
CELL = 4
DIRECTIONS = 8
FAMILIES = 8
# A family of textures is a pair: the size of the finest grain in pixels, how far it is drawn out
# sideways.
_GRAINS = ((1, 1), (2, 1), (4, 1), (8, 1), (1, 4), (2, 4), (4, 4), (8, 4))


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene of T frames.

    Args:
        frames: (T, 32, 32, 3) uint8.
        motion: (T, 8, 8, 2) float32, true velocity in pixels a frame of the cells of 4x4 pixels
            that the patch covers by half or more, 0 elsewhere.
    """

    frames: NDArray[np.uint8]
    motion: NDArray[np.float32]


def draw_scene(
    rng: np.random.Generator,
    n_frames: int,
    speeds: tuple[float, float],
    direction: int | None = None,
    family: int | None = None,
) -> Scene:
    """A patch of 10 to 14 pixels that stays inside the picture.

    Args:
        rng: of this scene.
        n_frames: its length.
        speeds: pixels a frame, lowest and highest.
        direction: of the eight, in steps of 45 degrees from the right on, clockwise; any angle
            without it.
        family: of the eight texture families, of patch and ground; any without it.
    """
    angle = rng.uniform(0, 2 * np.pi) if direction is None else direction * np.pi / 4
    velocity = rng.uniform(*speeds) * np.array([np.cos(angle), np.sin(angle)])
    family = int(rng.integers(FAMILIES)) if family is None else family
    ground, patch = texture(rng, SIDE, family), texture(rng, 14, family)
    side = int(rng.integers(10, 15))
    way = velocity * (n_frames - 1)
    lowest, highest = np.maximum(0, -way), SIDE - side - np.maximum(0, way)
    start = rng.uniform(lowest, np.maximum(lowest, highest))
    places = start + velocity * np.arange(n_frames)[:, None]
    return _film(ground, patch[:side, :side], places, velocity)


def texture(rng: np.random.Generator, side: int, family: int) -> NDArray[np.uint8]:
    """(side, side, 3): noise of three octaves, the finest one as the family says."""
    grain, stretch = _GRAINS[family]
    total = np.full((side, side, 3), 128.0)
    for octave in range(3):
        tall = grain * 2**octave
        wide = tall * stretch
        coarse = rng.normal(0, 32, (max(2, -(-side // tall)), max(2, -(-side // wide)), 3))
        total += cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.clip(total, 0, 255).astype(np.uint8)


def _film(
    ground: NDArray[np.uint8],
    patch: NDArray[np.uint8],
    places: NDArray[np.float64],
    velocity: NDArray[np.float64],
) -> Scene:
    size = (SIDE, SIDE)
    alpha = np.ones(patch.shape[:2], np.float32)
    frames, motion = [], []
    for x, y in places:
        shift = np.array([[1, 0, x], [0, 1, y]])
        cover = cv2.warpAffine(alpha, shift, size)
        moved = cv2.warpAffine(patch, shift, size, borderMode=cv2.BORDER_REPLICATE)
        mixed = ground + cover[..., None] * (moved.astype(np.float32) - ground)
        frames.append(np.round(mixed).astype(np.uint8))
        share = cv2.resize(cover, (SIDE // CELL, SIDE // CELL), interpolation=cv2.INTER_AREA)
        motion.append((share >= 0.5)[..., None] * velocity)
    return Scene(np.stack(frames), np.float32(motion))

"""Textured films that pan at a known velocity."""

from collections.abc import Iterator

import cv2
import numpy as np


def pan(
    n_frames: int, velocity: tuple[int, int], height: int = 120, width: int = 160, seed: int = 0
) -> Iterator[np.ndarray]:
    """Pictures (H, W, 3) whose content moves by `velocity` = (x, y) pixels a frame."""
    rng = np.random.default_rng(seed)
    (dx, dy), steps = velocity, n_frames - 1
    rows, columns = height + steps * abs(dy), width + steps * abs(dx)
    texture = np.full((rows, columns, 3), 128.0)
    for size in (2, 4, 8):  # texture at several scales: on flat areas vectors are arbitrary
        coarse = rng.normal(0, 30, (-(-rows // size), -(-columns // size), 3))
        texture += cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)
    texture = np.clip(texture, 0, 255).astype(np.uint8)
    for i in range(n_frames):
        left = dx * (steps - i) if dx > 0 else -dx * i
        top = dy * (steps - i) if dy > 0 else -dy * i
        yield texture[top : top + height, left : left + width]

"""Changes of colours as 3x3 matrices on RGB values; any number of them at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Weights of red, green and blue in grey (ITU-R BT.601).
LUMA = np.array([0.299, 0.587, 0.114])

Matrices = NDArray[np.float64]


def saturation(depth: ArrayLike) -> Matrices:
    """(...,) -> (..., 3, 3): 0 gives grey, 1 changes nothing."""
    depths = np.asarray(depth)[..., None, None]
    return depths * np.eye(3) + (1 - depths) * np.tile(LUMA, (3, 1))


def hue(turn: ArrayLike) -> Matrices:
    """(...,) shares of a whole turn -> (..., 3, 3), rotations about the grey axis."""
    angle = 2 * np.pi * np.asarray(turn)[..., None, None]
    axis = np.full(3, 1 / np.sqrt(3))
    cross = np.cross(np.eye(3), axis)
    return np.cos(angle) * np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) / 3

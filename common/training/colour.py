"""Colour changes as 3x3 matrices on RGB values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def saturation(depth: float) -> NDArray[np.float32]:
    """1 leaves a picture as it is, 0 makes it grey."""
    return np.float32(depth * np.eye(3) + (1 - depth) * np.tile(_LUMA, (3, 1)))


def hue(turn: float) -> NDArray[np.float32]:
    """Rotation of the colours about the grey axis by `turn` radians."""
    axis = np.full(3, 1 / np.sqrt(3))
    cross = np.cross(np.eye(3), axis)
    rotation = np.cos(turn) * np.eye(3) + np.sin(turn) * cross
    return np.float32(rotation + (1 - np.cos(turn)) * np.outer(axis, axis))

"""Backgrounds: painted once for each video, wider than the frame, a little out of focus."""

from __future__ import annotations

import cv2
import numpy as np

from common.world.canvas import SCALE, Canvas, Picture
from common.world.cast import Room
from common.world.indoors import gym, kitchen
from common.world.outdoors import park, street

_BLUR, _CONTRAST = 0.9, 0.42
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
    {"kitchen": kitchen, "gym": gym, "street": street, "park": park}[room](
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

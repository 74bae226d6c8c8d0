"""Drawing: polygons with sub-pixel corners, on a picture and on a mask of instance ids alike.

Everything is drawn at `SCALE` times the final size and reduced with area averaging: clean edges for
little. A shape is drawn dark first and then in its colours, so that limbs stand out from bodies.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from common.world.wardrobe import Colour, shade

SCALE = 2
_SHIFT = 4
_FIXED = SCALE << _SHIFT
_ARC = 7

Picture = NDArray[np.uint8]
Array = NDArray[np.float64]

_CIRCLE = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 17)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 17)[:-1])], axis=1
)


class Canvas:
    """A picture (H*SCALE, W*SCALE, 3) RGB and, if wanted, a mask of ids of the same size.

    Coordinates are pixels of the finished picture. While `entity` is 0 the mask is wiped where
    something is drawn: what stands in front hides the instances behind it.
    """

    def __init__(self, picture: Picture, ids: Picture | None = None) -> None:
        self.picture, self.ids, self.entity = picture, ids, 0

    def fill(self, corners: Array, colour: Colour) -> None:
        """A filled polygon; corners (N, 2)."""
        self.fill_fixed(to_fixed(corners), colour)

    def paint(self, corners: Array, colour: Colour) -> None:
        """Like `fill`, but for what leaves the mask as it is."""
        self.paint_fixed(to_fixed(corners), colour)

    def fill_fixed(self, corners: NDArray[np.int32], colour: Colour) -> None:
        """A filled polygon whose corners are already in fixed-point numbers (`to_fixed`)."""
        cv2.fillConvexPoly(self.picture, corners, colour, cv2.LINE_AA, _SHIFT)
        if self.ids is not None:
            cv2.fillConvexPoly(self.ids, corners, self.entity, cv2.LINE_8, _SHIFT)

    def paint_fixed(self, corners: NDArray[np.int32], colour: Colour) -> None:
        """Like `fill_fixed`, for what lies within a shape that is already in the mask."""
        cv2.fillConvexPoly(self.picture, corners, colour, cv2.LINE_AA, _SHIFT)

    def outlined(self, corners: Array, colour: Colour, edge: float = 0.6) -> None:
        """A convex polygon with a dark edge `edge` pixels wide."""
        middle = corners.mean(axis=0)
        away = corners - middle
        length = np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-6)[:, None]
        self.fill(corners + away / length * edge, shade(colour, 0.45))
        self.fill(corners, colour)

    def disc(self, x: float, y: float, rx: float, colour: Colour, ry: float | None = None) -> None:
        """A filled circle, or ellipse."""
        self.fill(np.array([x, y]) + _CIRCLE * np.array([rx, rx if ry is None else ry]), colour)

    def line(self, a: Array, b: Array, width: float, colour: Colour) -> None:
        """A straight bar from a to b, each (2,)."""
        along = b - a
        across = np.array([-along[1], along[0]])
        across *= 0.5 * width / max(float(np.hypot(*along)), 1e-6)
        self.fill(np.stack([a + across, b + across, b - across, a - across]), colour)

    def shadow(self, x: float, y: float, rx: float) -> None:
        """A soft dark ellipse on the ground."""
        sprite = _shadow_sprite(max(2, round(rx * SCALE)))
        height, width = sprite.shape[:2]
        left, top = round(x * SCALE) - width // 2, round(y * SCALE) - height // 2
        x0, x1 = max(left, 0), min(left + width, self.picture.shape[1])
        y0, y1 = max(top, 0), min(top + height, self.picture.shape[0])
        if x0 >= x1 or y0 >= y1:
            return
        area = self.picture[y0:y1, x0:x1]
        part = sprite[y0 - top : y1 - top, x0 - left : x1 - left]
        cv2.multiply(area, part, dst=area, scale=1 / 255)

    def paste(self, sprite: Picture, x: float) -> None:
        """A full-height opaque sprite (H*SCALE, w, 3) with its middle at x."""
        left = round(x * SCALE) - sprite.shape[1] // 2
        x0, x1 = max(left, 0), min(left + sprite.shape[1], self.picture.shape[1])
        if x0 < x1:
            self.picture[:, x0:x1] = sprite[:, x0 - left : x1 - left]
            if self.ids is not None:
                self.ids[:, x0:x1] = 0


_SHADOWS: dict[int, Picture] = {}


def _shadow_sprite(radius: int) -> Picture:
    if radius not in _SHADOWS:
        height = max(3, round(radius * 0.3))
        y, x = np.mgrid[-height : height + 1, -radius : radius + 1]
        distance = np.sqrt((x / radius) ** 2 + (y / height) ** 2)
        dark = 0.5 * np.clip(1.15 - distance, 0.0, 0.85) / 0.85
        _SHADOWS[radius] = np.repeat(np.rint(255 * (1 - dark))[..., None], 3, axis=2).astype(
            np.uint8
        )
    return _SHADOWS[radius]


def to_fixed(corners: Array) -> NDArray[np.int32]:
    """Pixels to the fixed-point numbers that `fill_fixed` takes."""
    return np.rint(corners * _FIXED).astype(np.int32)


def capsules(p: Array, q: Array, rp: Array, rq: Array) -> Array:
    """Outlines of limbs: the hull of a disc at p and a disc at q.

    Args:
        p, q: (..., 2) ends; rp, rq: (...) radii.

    Returns:
        (..., 2 * 7, 2) corners.
    """
    along = q - p
    angle = np.arctan2(along[..., 1], along[..., 0])[..., None]
    half = np.linspace(-np.pi / 2, np.pi / 2, _ARC)
    ends = []
    for centre, radius, turn in ((q, rq, 0.0), (p, rp, np.pi)):
        arc = angle + turn + half
        ends.append(
            centre[..., None, :]
            + radius[..., None, None] * np.stack([np.cos(arc), np.sin(arc)], axis=-1)
        )
    return np.concatenate(ends, axis=-2)


def reduce(picture: Picture) -> Picture:
    """The finished picture: (H, W, 3)."""
    size = (picture.shape[1] // SCALE, picture.shape[0] // SCALE)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)

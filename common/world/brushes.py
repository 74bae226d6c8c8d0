"""Two brushes that all rooms are painted with: a vertical gradient and an upright bar."""

from __future__ import annotations

import numpy as np

from common.world.canvas import SCALE, Canvas
from common.world.wardrobe import Colour


def ramp(canvas: Canvas, top: float, bottom: float, first: Colour, last: Colour) -> None:
    """A vertical gradient between two heights, full width."""
    y0, y1 = round(top * SCALE), round(bottom * SCALE)
    y0, y1 = max(y0, 0), min(y1, canvas.picture.shape[0])
    rows = np.linspace(0, 1, max(y1 - y0, 1))[:, None]
    colours = np.array(first) * (1 - rows) + np.array(last) * rows
    canvas.picture[y0:y1] = np.rint(colours)[:, None].astype(np.uint8)


def bar(
    canvas: Canvas, x: float, y: float, w: float, h: float, colour: Colour, edge: float = 0.0
) -> None:
    """An upright rectangle with its upper left corner at x, y; `edge` pixels of dark border."""
    corners = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], float)
    if edge:
        canvas.outlined(corners, colour, edge)
    else:
        canvas.fill(corners, colour)

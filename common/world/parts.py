"""Collect the polygons of a figure, part by part: dark edge, colour, highlight."""

from __future__ import annotations

import numpy as np

from common.world.body import INDEX, Array
from common.world.canvas import capsules
from common.world.wardrobe import Colour, shade

EDGE = 0.09  # of the dark outline, u
DARK, LIT = 0.42, 1.2
POINTS = 14  # corners of every polygon of a figure

_TURN = np.linspace(0, 2 * np.pi, POINTS + 1)[:-1]
_RING = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)


class Parts:
    """The polygons of one person over F frames; `unit` is pixels per u, radii are in u."""

    def __init__(self, screen: Array, unit: float) -> None:
        self.screen, self.unit = screen, unit
        self.polygons: list[Array] = []
        self.colours: list[Colour] = []
        self.solid: list[bool] = []
        self.groups: dict[str, range] = {}
        self._bones: list[tuple[Array, Array, Array, Array, Colour]] = []
        self._first = 0

    def at(self, joint: str) -> Array:
        """(F, 2) pixels of a joint."""
        return self.screen[:, INDEX[joint]]

    def bone(
        self, p: Array, q: Array, rp: Array | float, rq: Array | float, colour: Colour
    ) -> None:
        """A shaded limb from p to q, each (F, 2) pixels; drawn when the group is closed."""
        radii = [np.broadcast_to(np.asarray(r, float) * self.unit, (len(p),)) for r in (rp, rq)]
        self._bones.append((p, q, radii[0], radii[1], colour))

    def flush(self) -> None:
        """Lay down the bones so far: all edges, then all colours, then all highlights, so that no
        edge runs across a joint.
        """
        edge = EDGE * self.unit
        for p, q, rp, rq, colour in self._bones:
            self._add(capsules(p, q, rp + edge, rq + edge), shade(colour, DARK), True)
        for p, q, rp, rq, colour in self._bones:
            self._add(capsules(p, q, rp, rq), colour, False)
        for p, q, rp, rq, colour in self._bones:
            towards_light = np.array([-0.3, -0.28])
            lit_p, lit_q = p + rp[:, None] * towards_light, q + rq[:, None] * towards_light
            self._add(capsules(lit_p, lit_q, rp * 0.5, rq * 0.5), shade(colour, LIT), False)
        self._bones = []

    def close(self, group: str) -> None:
        """Finish a group: what was added since the last one."""
        self.flush()
        self.groups[group] = range(self._first, len(self.polygons))
        self._first = len(self.polygons)

    def capsule(
        self,
        p: Array,
        q: Array,
        rp: Array | float,
        rq: Array | float,
        colour: Colour,
        solid: bool = False,
    ) -> None:
        """One flat capsule; `solid` ones count as part of the person's outline."""
        radii = [np.broadcast_to(np.asarray(r, float) * self.unit, (len(p),)) for r in (rp, rq)]
        self._add(capsules(p, q, radii[0], radii[1]), colour, solid)

    def disc(
        self,
        centre: Array,
        radius: Array | float,
        colour: Colour,
        solid: bool = False,
        flat: float = 1.0,
    ) -> None:
        """One flat disc, or an ellipse `flat` times as high."""
        size = np.broadcast_to(np.asarray(radius, float) * self.unit, (len(centre),))
        ring = _RING * np.array([1.0, flat])
        self._add(centre[:, None] + size[:, None, None] * ring, colour, solid)

    def _add(self, polygon: Array, colour: Colour, solid: bool) -> None:
        self.polygons.append(polygon)
        self.colours.append(colour)
        self.solid.append(solid)

"""Draw people: shaded limbs, clothes, hair, faces, hands and shoes over the jointed skeleton.

All polygons of all frames are computed at once; drawing a frame is then only filling them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.world.body import GAZE, INDEX, Array, joints, project
from common.world.canvas import Canvas, capsules, to_fixed
from common.world.scene import Person
from common.world.wardrobe import Colour, Look, shade

_EDGE = 0.09  # of the dark outline, u
_POINTS = 14


@dataclass(frozen=True, slots=True)
class Figure:
    """A person ready to be drawn.

    Attributes:
        polygons: (F, P, 14, 2) fixed-point corners, world pixels.
        colours: (P,) RGB; solid: (P,) whether a polygon counts as outline (goes into the mask).
        groups: part name -> range of polygons.
        order: (F,) index into `orders`.
        hands: (F, 2, 2) pixels of right and left hand; head: (F, 2) pixels.
        span: (F, 2) left and right end in pixels.
    """

    polygons: NDArray[np.int32]
    colours: list[Colour]
    solid: list[bool]
    groups: dict[str, range]
    fronts: NDArray[np.bool_]
    hands: Array
    span: Array
    feet_x: Array


class _Builder:
    """Collects the polygons of one person part by part."""

    def __init__(self, screen: Array, unit: float) -> None:
        self.screen, self.unit = screen, unit
        self.polygons: list[Array] = []
        self.colours: list[Colour] = []
        self.solid: list[bool] = []
        self.groups: dict[str, range] = {}
        self._bones: list[tuple[Array, Array, Array, Array, Colour]] = []

    def bone(
        self, p: Array, q: Array, rp: Array | float, rq: Array | float, colour: Colour
    ) -> None:
        """A limb from p to q, each (F, 2) pixels; radii in u."""
        n = len(p)
        radii = [np.broadcast_to(np.asarray(r, float) * self.unit, (n,)) for r in (rp, rq)]
        self._bones.append((p, q, radii[0], radii[1], colour))

    def close(self, group: str) -> None:
        """Finish a group: outlines of all its bones, then their colours, then highlights."""
        first = len(self.polygons)
        edge = _EDGE * self.unit
        for p, q, rp, rq, colour in self._bones:
            self.add(capsules(p, q, rp + edge, rq + edge), shade(colour, 0.42), True)
        for p, q, rp, rq, colour in self._bones:
            self.add(capsules(p, q, rp, rq), colour, False)
        for p, q, rp, rq, colour in self._bones:
            shift = np.array([-0.3, -0.28])
            lit_p, lit_q = p + rp[:, None] * shift, q + rq[:, None] * shift
            self.add(capsules(lit_p, lit_q, rp * 0.5, rq * 0.5), shade(colour, 1.22), False)
        self._bones = []
        self.groups[group] = range(first, len(self.polygons))

    def add(self, polygon: Array, colour: Colour, solid: bool) -> None:
        self.polygons.append(polygon)
        self.colours.append(colour)
        self.solid.append(solid)

    def at(self, name: str) -> Array:
        return self.screen[:, INDEX[name]]


def build_figure(person: Person) -> Figure:
    """Compute all polygons of a person over all frames."""
    body = joints(person.pose)
    unit = np.full(len(body), person.unit)
    screen, near = project(body, person.yaw, person.x, person.ground, unit)
    builder = _Builder(screen, person.unit)
    look = person.look
    for side in ("r", "l"):
        _leg(builder, look, side)
        _arm(builder, look, side)
    _torso(builder, look, person.yaw)
    _head(builder, look, person.yaw + person.pose[:, GAZE])
    polygons = np.stack(builder.polygons, axis=1)
    xs = screen[:, :, 0]
    return Figure(
        to_fixed(polygons),
        builder.colours,
        builder.solid,
        builder.groups,
        _fronts(near),
        screen[:, [INDEX["hand_r"], INDEX["hand_l"]]],
        np.stack([xs.min(axis=1) - 2 * person.unit, xs.max(axis=1) + 2 * person.unit], axis=1),
        0.5 * (screen[:, INDEX["ankle_r"], 0] + screen[:, INDEX["ankle_l"], 0]),
    )


def _fronts(near: Array) -> NDArray[np.bool_]:
    """(F, 5): right leg nearer than left; and whether right upper arm, right forearm, left upper
    arm and left forearm lie before the torso.
    """
    legs = near[:, INDEX["knee_r"]] > near[:, INDEX["knee_l"]]
    chest = near[:, INDEX["chest"]]
    columns = [legs]
    for side in ("r", "l"):
        elbow = near[:, INDEX[f"elbow_{side}"]]
        upper = 0.5 * (near[:, INDEX[f"shoulder_{side}"]] + elbow) > chest
        fore = 0.5 * (near[:, INDEX[f"hand_{side}"]] + elbow) > chest - 0.05
        columns += [upper, fore]
    return np.stack(columns, axis=1)


def _leg(b: _Builder, look: Look, side: str) -> None:
    hip, knee, ankle, toe = (b.at(f"{name}_{side}") for name in ("hip", "knee", "ankle", "toe"))
    bare = look.legs != "trousers"
    skin, cloth = look.skin, look.bottom
    b.bone(knee, ankle, 0.36, 0.25, skin if bare else cloth)
    b.bone(hip, knee, 0.56 * look.girth, 0.4, skin if look.legs == "skirt" else cloth)
    heel = ankle + np.array([0.0, 0.08 * b.unit])
    b.bone(heel, toe, 0.26, 0.2, look.shoes)
    b.close(f"leg_{side}")


def _arm(b: _Builder, look: Look, side: str) -> None:
    shoulder, elbow, hand = (b.at(f"{name}_{side}") for name in ("shoulder", "elbow", "hand"))
    sleeve = look.top if look.cut != "vest" else look.skin
    b.bone(shoulder, elbow, 0.38, 0.32, sleeve)
    b.close(f"upper_{side}")
    lower = look.top if look.long_sleeves and look.cut != "vest" else look.skin
    b.bone(hand, hand + 0.12 * (hand - elbow), 0.27, 0.25, look.skin)
    b.bone(elbow, elbow + 0.86 * (hand - elbow), 0.31, 0.24, lower)
    b.close(f"fore_{side}")


def _torso(b: _Builder, look: Look, yaw: Array) -> None:
    pelvis, chest = b.at("pelvis"), b.at("chest")
    hip_r, hip_l = b.at("hip_r"), b.at("hip_l")
    shoulder_r, shoulder_l = b.at("shoulder_r"), b.at("shoulder_l")
    wide = np.abs(np.sin(yaw))
    girth = look.girth
    if look.legs == "skirt":
        knee = 0.5 * (b.at("knee_r") + b.at("knee_l"))
        b.bone(pelvis, pelvis + 0.8 * (knee - pelvis), 0.6 * girth, 0.95, look.bottom)
    b.bone(hip_r, hip_l, 0.52 * girth, 0.52 * girth, look.bottom)
    b.bone(
        pelvis + 0.08 * (chest - pelvis),
        chest,
        (0.62 + 0.08 * wide) * girth,
        0.72 + 0.05 * wide,
        look.top,
    )
    b.bone(shoulder_r, shoulder_l, 0.42, 0.42, look.top)
    neck = chest + 0.45 * (b.at("head") - chest)
    b.bone(chest, neck, 0.34, 0.3, look.skin)
    b.close("torso")
    _pattern(b, look, pelvis, chest, wide)
    b.groups["torso"] = range(b.groups["torso"].start, len(b.polygons))


def _pattern(b: _Builder, look: Look, pelvis: Array, chest: Array, wide: Array) -> None:
    """Stripes, a belt or an open vest over the torso."""
    along = chest - pelvis
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    half = ((0.66 + 0.06 * wide) * look.girth * b.unit)[:, None]
    if look.cut == "stripes":
        for at in (0.3, 0.58, 0.86):
            middle = pelvis + at * along
            b.add(
                _band(middle - across * half, middle + across * half, 0.13 * b.unit),
                look.accent,
                False,
            )
    elif look.cut == "belt":
        middle = pelvis + 0.02 * along
        b.add(
            _band(middle - across * half, middle + across * half, 0.13 * b.unit),
            shade(look.bottom, 0.4),
            False,
        )
    elif look.cut == "vest":
        b.add(
            capsules(
                pelvis + 0.12 * along,
                pelvis + 0.95 * along,
                np.full(len(pelvis), 0.2 * b.unit),
                np.full(len(pelvis), 0.26 * b.unit),
            ),
            look.accent,
            False,
        )


def _band(p: Array, q: Array, radius: float) -> Array:
    return capsules(p, q, np.full(len(p), radius), np.full(len(p), radius))


def _head(b: _Builder, look: Look, yaw: Array) -> None:
    unit, head, chest = b.unit, b.at("head"), b.at("chest")
    up = head - chest
    up /= np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-6)
    side = np.stack([-up[:, 1], up[:, 0]], axis=1)
    # `ahead` is where the face points on the screen, `open_` how much of it the camera sees.
    ahead, seen = np.cos(yaw)[:, None] * side, np.sin(yaw)[:, None]
    first = len(b.polygons)
    skin, hair = look.skin, look.hair if look.style not in ("bald",) else look.skin
    if look.style == "long":
        back = head - 0.25 * unit * ahead
        drop = back - (1.35 * unit) * up
        for radius, colour, solid in ((0.68, shade(hair, 0.42), True), (0.6, hair, False)):
            b.add(
                capsules(
                    back,
                    drop,
                    np.full(len(head), radius * unit),
                    np.full(len(head), 0.75 * radius * unit),
                ),
                colour,
                solid,
            )
    if look.style == "bun":
        knot = head - 0.8 * unit * ahead + 0.35 * unit * up
        b.add(_disc(knot, 0.42 * unit), shade(hair, 0.42), True)
        b.add(_disc(knot, 0.34 * unit), hair, False)
    skull, crown = head - 0.06 * unit * up, head + 0.1 * unit * up
    radius = np.full(len(head), 0.8 * unit)
    b.add(
        capsules(skull, crown, radius + 0.09 * unit, radius + 0.09 * unit), shade(hair, 0.42), True
    )
    b.add(capsules(skull, crown, radius, radius), hair, False)
    b.add(
        capsules(skull - 0.3 * unit, crown - 0.25 * unit, radius * 0.4, radius * 0.4),
        shade(hair, 1.15),
        False,
    )
    # The face slides over the skull: sideways it sticks out, from behind it is gone.
    facing = np.clip(1.15 + 1.3 * seen, 0.0, 1.0)[:, 0]
    low, high = (0.16, 0.14) if look.style != "bald" else (0.04, 0.22)
    face = head + 0.26 * unit * ahead - low * unit * up
    b.add(
        capsules(
            face - 0.12 * unit * up,
            face + high * unit * up,
            0.66 * unit * facing,
            0.62 * unit * facing,
        ),
        skin,
        False,
    )
    b.add(
        capsules(
            face - 0.05 * unit * up - 0.14 * unit,
            face + high * unit * up - 0.14 * unit,
            0.3 * unit * facing,
            0.3 * unit * facing,
        ),
        shade(skin, 1.15),
        False,
    )
    nose = head + 0.92 * unit * ahead - 0.12 * unit * up
    b.add(_disc(nose, 0.17 * unit * facing), shade(skin, 0.92), True)
    visible = np.clip(0.35 + seen[:, 0], 0.0, 1.0) > 0.2
    for offset in (0.34, -0.34):
        eye_near = seen * 0.75 + offset * np.cos(yaw)[:, None] * 1.0
        eye = head + unit * (0.72 * ahead - offset * np.sin(yaw)[:, None] * side) + 0.12 * unit * up
        shown = (eye_near[:, 0] > 0.02) & visible
        b.add(_disc(eye, np.where(shown, 0.15 * unit, 0.0)), (30, 26, 30), False)
    mouth = head + 0.66 * unit * ahead - 0.46 * unit * up
    b.add(_disc(mouth, np.where(visible, 0.14 * unit, 0.0), flat=0.5), shade(skin, 0.55), False)
    if look.style == "cap":
        top = head + 0.42 * unit * up
        b.add(
            capsules(
                top - 0.42 * unit * side, top + 0.42 * unit * side, radius * 0.62, radius * 0.62
            ),
            look.accent,
            True,
        )
        brim = top - 0.05 * unit * up
        b.add(_band(brim, brim + 1.15 * unit * ahead, 0.14 * unit), shade(look.accent, 0.7), True)
    b.groups["head"] = range(first, len(b.polygons))


def _disc(centre: Array, radius: Array | float, flat: float = 1.0) -> Array:
    angle = np.linspace(0, 2 * np.pi, _POINTS + 1)[:-1]
    ring = np.stack([np.cos(angle), flat * np.sin(angle)], axis=1)
    radius = np.broadcast_to(np.asarray(radius, float), (len(centre),))
    return centre[:, None] + radius[:, None, None] * ring


def draw_figure(
    canvas: Canvas, figure: Figure, frame: int, offset: NDArray[np.int32], layer: str
) -> None:
    """Draw one layer of a person: `back` (all that things in the hands hide) or `front`.

    Args:
        offset: (2,) fixed-point camera position.
    """
    right_near, right_upper, right_fore, left_upper, left_fore = figure.fronts[frame]
    arms = (
        ("upper_r", right_upper),
        ("fore_r", right_fore),
        ("upper_l", left_upper),
        ("fore_l", left_fore),
    )
    far, near = ("leg_l", "leg_r") if right_near else ("leg_r", "leg_l")
    if layer == "back":
        names = [name for name, front in arms if not front] + [far, near, "torso", "head"]
    else:
        names = [name for name, front in arms if front]
    polygons = figure.polygons[frame] - offset
    for name in names:
        for index in figure.groups[name]:
            if figure.solid[index]:
                canvas.fill_fixed(polygons[index], figure.colours[index])
            else:
                canvas.paint_fixed(polygons[index], figure.colours[index])

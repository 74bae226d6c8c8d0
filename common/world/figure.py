"""Draw people: shaded limbs, clothes, hair, faces, hands and shoes over the jointed skeleton.

All polygons of all frames are computed at once; drawing a frame is then only filling them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.world.body import GAZE, INDEX, Array, joints, project
from common.world.canvas import Canvas, to_fixed
from common.world.head import add_head
from common.world.parts import Parts
from common.world.scene import Person
from common.world.wardrobe import Colour, Look, shade


@dataclass(frozen=True, slots=True)
class Figure:
    """A person ready to be drawn, over F frames.

    Attributes:
        polygons: (F, P, 14, 2) fixed-point corners, world pixels.
        colours: (P,) RGB; solid: (P,) whether a polygon is part of the outline (of the mask).
        groups: name of a part -> its polygons.
        order: (F, 6) booleans that decide what lies before what, see `_order`.
        hands: (F, 2, 2) pixels of right and left hand.
        span: (F, 2) left and right end, pixels; feet_x: (F,).
    """

    polygons: NDArray[np.int32]
    colours: list[Colour]
    solid: list[bool]
    groups: dict[str, range]
    order: NDArray[np.bool_]
    hands: Array
    span: Array
    feet_x: Array


def build_figure(person: Person) -> Figure:
    """Compute all polygons of a person over all frames."""
    body = joints(person.pose)
    unit = np.full(len(body), person.unit)
    screen, near = project(body, person.yaw, person.x, person.ground, unit)
    parts = Parts(screen, person.unit)
    gaze = person.yaw + person.pose[:, GAZE]
    for side in ("r", "l"):
        _leg(parts, person.look, side)
        _arm(parts, person.look, side)
    _torso(parts, person.look, person.yaw)
    add_head(parts, person.look, gaze)
    across = screen[:, :, 0]
    reach = 2 * person.unit
    return Figure(
        to_fixed(np.stack(parts.polygons, axis=1)),
        parts.colours,
        parts.solid,
        parts.groups,
        _order(near, gaze),
        screen[:, [INDEX["hand_r"], INDEX["hand_l"]]],
        np.stack([across.min(axis=1) - reach, across.max(axis=1) + reach], axis=1),
        0.5 * (screen[:, INDEX["ankle_r"], 0] + screen[:, INDEX["ankle_l"], 0]),
    )


def _order(near: Array, gaze: Array) -> NDArray[np.bool_]:
    """(F, 6): right leg nearer than left; right upper arm, right forearm, left upper arm, left
    forearm before the torso; long hair before the torso.
    """
    columns = [near[:, INDEX["knee_r"]] > near[:, INDEX["knee_l"]]]
    chest = near[:, INDEX["chest"]]
    for side in ("r", "l"):
        elbow = near[:, INDEX[f"elbow_{side}"]]
        columns.append(0.5 * (near[:, INDEX[f"shoulder_{side}"]] + elbow) > chest)
        columns.append(0.5 * (near[:, INDEX[f"hand_{side}"]] + elbow) > chest - 0.05)
    return np.stack([*columns, np.sin(gaze) < 0.4], axis=1)


def _leg(parts: Parts, look: Look, side: str) -> None:
    hip, knee, ankle, toe = (parts.at(f"{name}_{side}") for name in ("hip", "knee", "ankle", "toe"))
    lower = look.bottom if look.legs == "trousers" else look.skin
    upper = look.skin if look.legs == "skirt" else look.bottom
    parts.bone(knee, ankle, 0.36, 0.25, lower)
    parts.bone(hip, knee, 0.56 * look.girth, 0.4, upper)
    heel = ankle + np.array([0.0, 0.08 * parts.unit])
    parts.bone(heel, toe, 0.27, 0.21, look.shoes)
    parts.close(f"leg_{side}")


def _arm(parts: Parts, look: Look, side: str) -> None:
    shoulder, elbow, hand = (parts.at(f"{name}_{side}") for name in ("shoulder", "elbow", "hand"))
    bare = look.cut == "vest"
    parts.bone(shoulder, elbow, 0.38, 0.32, look.skin if bare else look.top)
    parts.close(f"upper_{side}")
    sleeve = look.top if look.long_sleeves and not bare else look.skin
    parts.bone(hand, hand + 0.12 * (hand - elbow), 0.28, 0.25, look.skin)
    parts.bone(elbow, elbow + 0.86 * (hand - elbow), 0.31, 0.24, sleeve)
    parts.close(f"fore_{side}")


def _torso(parts: Parts, look: Look, yaw: Array) -> None:
    pelvis, chest = parts.at("pelvis"), parts.at("chest")
    # From the front a body is wider than from the side.
    broad = np.abs(np.sin(yaw))
    parts.bone(
        parts.at("hip_r"), parts.at("hip_l"), 0.5 * look.girth, 0.5 * look.girth, look.bottom
    )
    if look.legs == "skirt":
        knees = 0.5 * (parts.at("knee_r") + parts.at("knee_l"))
        hem = pelvis + 0.8 * (knees - pelvis)
        parts.bone(pelvis, hem, 0.6 * look.girth, 0.95, look.bottom)
    parts.flush()
    waist, belly = pelvis + 0.1 * (chest - pelvis), (0.6 + 0.08 * broad) * look.girth
    parts.bone(waist, chest, belly, 0.7 + 0.05 * broad, look.top)
    parts.bone(parts.at("shoulder_r"), parts.at("shoulder_l"), 0.42, 0.42, look.top)
    parts.bone(chest, chest + 0.45 * (parts.at("head") - chest), 0.34, 0.3, look.skin)
    parts.flush()
    _pattern(parts, look, pelvis, chest, belly)
    parts.close("torso")


def _pattern(parts: Parts, look: Look, pelvis: Array, chest: Array, belly: Array) -> None:
    """Stripes, a belt or the opening of a vest over the torso."""
    along = chest - pelvis
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    half = across * (parts.unit * (belly - 0.02))[:, None]
    if look.cut == "stripes":
        for height in (0.3, 0.58, 0.86):
            middle = pelvis + height * along
            parts.capsule(middle - half, middle + half, 0.13, 0.13, look.accent)
    elif look.cut == "belt":
        middle = pelvis + 0.02 * along
        parts.capsule(middle - half, middle + half, 0.14, 0.14, shade(look.bottom, 0.4))
    elif look.cut == "vest":
        parts.capsule(pelvis + 0.12 * along, pelvis + 0.95 * along, 0.2, 0.26, look.accent)


def draw_figure(
    canvas: Canvas, figure: Figure, frame: int, offset: NDArray[np.int32], layer: str
) -> None:
    """Draw one layer of a person: `back` (all that things in the hands hide) or `front`.

    Args:
        offset: (2,) fixed-point camera position.
    """
    right_near, right_upper, right_fore, left_upper, left_fore, mane = figure.order[frame]
    arms = (
        ("upper_r", right_upper),
        ("fore_r", right_fore),
        ("upper_l", left_upper),
        ("fore_l", left_fore),
    )
    legs = ["leg_l", "leg_r"] if right_near else ["leg_r", "leg_l"]
    if layer == "back":
        body = ["torso", "mane"] if mane else ["mane", "torso"]
        names = [name for name, front in arms if not front] + legs + body + ["head"]
    else:
        names = [name for name, front in arms if front]
    polygons = figure.polygons[frame] - offset
    for name in names:
        for index in figure.groups[name]:
            if figure.solid[index]:
                canvas.fill_fixed(polygons[index], figure.colours[index])
            else:
                canvas.paint_fixed(polygons[index], figure.colours[index])

"""Heads: hair, face and cap, for any direction a person looks in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.world.body import Array
from common.world.parts import DARK, EDGE, Parts
from common.world.wardrobe import Look, shade

_SKULL = 0.74


@dataclass(frozen=True, slots=True)
class _Pose:
    """The head's own axes on the screen, (F, 2) pixels per u; `seen` (F,) is 1 face on, -1 from
    behind.
    """

    middle: Array
    up: Array
    side: Array
    ahead: Array
    seen: Array

    def at(self, forward: float, height: float) -> Array:
        """A point of the head, u from its middle."""
        return self.middle + forward * self.ahead + height * self.up


def add_head(parts: Parts, look: Look, yaw: Array) -> None:
    """Groups `mane` (long hair, which may lie behind the shoulders) and `head`."""
    middle = parts.at("head")
    up = middle - parts.at("chest")
    up = parts.unit * up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-6)
    side = np.stack([-up[:, 1], up[:, 0]], axis=1)
    pose = _Pose(middle, up, side, np.cos(yaw)[:, None] * side, np.sin(yaw))
    if look.style == "long":
        parts.bone(pose.at(-0.2, 0.0), pose.at(-0.3, -1.35), 0.66, 0.5, look.hair)
    parts.close("mane")
    _hair(parts, look, pose)
    _face(parts, look, pose, yaw)
    if look.style == "cap":
        _cap(parts, look, pose)
    parts.close("head")


def _hair(parts: Parts, look: Look, pose: _Pose) -> None:
    """Hair over skull and nape; the chin below it is bare."""
    hair = look.skin if look.style == "bald" else look.hair
    jaw = np.clip(1.15 + 1.3 * pose.seen, 0.0, 1.0) * 0.52 + EDGE
    parts.capsule(pose.at(0.27, -0.36), pose.at(0.24, 0.0), jaw, jaw, shade(look.skin, DARK), True)
    if look.style == "bun":
        parts.bone(pose.at(-0.72, 0.46), pose.at(-0.78, 0.4), 0.34, 0.34, hair)
    parts.bone(pose.at(-0.08, 0.02), pose.at(-0.04, 0.16), _SKULL, _SKULL, hair)
    parts.flush()


def _face(parts: Parts, look: Look, pose: _Pose, yaw: Array) -> None:
    """The face slides over the skull: sideways it sticks out, from behind it is gone."""
    skin = look.skin
    shown = np.clip(1.15 + 1.3 * pose.seen, 0.0, 1.0)
    high = 0.2 if look.style == "bald" else 0.02
    parts.capsule(pose.at(0.27, -0.36), pose.at(0.25, high), 0.52 * shown, 0.58 * shown, skin)
    cheek = pose.at(0.18, -0.16) - 0.12 * parts.unit
    parts.disc(cheek, 0.3 * shown, shade(skin, 1.15))
    parts.disc(pose.at(0.86, -0.14), 0.17 * shown, shade(skin, 0.9), solid=True)
    faced = pose.seen > -0.15
    for offset in (0.32, -0.32):
        eye = pose.at(0.66, 0.06) - offset * np.sin(yaw)[:, None] * pose.side
        near = 0.75 * pose.seen + offset * np.cos(yaw)
        parts.disc(eye, np.where(faced & (near > 0.02), 0.125, 0.0), (28, 24, 30), flat=1.25)
    parts.disc(pose.at(0.58, -0.5), np.where(faced, 0.15, 0.0), shade(skin, 0.55), flat=0.5)


def _cap(parts: Parts, look: Look, pose: _Pose) -> None:
    left, right = pose.at(0.0, 0.36) - 0.3 * pose.side, pose.at(0.0, 0.36) + 0.3 * pose.side
    brim = pose.at(0.1, 0.18), pose.at(1.15, 0.12)
    for grown, tone in ((EDGE, DARK), (0.0, 1.0)):
        parts.capsule(left, right, 0.5 + grown, 0.5 + grown, shade(look.accent, tone), grown > 0)
    parts.capsule(*brim, 0.16, 0.13, shade(look.accent, 0.6), solid=True)
    parts.disc(pose.at(-0.1, 0.55) - 0.2 * pose.side, 0.2, shade(look.accent, 1.25), flat=0.7)

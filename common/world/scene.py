"""A scene over time, ready to be filmed: persons, things and camera as arrays over all frames.

World coordinates are pixels of the finished picture: x runs along the room, y down the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.world.body import Array
from common.world.cast import Room
from common.world.motion import GONE
from common.world.wardrobe import Look


@dataclass(slots=True, eq=False)
class Person:
    """One person over F frames. `entity` is the id that never changes within a video.

    Attributes:
        pose: (F, SIZE); yaw, x, ground: (F,); unit: pixels per u.
        shown: (F,) whether the person is in the room at all.
        doing: (F,) verbs, "" for background activity.
        seated, walking, jumping: (F,) what the legs do.
    """

    entity: int
    look: Look
    pose: Array
    yaw: Array
    x: Array
    ground: Array
    unit: float
    shown: NDArray[np.bool_]
    doing: list[str]
    seated: NDArray[np.bool_]
    walking: NDArray[np.bool_]
    jumping: NDArray[np.bool_]


@dataclass(slots=True, eq=False)
class Prop:
    """One thing over F frames.

    Attributes:
        mode: (F,) PLACED, RIGHT, BOTH, BEHIND, PARTNER or GONE.
        x, ground: (F,) pixels of a placed thing's foot; y: (F,) u above it.
        facing: 1 or -1: the side its user stands on.
        holder, partner: indices into the scene's persons.
        colour: RGB.
    """

    entity: int
    kind: str
    mode: NDArray[np.int64]
    x: Array
    ground: Array
    y: Array
    angle: Array
    opened: Array
    unit: float
    facing: NDArray[np.float64]
    colour: tuple[int, int, int]
    holder: int = 0
    partner: int | None = None


@dataclass(frozen=True, slots=True)
class Pillar:
    """A foreground pillar: screen x of its middle over F frames (NaN: not there) and its width."""

    x: Array
    width: float


@dataclass(slots=True, eq=False)
class Scene:
    """All that is filmed. Pictures show what lies from `camera_x` (F,) on, times `gain` (F,)."""

    room: Room
    fps: int
    n_frames: int
    persons: list[Person]
    props: list[Prop]
    camera_x: Array
    camera_y: Array
    gain: Array
    height: int
    pillar: Pillar | None = None
    leaves: bool = False


def new_person(look: Look, pose: Array, unit: float, ground: float) -> Person:
    """Somebody with these poses (F, SIZE) who is not shown yet, at x 0, facing right."""
    n = len(pose)
    flags = [np.zeros(n, bool) for _ in range(4)]
    grounds = np.full(n, ground)
    return Person(
        0, look, pose, np.zeros(n), np.zeros(n), grounds, unit, flags[0], [""] * n, *flags[1:]
    )


def empty_prop(
    kind: str, n_frames: int, unit: float, ground: float, colour: tuple[int, int, int]
) -> Prop:
    """A thing that is nowhere yet."""
    x, y, angle, opened = (np.zeros(n_frames) for _ in range(4))
    mode, grounds = np.full(n_frames, GONE, np.int64), np.full(n_frames, ground)
    return Prop(0, kind, mode, x, grounds, y, angle, opened, unit, np.ones(n_frames), colour)

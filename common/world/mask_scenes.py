"""Short scenes for object segmentation: look-alikes, pillars, leaving and returning, a crowd."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from common.core.seeds import rng_for
from common.world.body import Array, standing
from common.world.cast import ROOMS
from common.world.direct import GROUND, number_entities
from common.world.motion import BOTH, PLACED, STRIDE, hold, idle, step
from common.world.scene import Person, Pillar, Prop, Scene, empty_prop, new_person
from common.world.sizes import BALL_RADIUS
from common.world.wardrobe import Look, draw_look, thing_colour, twin


class _Cast:
    """Persons and things of one short scene; `s` runs from 0 to 1 over its frames.

    Places along the picture are shares of its width.
    """

    def __init__(self, n: int, fps: int, width: int, height: int, rng: np.random.Generator) -> None:
        self.n, self.fps, self.width, self.height, self.rng = n, fps, width, height, rng
        self.s = np.linspace(0.0, 1.0, n)
        self.unit = height * float(rng.uniform(0.48, 0.6)) / 8.0
        self.persons: list[Person] = []
        self.props: list[Prop] = []
        self.pillar: Pillar | None = None

    def look(self) -> Look:
        return draw_look(self.rng)

    def walker(self, look: Look, place: Array, lane: float, held: str | None = None) -> None:
        """Somebody who goes along `place` (F,); lane shifts the ground by a share of the height."""
        unit = self.unit * (1 + 1.8 * lane)
        person = new_person(look, hold(standing(self.n), held), unit, self.height * (GROUND + lane))
        person.x, person.shown[:] = self.width * place, True
        speed = np.gradient(person.x) * self.fps
        moving = np.clip(np.abs(speed) / unit / 1.5, 0.0, 1.0)
        phase = 2 * np.pi * np.cumsum(np.abs(speed)) / self.fps / unit / STRIDE
        step(person.pose, phase + self.rng.uniform(0, 6), moving, arms=held is None)
        time = np.arange(self.n) / self.fps
        idle(person.pose, time, "look", float(self.rng.uniform(0, 6)), 0.0, float(time[-1]))
        person.yaw = np.where(speed >= 0, 0.25, np.pi - 0.25)
        person.walking = moving > 0.3
        self.persons.append(person)

    def ball(self, place: Array | None = None) -> None:
        """A ball that the last walker holds, or one that rolls along `place` (F,)."""
        ground = self.height * (GROUND + 0.05)
        prop = empty_prop("ball", self.n, self.unit, ground, thing_colour("ball", self.rng))
        if place is None:
            prop.mode[:], prop.holder = BOTH, len(self.persons) - 1
        else:
            prop.mode[:], prop.x, prop.y[:] = PLACED, self.width * place, BALL_RADIUS
            prop.angle = -prop.x / (BALL_RADIUS * self.unit)
        self.props.append(prop)


def _cross(cast: _Cast) -> None:
    """Two look-alikes walk through each other."""
    look = cast.look()
    cast.walker(look, 0.12 + 0.76 * cast.s, 0.0)
    cast.walker(twin(look, cast.rng), 0.88 - 0.76 * cast.s, -0.03)


def _pillar(cast: _Cast) -> None:
    """Two people pass behind a pillar."""
    cast.walker(cast.look(), 0.1 + 0.8 * cast.s, 0.0)
    cast.walker(cast.look(), 0.95 - 0.7 * cast.s, -0.045)
    middle = cast.width * float(cast.rng.uniform(0.45, 0.6))
    cast.pillar = Pillar(np.full(cast.n, middle), 4.2 * cast.unit)


def _return(cast: _Cast) -> None:
    """Somebody leaves the picture and comes back."""
    cast.walker(cast.look(), np.interp(cast.s, [0, 0.35, 0.6, 1], [0.7, 1.25, 1.25, 0.55]), 0.0)
    cast.walker(cast.look(), 0.25 + 0.12 * np.sin(2 * np.pi * cast.s), -0.04)


def _copy(cast: _Cast) -> None:
    """The double of a person walks in later and stays far away."""
    look = cast.look()
    cast.walker(look, 0.2 + 0.2 * cast.s, 0.0)
    cast.walker(look, np.interp(cast.s, [0, 0.15, 1], [1.3, 1.15, 0.75]), -0.02)


def _crowd(cast: _Cast) -> None:
    """Four to ten walkers, some of them alike."""
    cast.unit *= 0.85
    look = cast.look()
    for number in range(int(cast.rng.integers(4, 11))):
        start, end = cast.rng.uniform(0.05, 0.95, 2)
        mine = look if number % 3 == 0 else cast.look()
        lane = float(cast.rng.uniform(-0.09, 0.06))
        cast.walker(mine, start + (end - start) * cast.s, lane)


def _ball(cast: _Cast) -> None:
    """A walker who holds a ball, and another ball that rolls by fast."""
    cast.walker(cast.look(), 0.2 + 0.45 * cast.s, 0.0, held="ball")
    cast.ball()
    cast.ball(1.1 - 1.3 * np.clip(1.6 * cast.s - 0.1, 0.0, 1.0))


SCENES: dict[str, Callable[[_Cast], None]] = {
    "cross": _cross,
    "pillar": _pillar,
    "return": _return,
    "copy": _copy,
    "crowd": _crowd,
    "ball": _ball,
}


def mask_scene(
    sequence: str, kind: str, n_frames: int, fps: int, width: int, height: int, seed: int
) -> Scene:
    """A scene of one of the kinds in `SCENES`; its persons and things are the instances."""
    rng = rng_for(seed, "masks", sequence)
    cast = _Cast(n_frames, fps, width, height, rng)
    SCENES[kind](cast)
    x = np.zeros(n_frames)
    if rng.random() < 0.5:
        x = 3.0 * np.sin(2 * np.pi * cast.s + rng.uniform(0, 6))
    scene = Scene(
        ROOMS[int(rng.integers(len(ROOMS)))], fps, n_frames, cast.persons, cast.props,
        x, np.zeros(n_frames), np.ones(n_frames), height, cast.pillar,
    )  # fmt: skip
    number_entities(scene)
    return scene

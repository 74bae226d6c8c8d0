"""Short scenes for object segmentation: look-alikes, pillars, leaving and returning, a crowd."""

from __future__ import annotations

import numpy as np

from common.core.seeds import rng_for
from common.world.body import Array, standing
from common.world.cast import ROOMS
from common.world.direct import GROUND, number_entities
from common.world.motion import BOTH, PLACED, STRIDE, hold, idle, step
from common.world.scene import Person, Pillar, Prop, Scene, empty_prop
from common.world.wardrobe import Look, draw_look, twin, vivid

SCENES = ("cross", "pillar", "return", "copy", "crowd", "ball")


def mask_scene(
    sequence: str, kind: str, n_frames: int, fps: int, width: int, height: int, seed: int
) -> Scene:
    """A scene of one of the kinds `SCENES`; persons and things are the instances.

    cross: two look-alikes walk through each other. pillar: people pass behind a pillar. return:
    somebody leaves the picture and comes back. copy: the same person's double walks in later, far
    away. crowd: four to ten walkers. ball: a walker who holds a ball, and a fast rolling one.
    """
    rng = rng_for(seed, "masks", sequence)
    unit = height * float(rng.uniform(0.45, 0.6)) / 7.9
    if kind == "crowd":
        unit *= 0.8
    room = ROOMS[int(rng.integers(len(ROOMS)))]
    cast = _Cast(n_frames, fps, width, height, unit, rng)
    time = np.arange(n_frames) / fps
    s = time / time[-1]
    look = draw_look(rng)
    pillar = None
    if kind == "cross":
        cast.walker(look, width * (0.12 + 0.76 * s), 0.0)
        cast.walker(twin(look, rng), width * (0.88 - 0.76 * s), -0.03)
    elif kind == "pillar":
        cast.walker(look, width * (0.1 + 0.8 * s), 0.0)
        cast.walker(draw_look(rng), width * (0.95 - 0.7 * s), -0.045)
        pillar = Pillar(np.full(n_frames, width * float(rng.uniform(0.45, 0.6))), 4.2 * unit)
    elif kind == "return":
        out = np.interp(s, [0, 0.35, 0.6, 1], [0.7, 1.25, 1.25, 0.55])
        cast.walker(look, width * out, 0.0)
        cast.walker(draw_look(rng), width * (0.25 + 0.12 * np.sin(2 * np.pi * s)), -0.04)
    elif kind == "copy":
        cast.walker(look, width * (0.2 + 0.2 * s), 0.0)
        cast.walker(look, width * np.interp(s, [0, 0.15, 1], [1.3, 1.15, 0.75]), -0.02)
    elif kind == "crowd":
        for number in range(int(rng.integers(4, 11))):
            start, end = rng.uniform(0.05, 0.95, 2)
            cast.walker(
                draw_look(rng) if number % 3 else look,
                width * (start + (end - start) * s),
                float(rng.uniform(-0.09, 0.06)),
            )
    else:
        walker = cast.walker(look, width * (0.2 + 0.45 * s), 0.0, held="ball")
        cast.held_ball(walker)
        cast.rolling_ball(width * (1.1 - 1.3 * np.clip(1.6 * s - 0.1, 0, 1)))
    x = np.zeros(n_frames)
    y = np.zeros(n_frames)
    if rng.random() < 0.5:
        x = 3.0 * np.sin(2 * np.pi * s + rng.uniform(0, 6))
    scene = Scene(room, fps, n_frames, cast.persons, cast.props, x, y, np.ones(n_frames), pillar)
    number_entities(scene)
    return scene


class _Cast:
    """Persons and things of one short scene."""

    def __init__(
        self, n: int, fps: int, width: int, height: int, unit: float, rng: np.random.Generator
    ) -> None:
        self.n, self.fps, self.height, self.unit, self.rng = n, fps, height, unit, rng
        self.persons: list[Person] = []
        self.props: list[Prop] = []

    def walker(self, look: Look, x: Array, lane: float, held: str | None = None) -> int:
        """Somebody who is at screen x (F,); lane shifts the ground by a share of the height."""
        n, time = self.n, np.arange(self.n) / self.fps
        size = self.unit * (1 + 1.8 * lane)
        pose = hold(standing(n), held)
        speed = np.gradient(x) * self.fps
        moving = np.clip(np.abs(speed) / size / 1.5, 0.0, 1.0)
        phase = 2 * np.pi * np.cumsum(np.abs(speed)) / self.fps / size / STRIDE
        step(pose, phase + self.rng.uniform(0, 6), moving, arms=held is None)
        idle(pose, time, "look", self.rng.uniform(0, 6), 0.0, time[-1])
        side = np.where(speed >= 0, 0.25, np.pi - 0.25)
        self.persons.append(
            Person(
                0, look, pose, side, x, np.full(n, self.height * (GROUND + lane)), size,
                np.ones(n, bool), [""] * n, np.zeros(n, bool), moving > 0.3, np.zeros(n, bool),
            )
        )  # fmt: skip
        return len(self.persons) - 1

    def held_ball(self, holder: int) -> None:
        prop = empty_prop(
            0, "ball", self.n, self.unit, 0.0, vivid(float(self.rng.random()), self.rng)
        )
        prop.mode[:], prop.holder = BOTH, holder
        self.props.append(prop)

    def rolling_ball(self, x: Array) -> None:
        colour = vivid(float(self.rng.random()), self.rng)
        prop = empty_prop(0, "ball", self.n, self.unit, self.height * (GROUND + 0.05), colour)
        prop.mode[:], prop.x, prop.y[:] = PLACED, x, 0.55
        prop.angle = x / (0.55 * self.unit)
        self.props.append(prop)

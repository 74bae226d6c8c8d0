"""Everybody and everything that is not the main action: bystanders, passers-by, a rolling ball."""

from __future__ import annotations

import numpy as np

from common.world.body import standing
from common.world.motion import PLACED, STRIDE, idle, seated, step
from common.world.performance import SIDEWAYS
from common.world.scene import Person, Scene, empty_prop
from common.world.stops import Stop
from common.world.wardrobe import draw_look, vivid

# Lanes behind and in front of the actor: ground and size relative to the actor's.
_LANES = {"back": (-0.055, 0.9), "front": (0.05, 1.1)}
_WATCH_DISTANCE = 17.0  # u: further away nobody counts as watching


def _extra(scene: Scene, lane: str, rng: np.random.Generator) -> Person:
    actor, n = scene.persons[0], scene.n_frames
    shift, size = _LANES[lane]
    height = actor.ground[0] / 0.89
    unit = actor.unit * size * float(rng.uniform(0.94, 1.06))
    return Person(
        0, draw_look(rng), standing(n), np.full(n, SIDEWAYS), np.zeros(n),
        np.full(n, actor.ground[0] + shift * height), unit,
        np.zeros(n, bool), [""] * n, np.zeros(n, bool), np.zeros(n, bool), np.zeros(n, bool),
    )  # fmt: skip


def add_bystanders(
    scene: Scene,
    shots: list[tuple[int, int]],
    stops: list[Stop],
    n_others: int,
    rng: np.random.Generator,
) -> None:
    """People who stand or sit about; some turn to the actor and watch what is done."""
    actor, time = scene.persons[0], np.arange(scene.n_frames) / scene.fps
    for _ in range(n_others):
        person = _extra(scene, "back", rng)
        for number, (first, last) in enumerate(shots):
            here = [stop for stop in stops if stop.shot == number]
            if not here or rng.random() < 0.5:
                continue
            near = here[int(rng.integers(len(here)))]
            side = -near.facing if rng.random() < 0.6 else near.facing
            distance = float(rng.uniform(3.6, 6.5)) + (2.5 if side == near.facing else 0.0)
            person.x[first:last] = near.x + side * distance * actor.unit
            person.shown[first:last] = True
            sits = rng.random() < 0.2
            rows = slice(first, last)
            person.pose[rows] = seated(last - first) if sits else standing(last - first)
            person.seated[rows] = sits
            gesture = ("look", "scratch", "shift", "")[int(rng.integers(4))]
            begin = float(rng.uniform(time[first], time[last - 1]))
            idle(person.pose[rows], time[rows], gesture, rng.uniform(0, 6), begin, begin + 2.6)
            turned = 1.0 if actor.x[first] > person.x[first] else -1.0
            watches = rng.random() < 0.6
            _turn(person, actor, first, last, turned if watches else -turned)
            if watches:
                _watch(person, actor, first, last)
            if sits:
                _chair_for(scene, person, first, last, rng)
        if person.shown.any():
            scene.persons.append(person)


def _turn(person: Person, actor: Person, first: int, last: int, side: float) -> None:
    person.yaw[first:last] = 0.5 if side > 0 else np.pi - 0.5


def _watch(person: Person, actor: Person, first: int, last: int) -> None:
    """Who faces somebody within sight who does something, watches."""
    for frame in range(first, last):
        gap = actor.x[frame] - person.x[frame]
        faces = (gap > 0) == (person.yaw[frame] < np.pi / 2)
        if actor.doing[frame] and faces and abs(gap) < _WATCH_DISTANCE * actor.unit:
            person.doing[frame] = "watch"


def _chair_for(
    scene: Scene, person: Person, first: int, last: int, rng: np.random.Generator
) -> None:
    prop = empty_prop(0, "chair", scene.n_frames, person.unit, person.ground[0], (96, 84, 78))
    facing = 1.0 if person.yaw[first] < np.pi / 2 else -1.0
    prop.mode[first:last] = PLACED
    prop.x[:] = person.x[first] - facing * 1.05 * person.unit
    prop.facing[:] = facing
    scene.props.append(prop)


def add_passers_by(scene: Scene, width: int, rng: np.random.Generator) -> None:
    """People who walk through the picture, behind or before the actor."""
    time = np.arange(scene.n_frames) / scene.fps
    for _ in range(int(rng.poisson(time[-1] / 60))):
        person = _extra(scene, "back" if rng.random() < 0.75 else "front", rng)
        side = 1.0 if rng.random() < 0.5 else -1.0
        speed = float(rng.uniform(4.2, 6.0)) * person.unit
        first = int(rng.integers(0, max(1, scene.n_frames - 2 * scene.fps)))
        reach = width / 2 + 3 * person.unit
        last = min(scene.n_frames, first + int(2 * reach / speed * scene.fps))
        rows = slice(first, last)
        walked = speed * (time[rows] - time[first])
        middle = scene.camera_x[first] + width / 2
        person.x[rows] = middle + side * (walked - reach)
        person.shown[rows] = person.walking[rows] = True
        person.yaw[:] = 0.15 if side > 0 else np.pi - 0.15
        step(person.pose[rows], 2 * np.pi * walked / person.unit / STRIDE, 1.0)
        scene.persons.append(person)


def add_rolling_ball(scene: Scene, width: int, rng: np.random.Generator) -> None:
    """A ball that nobody touches rolls through the picture."""
    if rng.random() > 0.15:
        return
    actor, time = scene.persons[0], np.arange(scene.n_frames) / scene.fps
    prop = empty_prop(
        0, "ball", scene.n_frames, actor.unit, actor.ground[0] + 0.06 * actor.ground[0],
        vivid(float(rng.random()), rng),
    )  # fmt: skip
    first = int(rng.integers(0, max(1, scene.n_frames - 3 * scene.fps)))
    last = min(scene.n_frames, first + 5 * scene.fps)
    side = 1.0 if rng.random() < 0.5 else -1.0
    rolled = (width + 30) * (time[first:last] - time[first]) / 4.5
    middle = scene.camera_x[first] + width / 2
    prop.mode[first:last] = PLACED
    prop.x[first:last] = middle + side * (rolled - width / 2 - 12)
    prop.y[:] = 0.55
    prop.angle[first:last] = side * rolled / (0.55 * actor.unit)
    scene.props.append(prop)

"""Everybody and everything that is not the main action: bystanders, passers-by, a rolling ball."""

from __future__ import annotations

import numpy as np

from common.world.body import standing
from common.world.interlude import GESTURES
from common.world.motion import PLACED, STRIDE, idle, seated, step
from common.world.scene import Person, Scene, empty_prop, new_person
from common.world.sizes import BALL_RADIUS
from common.world.stops import Stop
from common.world.wardrobe import draw_look, thing_colour

# Lanes behind and in front of the actor: ground (shares of the height) and size beside the actor's.
_LANES = {"back": (-0.055, 0.9), "front": (0.05, 1.1)}
_WATCH_DISTANCE = 17.0  # u: further away nobody counts as watching
_CHAIR_BEHIND = 1.05  # u from where somebody stands to where the chair does
_TURNED = 0.5  # yaw of a bystander, between sideways and towards the camera

Range = tuple[int, int]


def _extra(scene: Scene, lane: str, rng: np.random.Generator) -> Person:
    actor = scene.persons[0]
    shift, size = _LANES[lane]
    unit = actor.unit * size * float(rng.uniform(0.94, 1.06))
    ground = float(actor.ground[0]) + shift * scene.height
    return new_person(draw_look(rng), standing(scene.n_frames), unit, ground)


def add_bystanders(
    scene: Scene, shots: list[Range], stops: list[Stop], n_others: int, rng: np.random.Generator
) -> None:
    """People who stand or sit about; some turn to the actor, some away."""
    for _ in range(n_others):
        person = _extra(scene, "back", rng)
        for number, shot in enumerate(shots):
            here = [stop for stop in stops if stop.shot == number]
            if here and rng.random() < 0.5:
                _stand_by(scene, person, here[int(rng.integers(len(here)))], shot, rng)
        if person.shown.any():
            scene.persons.append(person)


def _stand_by(
    scene: Scene, person: Person, near: Stop, shot: Range, rng: np.random.Generator
) -> None:
    """Put a person beside a place of action for one shot."""
    first, last = shot
    actor, rows, n = scene.persons[0], slice(first, last), last - first
    side = -near.facing if rng.random() < 0.6 else near.facing
    distance = float(rng.uniform(3.6, 6.5)) + (2.5 if side == near.facing else 0.0)
    person.x[rows] = near.x + side * distance * actor.unit
    person.shown[rows] = True
    sits = bool(rng.random() < 0.2)
    person.pose[rows], person.seated[rows] = seated(n) if sits else standing(n), sits
    gesture = GESTURES[int(rng.integers(len(GESTURES)))]
    t = np.arange(n) / scene.fps
    begin = float(rng.uniform(0.0, t[-1]))
    idle(person.pose[rows], t, gesture, float(rng.uniform(0, 6)), begin, begin + 2.6)
    faces_actor = rng.random() < 0.6
    right = (actor.x[first] > person.x[first]) == faces_actor
    person.yaw[rows] = _TURNED if right else np.pi - _TURNED
    if sits:
        colour = thing_colour("chair", rng)
        ground = float(person.ground[0])
        prop = empty_prop("chair", scene.n_frames, person.unit, ground, colour)
        facing = 1.0 if right else -1.0
        prop.mode[rows], prop.facing[:] = PLACED, facing
        prop.x[:] = person.x[first] - facing * _CHAIR_BEHIND * person.unit
        scene.props.append(prop)


def mark_watchers(scene: Scene) -> None:
    """Whoever stands or sits, faces the actor within sight, and has nothing to do, watches while
    the actor does something.
    """
    actor = scene.persons[0]
    busy = np.array([verb != "" for verb in actor.doing])
    for person in scene.persons[1:]:
        gap = actor.x - person.x
        faces = (gap > 0) == (person.yaw < np.pi / 2)
        near = np.abs(gap) < _WATCH_DISTANCE * actor.unit
        for frame in np.flatnonzero(busy & faces & near & person.shown & ~person.walking):
            person.doing[frame] = person.doing[frame] or "watch"


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
        person.x[rows] = scene.camera_x[first] + width / 2 + side * (walked - reach)
        person.shown[rows] = person.walking[rows] = True
        person.yaw[:] = 0.15 if side > 0 else np.pi - 0.15
        step(person.pose[rows], 2 * np.pi * walked / person.unit / STRIDE, 1.0)
        scene.persons.append(person)


def add_rolling_ball(scene: Scene, width: int, rng: np.random.Generator) -> None:
    """Now and then a ball that nobody touches rolls through the picture."""
    if rng.random() > 0.15:
        return
    actor, time = scene.persons[0], np.arange(scene.n_frames) / scene.fps
    ground = float(actor.ground[0]) + 0.05 * scene.height
    colour = thing_colour("ball", rng)
    prop = empty_prop("ball", scene.n_frames, actor.unit, ground, colour)
    first = int(rng.integers(0, max(1, scene.n_frames - 3 * scene.fps)))
    rows = slice(first, min(scene.n_frames, first + 5 * scene.fps))
    side = 1.0 if rng.random() < 0.5 else -1.0
    rolled = (width + 30) * (time[rows] - time[first]) / 4.5
    prop.mode[rows] = PLACED
    prop.x[rows] = scene.camera_x[first] + width / 2 + side * (rolled - width / 2 - 12)
    prop.y[:] = BALL_RADIUS
    prop.angle[rows] = -side * rolled / (BALL_RADIUS * actor.unit)
    scene.props.append(prop)

"""From a script to a scene: who stands where when, what they hold, and what the camera sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from common.core.params.world import RenderedWorld
from common.core.seeds import rng_for
from common.world.body import Array
from common.world.camera import cover, draw_camera, exposure, follow
from common.world.extras import (
    add_bystanders,
    add_passers_by,
    add_rolling_ball,
    mark_watchers,
)
from common.world.motion import GONE
from common.world.performance import Performance, shots_of
from common.world.scene import Scene
from common.world.script import VideoScript
from common.world.stops import plan_stops
from common.world.wardrobe import draw_look

FLOOR, GROUND = 0.68, 0.89  # of the height: where the floor begins, where the actor stands
_NEW_ACTOR = 0.85


def direct(script: VideoScript, params: RenderedWorld, seed: int) -> Scene:
    """The scene of a script. Depends on the script and the seed only."""
    rng = rng_for(seed, "scene", script.video)
    n_frames = round(script.duration * params.fps)
    # A person fills 56 to 72 % of the picture's height.
    unit = params.height * float(rng.uniform(0.56, 0.72)) / 8.0
    stops = plan_stops(script.instances, unit, rng)
    shots = shots_of(stops, n_frames, params.fps)
    stage = Performance(n_frames, params.fps, unit, params.height * GROUND, rng)
    stage.play(stops, shots)
    scene = Scene(
        script.room, params.fps, n_frames, [stage.actor, *stage.partners], stage.props,
        np.zeros(n_frames), np.zeros(n_frames), np.ones(n_frames), params.height,
    )  # fmt: skip
    _set_camera(scene, script, stage, shots, params.width, rng)
    recast(scene, shots, rng)
    add_bystanders(scene, shots, stops, script.n_others, rng)
    add_passers_by(scene, params.width, rng)
    add_rolling_ball(scene, params.width, rng)
    mark_watchers(scene)
    number_entities(scene)
    return scene


def _set_camera(
    scene: Scene,
    script: VideoScript,
    stage: Performance,
    shots: list[tuple[int, int]],
    width: int,
    rng: np.random.Generator,
) -> None:
    """Where the camera looks, how bright it is, and the pillar before hidden ends."""
    actor, fps, unit = stage.actor, scene.fps, stage.unit
    lead = np.zeros(scene.n_frames)
    for first, last in shots:
        lead[first:last] = _settled(stage.facing[first:last]) * 1.3 * unit
    x, scene.camera_y = follow(actor.x + lead, shots, draw_camera(rng), fps, width, rng)
    hidden = [
        (instance.hidden_from, instance.hidden_to)
        for instance in script.instances
        if instance.hidden_from is not None and instance.hidden_to is not None
    ]
    middle = actor.x + stage.facing * 0.8 * unit - x
    scene.pillar, slide = cover(hidden, middle, 5.2 * unit, fps, rng)
    scene.camera_x = x + slide
    flickers = script.room in ("kitchen", "gym") and rng.random() < 0.2
    scene.gain = exposure(scene.n_frames, fps, flickers, rng)
    scene.leaves = script.room == "park" and bool(rng.random() < 0.4)


def recast(scene: Scene, shots: list[tuple[int, int]], rng: np.random.Generator) -> None:
    """After most cuts somebody else acts, so that no face or shirt stands for a class."""
    actor = scene.persons[0]
    for first, last in shots[1:]:
        if rng.random() > _NEW_ACTOR:
            continue
        shown = np.zeros(scene.n_frames, bool)
        shown[first:last] = True
        actor.shown[first:last] = False
        scene.persons.append(replace(actor, look=draw_look(rng), shown=shown))
        for prop in scene.props:
            if prop.holder == 0 and (prop.mode[first:last] != GONE).any():
                prop.holder = len(scene.persons) - 1


def _settled(facing: Array) -> Array:
    """Facing without its jumps: the camera does not flick over when the actor turns."""
    out, value = np.empty(len(facing)), facing[0]
    for index, wanted in enumerate(facing):
        value += 0.08 * (wanted - value)
        out[index] = value
    return out


def number_entities(scene: Scene) -> None:
    """Give every person, then every thing, an id from 1 that it keeps through the video."""
    for number, person in enumerate(scene.persons, start=1):
        person.entity = number
    for number, prop in enumerate(scene.props, start=len(scene.persons) + 1):
        prop.entity = number

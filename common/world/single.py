"""Scenes of one instance each, independent of each other: new room, person and size every time."""

from __future__ import annotations

from common.core.params.world import RenderedWorld
from common.core.seeds import rng_for
from common.world.cast import ROOMS
from common.world.direct import direct
from common.world.film import Film
from common.world.motion import Style
from common.world.script import Instance, VideoScript

START = 0.5  # s before the instance, and after it


def film_single(label: str, number: int, world: RenderedWorld, seed: int) -> tuple[Film, Instance]:
    """A film with one instance of 1.6 to 2.6 s and nobody else on purpose.

    Rooms are equally likely: no scene bias. Depends on the arguments alone.
    """
    rng = rng_for(seed, "single", label, number)
    duration = float(rng.uniform(1.6, 2.6))
    style = Style(*(float(value) for value in rng.uniform([0, 0, 0, -0.1], [1, 0.3, 6, 0.3])))
    instance = Instance(label, START, START + duration, style)
    room = ROOMS[int(rng.integers(len(ROOMS)))]
    script = VideoScript(
        f"{label}_{number}", "train", room, duration + 2 * START, label, (instance,), 0
    )
    return Film(direct(script, world, seed), world.width, world.height, rng), instance

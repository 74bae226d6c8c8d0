"""The main actor's whole video: instances, what happens between them, and the things involved."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from common.world.actions import act
from common.world.body import PELVIS_Y, Array, standing
from common.world.interlude import (
    GESTURES,
    WALK_SPEED,
    Held,
    change_frame,
    held_after,
    held_before,
    resting,
    walk_over,
)
from common.world.motion import BEHIND, BOTH, RIGHT, STRIDE, Motion, Thing, idle, step
from common.world.scene import Person, Prop, empty_prop, new_person
from common.world.sizes import PARTNER_X
from common.world.stops import Stop
from common.world.wardrobe import draw_look, thing_colour

# Yaw of a person who acts sideways, and of one who turns to the camera to be seen.
SIDEWAYS, FRONTAL = 0.28, 0.95
_FACES_CAMERA = ("wave", "jump", "clap")
_SITS_BELOW = 2.8  # u of the pelvis

Range = tuple[int, int]


class Performance:
    """Builds the arrays of the main actor, the partners and the things, shot by shot."""

    def __init__(
        self, n_frames: int, fps: int, unit: float, ground: float, rng: np.random.Generator
    ) -> None:
        self.n_frames, self.fps, self.unit, self.ground, self.rng = n_frames, fps, unit, ground, rng
        self.time = np.arange(n_frames) / fps
        self.actor = new_person(draw_look(rng), standing(n_frames), unit, ground)
        self.actor.shown[:] = True
        self.partners: list[Person] = []
        self.props: list[Prop] = []
        self.facing = np.ones(n_frames)
        self._station: dict[str, Prop] = {}
        self._current: Prop | None = None
        self._borders: list[int] = []

    def play(self, stops: list[Stop], shots: list[Range]) -> None:
        """Fill all arrays. `shots` are frame ranges; every frame lies in one."""
        held, sits, frame = held_before(stops[0].action), stops[0].action.seated[0], 0
        x, facing = stops[0].x, stops[0].facing
        for stop in stops:
            start, end = self._frames(stop)
            shot, wanted = shots[stop.shot], held_before(stop.action)
            if stop.cut is not None:
                self._between((frame, shot[0]), (x, x), (facing, facing), (held, held), sits)
                frame = shot[0]
            if stop.link in ("start", "cut"):
                held, sits, facing = wanted, stop.action.seated[0], stop.facing
                x = self._entrance(stop, start - frame)
                self._station, self._current = {}, None
            facings = (facing, stop.facing)
            self._between((frame, start), (x, stop.x), facings, (held, wanted), sits)
            x = self._act(stop, (start, end), shot)
            held, sits = held_after(stop.action), stop.action.seated[1]
            facing, frame = stop.facing, end
        self._between((frame, self.n_frames), (x, x), (facing, facing), (held, held), sits)
        self._smooth(shots)

    def _frames(self, stop: Stop) -> Range:
        """Frames whose times lie in [start, end)."""
        start = int(np.searchsorted(self.time, stop.instance.start - 1e-9))
        return start, int(np.searchsorted(self.time, stop.instance.end - 1e-9))

    def _entrance(self, stop: Stop, n: int) -> float:
        """Where the actor comes from when a shot begins: a few steps back, if n frames suffice."""
        seconds = n / self.fps - 0.6
        if stop.action.seated[0] or seconds < 0.7:
            return stop.x
        steps = min(seconds * WALK_SPEED, float(self.rng.uniform(2.0, 7.0)))
        return stop.x - stop.facing * steps * self.unit

    def _act(self, stop: Stop, inside: Range, shot: Range) -> float:
        """Perform an instance; returns where the actor then stands."""
        instance, action, (start, end), first = stop.instance, stop.action, inside, shot[0]
        duration = instance.end - instance.start
        times = np.append(self.time[slice(*shot)] - instance.start, duration)
        motion = act(action.verb, action.noun, times, duration, instance.style)
        x = stop.x + stop.facing * self.unit * motion.travel
        rows, source = slice(start, end), slice(start - first, end - first)
        actor = self.actor
        actor.pose[rows], actor.x[rows] = motion.pose[source], x[source]
        actor.doing[start:end] = [action.verb] * (end - start)
        actor.walking[rows] = np.abs(np.gradient(motion.travel[:-1]))[source] * self.fps > 0.5
        actor.jumping[rows] = action.verb == "jump"
        if any(action.seated):
            actor.seated[rows] = motion.pose[source, PELVIS_Y] < _SITS_BELOW
        self._face(inside, stop.facing, FRONTAL if action.verb in _FACES_CAMERA else SIDEWAYS)
        partner = self._meet(stop, motion, inside, shot) if action.prop == "partner" else None
        for item in motion.things:
            self._place(item, stop, x, inside, shot, partner)
        self._borders += [start, end]
        return float(x[-1])

    def _place(
        self, item: Thing, stop: Stop, x: Array, inside: Range, shot: Range, partner: int | None
    ) -> None:
        """Write a thing's arrays for as long as this instance decides where it is."""
        action, first = stop.action, shot[0]
        if item.kind == action.before and self._current is not None:
            prop, begin = self._current, inside[0]
        elif stop.link == "same" and item.kind in self._station:
            prop, begin = self._station[item.kind], inside[0]
        else:
            prop, begin = self._new(item.kind), first
        stop_at = inside[1] if action.after == item.kind else shot[1]
        rows, source = slice(begin, stop_at), slice(begin - first, stop_at - first)
        prop.mode[rows] = item.mode[source]
        prop.x[rows] = (x + stop.facing * self.unit * item.x)[source]
        prop.y[rows], prop.angle[rows] = item.y[source], item.angle[source]
        prop.opened[rows], prop.facing[rows] = item.opened[source], stop.facing
        prop.partner = partner if partner is not None else prop.partner
        self._station[item.kind] = prop
        if action.after == item.kind:
            self._current = prop
        elif item.kind == action.before:
            self._current = None

    def _new(self, kind: str) -> Prop:
        colour = thing_colour(kind, self.rng)
        self.props.append(empty_prop(kind, self.n_frames, self.unit, self.ground, colour))
        return self.props[-1]

    def _meet(self, stop: Stop, motion: Motion, inside: Range, shot: Range) -> int:
        """A partner who waits at the place for the whole shot and takes part."""
        (start, end), first = inside, shot[0]
        person = new_person(draw_look(self.rng), standing(self.n_frames), self.unit, self.ground)
        person.shown[slice(*shot)] = True
        person.x[:] = stop.x + stop.facing * self.unit * PARTNER_X
        person.yaw[:] = np.pi - SIDEWAYS if stop.facing > 0 else SIDEWAYS
        begin = stop.instance.start
        phase = float(self.rng.uniform(0, 6))
        idle(person.pose, self.time, "look", phase, begin - 3.0, begin - 0.5)
        if motion.partner is not None:
            rows = slice(start, shot[1] if stop.action.verb == "give" else end)
            person.pose[rows] = motion.partner[rows.start - first : rows.stop - first]
        verb = "take" if stop.action.verb == "give" else stop.action.verb
        person.doing[start:end] = [verb] * (end - start)
        self.partners.append(person)
        return len(self.partners)

    def _between(
        self,
        frames: Range,
        xs: tuple[float, float],
        facings: tuple[int, int],
        holds: tuple[Held, Held],
        sits: bool,
    ) -> None:
        """Background activity of a range of frames, from one place, facing and hold to the next."""
        start, end = frames
        if (n := end - start) <= 0:
            return
        rng, t, rows = self.rng, np.arange(n) / self.fps, slice(start, end)
        change = change_frame(*holds, n, self.fps, rng)
        pose = resting(n, change, *holds, sits, self.fps)
        walked, moving = walk_over(t, abs(xs[1] - xs[0]) / self.unit, self.fps, rng)
        gesture = GESTURES[int(rng.integers(len(GESTURES)))]
        if gesture == "scratch" and not all(held.kind in (None, "cup") for held in holds):
            gesture = "look"
        begin = float(rng.uniform(0, max(0.0, t[-1] - 2.0)))
        idle(pose, t, gesture, float(rng.uniform(0, 6)), begin, begin + 2.4)
        if not sits:
            phase = 2 * np.pi * walked / STRIDE + np.pi / 2
            step(pose, phase, moving, all(held.hands_free for held in holds))
        self.actor.pose[rows] = pose
        self.actor.x[rows] = xs[0] + np.sign(xs[1] - xs[0]) * walked * self.unit
        self.actor.seated[rows] = sits
        self.actor.walking[rows] = moving > 0.3
        self._face(frames, facings[1], SIDEWAYS)
        if facings[0] != facings[1]:
            turn = max(1, int(np.argmax(moving > 0.02)))
            self._face((start, start + turn), facings[0], SIDEWAYS)
        self._hand_things(frames, start + change, holds)
        self._borders += [start, end]

    def _hand_things(self, frames: Range, change: int, holds: tuple[Held, Held]) -> None:
        """What is held during a gap: the first until frame `change`, then the second."""
        for held, rows in (
            (holds[0], slice(frames[0], change)),
            (holds[1], slice(change, frames[1])),
        ):
            if held.kind is None:
                self._current = None
                continue
            if self._current is None or self._current.kind != held.kind:
                self._current = self._new(held.kind)
            in_hands = RIGHT if held.kind == "cup" else BOTH
            self._current.mode[rows] = BEHIND if held.behind else in_hands
            self._current.angle[rows] = 0.0
            self._current.facing[rows] = self.facing[rows]

    def _face(self, frames: Range, facing: int, frontal: float) -> None:
        rows = slice(*frames)
        self.actor.yaw[rows] = frontal if facing > 0 else np.pi - frontal
        self.facing[rows] = facing

    def _smooth(self, shots: list[Range]) -> None:
        """Let poses and turns flow into each other where two spans meet within a shot."""
        near = np.zeros(self.n_frames)
        for border in self._borders:
            distance = (np.arange(self.n_frames) - border + 0.5) / self.fps
            near = np.maximum(near, np.exp(-((distance / 0.2) ** 2)))
        for shot in shots:
            rows = slice(*shot)
            pose, weight = self.actor.pose[rows], near[rows, None]
            soft = gaussian_filter1d(pose, 1.3, axis=0, mode="nearest")
            self.actor.pose[rows] = pose + (soft - pose) * weight
            self.actor.yaw[rows] = gaussian_filter1d(self.actor.yaw[rows], 1.6, mode="nearest")


def shots_of(stops: list[Stop], n_frames: int, fps: int) -> list[Range]:
    """Frame ranges of the shots."""
    cuts = [int(np.ceil(stop.cut * fps)) for stop in stops if stop.cut is not None]
    return list(zip([0, *cuts], [*cuts, n_frames], strict=True))

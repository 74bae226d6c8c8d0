"""The main actor's whole video: instances, what happens between them, and the things involved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from common.world.actions import PARTNER_X, act
from common.world.body import Array, ease, standing
from common.world.motion import (
    BEHIND,
    BOTH,
    RIGHT,
    STRIDE,
    Motion,
    Thing,
    hide_hands,
    hold,
    idle,
    seated,
    step,
)
from common.world.scene import Person, Prop, empty_prop
from common.world.stops import WALK_SPEED, Stop
from common.world.wardrobe import draw_look, vivid

# Yaw of a person who acts sideways, and of one who turns to the camera to be seen.
SIDEWAYS, FRONTAL = 0.28, 0.95
_FACES_CAMERA = ("wave", "jump", "clap")
_GESTURES = ("look", "scratch", "shift", "")
_CUP_COLOURS = ((240, 240, 235), (60, 110, 190), (210, 60, 50))


@dataclass(frozen=True, slots=True)
class Held:
    """What the actor holds, and whether behind the back."""

    kind: str | None
    behind: bool = False


class Performance:
    """Builds the arrays of the main actor, the partners and the things, shot by shot."""

    def __init__(
        self, n_frames: int, fps: int, unit: float, ground: float, rng: np.random.Generator
    ) -> None:
        self.n_frames, self.fps, self.unit, self.ground, self.rng = n_frames, fps, unit, ground, rng
        self.time = np.arange(n_frames) / fps
        self.actor = self._person(draw_look(rng))
        self.partners: list[Person] = []
        self.props: list[Prop] = []
        self.facing = np.ones(n_frames)
        self._station: dict[str, Prop] = {}
        self._current: Prop | None = None
        self._borders: list[int] = []

    def play(self, stops: list[Stop], shots: list[tuple[int, int]]) -> None:
        """Fill all arrays. `shots` are frame ranges; every frame lies in one."""
        x, facing, held, sits = stops[0].x, stops[0].facing, None, False
        frame = 0
        for stop in stops:
            start, end = self._frames(stop)
            begin = Held(stop.action.before, stop.action.verb == "carry")
            first, last = shots[stop.shot]
            if stop.cut is not None and held is not None:
                self._between(frame, first, x, x, facing, held, held, sits)
                frame = first
            if stop.link in ("start", "cut"):
                held, sits, facing = None, stop.action.seated[0], stop.facing
                x = self._entrance(stop, frame, start)
                self._station, self._current = {}, None
            self._between(frame, start, x, stop.x, stop.facing, held or begin, begin, sits, facing)
            self._act(stop, start, end, (first, last))
            x = stop.x + stop.facing * self.unit * self._travelled
            held = Held(stop.action.after, stop.action.verb == "carry")
            sits, facing, frame = stop.action.seated[1], stop.facing, end
        self._between(
            frame, self.n_frames, x, x, facing, held or Held(None), held or Held(None), sits
        )
        self._smooth(shots)

    def _person(self, look: object) -> Person:
        n = self.n_frames
        return Person(
            0, look, standing(n), np.full(n, SIDEWAYS), np.zeros(n), np.full(n, self.ground),
            self.unit, np.ones(n, bool), [""] * n, np.zeros(n, bool), np.zeros(n, bool),
            np.zeros(n, bool),
        )  # fmt: skip

    def _frames(self, stop: Stop) -> tuple[int, int]:
        """Frames whose times lie in [start, end)."""
        start = int(np.searchsorted(self.time, stop.instance.start - 1e-9))
        end = int(np.searchsorted(self.time, stop.instance.end - 1e-9))
        return start, min(end, self.n_frames)

    def _entrance(self, stop: Stop, frame: int, start: int) -> float:
        """Where the actor comes from when a shot begins: a few steps back, if there is time."""
        seconds = (start - frame) / self.fps - 0.6
        if stop.action.seated[0] or seconds < 0.7:
            return stop.x
        steps = min(seconds * WALK_SPEED, float(self.rng.uniform(2.0, 7.0)))
        return stop.x - stop.facing * steps * self.unit

    def _act(self, stop: Stop, start: int, end: int, shot: tuple[int, int]) -> None:
        instance, action = stop.instance, stop.action
        duration = instance.end - instance.start
        first, last = shot
        t = self.time[first:last] - instance.start
        motion = act(action.verb, action.noun, t, duration, instance.style)
        inside = slice(start - first, end - first)
        self.actor.pose[start:end] = motion.pose[inside]
        x = stop.x + stop.facing * self.unit * motion.travel
        self.actor.x[start:end] = x[inside]
        frontal = FRONTAL if action.verb in _FACES_CAMERA else SIDEWAYS
        self._face(start, end, stop.facing, frontal)
        self.actor.doing[start:end] = [action.verb] * (end - start)
        self.actor.walking[start:end] = np.abs(np.gradient(motion.travel))[inside] * self.fps > 0.5
        self.actor.jumping[start:end] = action.verb == "jump"
        if action.seated[0] or action.seated[1]:
            self.actor.seated[start:end] = motion.pose[inside, 1] < 2.8
        self._travelled = float(
            act(action.verb, action.noun, np.array([duration]), duration, instance.style).travel[0]
        )
        partner = self._meet(stop, motion, start, end, shot) if action.prop == "partner" else None
        for item in motion.things:
            self._place(item, stop, x, (start, end), shot, partner)
        self._borders += [start, end]

    def _place(
        self,
        item: Thing,
        stop: Stop,
        x: Array,
        inside: tuple[int, int],
        shot: tuple[int, int],
        partner: int | None,
    ) -> None:
        """Write a thing's arrays for as long as this instance decides where it is."""
        action, (start, end), (first, last) = stop.action, inside, shot
        if item.kind == action.before and self._current is not None:
            prop, begin = self._current, start
        elif stop.link == "same" and item.kind in self._station:
            prop, begin = self._station[item.kind], start
        else:
            prop, begin = self._new(item.kind), first
        stop_at = end if action.after == item.kind else last
        rows, source = slice(begin, stop_at), slice(begin - first, stop_at - first)
        prop.mode[rows] = item.mode[source]
        prop.x[rows] = (x + stop.facing * self.unit * item.x)[source]
        prop.y[rows], prop.angle[rows] = item.y[source], item.angle[source]
        prop.opened[rows], prop.facing[rows] = item.opened[source], stop.facing
        if partner is not None:
            prop.partner = partner
        self._station[item.kind] = prop
        if action.after == item.kind:
            self._current = prop
        elif item.kind == action.before:
            self._current = None

    def _new(self, kind: str) -> Prop:
        rng = self.rng
        if kind == "cup":
            colour = _CUP_COLOURS[int(rng.integers(len(_CUP_COLOURS)))]
        elif kind == "box":
            colour = ((182, 130, 76), (160, 108, 60), (120, 140, 160))[int(rng.integers(3))]
        elif kind in ("door", "table", "chair"):
            colour = ((139, 94, 60), (170, 120, 75), (110, 60, 45), (90, 110, 120))[
                int(rng.integers(4))
            ]
        else:
            colour = vivid(float(rng.random()), rng)
        prop = empty_prop(0, kind, self.n_frames, self.unit, self.ground, colour)
        prop.pattern = int(rng.integers(1000))
        self.props.append(prop)
        return prop

    def _meet(self, stop: Stop, motion: Motion, start: int, end: int, shot: tuple[int, int]) -> int:
        """A partner who waits at the place for the whole shot and takes part."""
        first, last = shot
        person = self._person(draw_look(self.rng))
        person.shown[:] = False
        person.shown[first:last] = True
        person.x[:] = stop.x + stop.facing * self.unit * PARTNER_X
        person.yaw[:] = np.pi - SIDEWAYS if stop.facing > 0 else SIDEWAYS
        idle(
            person.pose,
            self.time,
            "look",
            self.rng.uniform(0, 6),
            start / self.fps - 3,
            start / self.fps - 0.5,
        )
        if motion.partner is not None:
            rows = slice(start, last) if stop.action.verb == "give" else slice(start, end)
            person.pose[rows] = motion.partner[rows.start - first : rows.stop - first]
        verb = {"give": "take"}.get(stop.action.verb, stop.action.verb)
        person.doing[start:end] = [verb] * (end - start)
        self.partners.append(person)
        return len(self.partners)

    def _between(
        self,
        start: int,
        end: int,
        x0: float,
        x1: float,
        facing: int,
        before: Held,
        after: Held,
        sits: bool,
        facing_before: int | None = None,
    ) -> None:
        """Background activity of frames [start, end): stand, walk, look about, change hands."""
        n = end - start
        if n <= 0:
            return
        t = np.arange(n) / self.fps
        change = self._change(before, after, n)
        pose = self._resting(n, change, before, after, sits)
        walk, moving = self._walk_over(t, abs(x1 - x0) / self.unit)
        gesture = _GESTURES[int(self.rng.integers(len(_GESTURES)))]
        begin = float(self.rng.uniform(0, max(0.0, t[-1] - 2.0)))
        free = gesture != "scratch" or (
            before.kind in (None, "cup") and after.kind in (None, "cup")
        )
        idle(pose, t, gesture if free else "look", self.rng.uniform(0, 6), begin, begin + 2.4)
        if not sits:
            arms = (before.kind or after.kind) is None and not (before.behind or after.behind)
            step(pose, 2 * np.pi * walk / STRIDE + np.pi / 2, moving, arms)
        self.actor.pose[start:end] = pose
        self.actor.x[start:end] = x0 + np.sign(x1 - x0) * walk * self.unit
        self.actor.seated[start:end] = sits
        self.actor.walking[start:end] = moving > 0.3
        self._face(start, end, facing, SIDEWAYS)
        if facing_before is not None and facing_before != facing:
            self._face(
                start, start + max(1, int(np.argmax(moving > 0.02))), facing_before, SIDEWAYS
            )
        self._hand_things(start, end, change, before, after)
        self._borders += [start, end]

    def _change(self, before: Held, after: Held, n: int) -> int:
        """Frame at which the hands change what they hold; n if they do not."""
        if before == after:
            return n
        soon = after.behind or n < self.fps
        return min(n - 1, int(0.55 * self.fps)) if soon else int(n * self.rng.uniform(0.35, 0.65))

    def _resting(self, n: int, change: int, before: Held, after: Held, sits: bool) -> Array:
        if sits:
            return seated(n)
        pose = standing(n)
        for rows, held in ((slice(0, change), before), (slice(change, n), after)):
            part = pose[rows]
            if held.behind:
                hide_hands(part, np.ones(len(part)))
            else:
                hold(part, held.kind)
        if change < n:
            near = np.clip(1.0 - np.abs(np.arange(n) - change) / (0.45 * self.fps), 0.0, 1.0)
            hide_hands(pose, ease(near * 1.3))
        return pose

    def _walk_over(self, t: Array, distance: float) -> tuple[Array, Array]:
        """Distance walked (n,) u and how much the legs walk (n,), over a span of time."""
        if distance < 0.2:
            return np.zeros(len(t)), np.zeros(len(t))
        span = t[-1] + 1.0 / self.fps
        seconds = min(span, max(distance / WALK_SPEED + 0.35, 0.8))
        begin = float(self.rng.uniform(0.0, 1.0)) * max(0.0, span - seconds - 0.25)
        s = np.clip((t - begin) / seconds, 0.0, 1.0)
        ramp = min(0.35 / seconds, 0.45)
        covered = np.where(s < ramp, s * s / (2 * ramp), s - ramp / 2)
        covered -= np.maximum(s - (1 - ramp), 0.0) ** 2 / (2 * ramp)
        moving = np.minimum(ease(s / ramp), ease((1 - s) / ramp))
        return distance * covered / (1 - ramp), moving

    def _hand_things(self, start: int, end: int, change: int, before: Held, after: Held) -> None:
        for held, rows in (
            (before, slice(start, start + change)),
            (after, slice(start + change, end)),
        ):
            if held.kind is None:
                self._current = None
                continue
            if self._current is None or self._current.kind != held.kind:
                self._current = self._new(held.kind)
            self._current.mode[rows] = (
                BEHIND if held.behind else RIGHT if held.kind == "cup" else BOTH
            )
            self._current.angle[rows] = 0.0
            self._current.facing[rows] = self.facing[rows]
        # Not even an empty range may bring back what was put away.
        if before.kind != after.kind and after.kind is None:
            self._current = None

    def _face(self, start: int, end: int, facing: int, frontal: float) -> None:
        self.actor.yaw[start:end] = frontal if facing > 0 else np.pi - frontal
        self.facing[start:end] = facing

    def _smooth(self, shots: list[tuple[int, int]]) -> None:
        """Let poses and turns flow into each other where two spans meet within a shot."""
        near = np.zeros(self.n_frames)
        for border in self._borders:
            distance = (np.arange(self.n_frames) - border + 0.5) / self.fps
            near = np.maximum(near, np.exp(-((distance / 0.2) ** 2)))
        for first, last in shots:
            rows = slice(first, last)
            pose, weight = self.actor.pose[rows], near[rows, None]
            soft = gaussian_filter1d(pose, 1.3, axis=0, mode="nearest")
            self.actor.pose[rows] = pose + (soft - pose) * weight
            self.actor.yaw[rows] = gaussian_filter1d(self.actor.yaw[rows], 1.6, mode="nearest")


def shots_of(stops: list[Stop], n_frames: int, fps: int) -> list[tuple[int, int]]:
    """Frame ranges of the shots."""
    cuts = [int(np.ceil(stop.cut * fps)) for stop in stops if stop.cut is not None]
    return list(zip([0, *cuts], [*cuts, n_frames], strict=True))

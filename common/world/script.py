"""The script of every video, before anything is drawn: room, instances, gaps, rhythm, hidden ends.

Statistics of the whole world can be taken from scripts alone; they cost milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from common.core.params.world import RenderedWorld
from common.core.records import SUBSETS, Subset
from common.core.seeds import rng_for
from common.world.cast import ACTIONS, ROOMS, Room, zipf_counts
from common.world.dealing import deal
from common.world.motion import Style

SHORTEST, LONGEST = 20.0, 60.0
_GAP_LOW, _GAP_HIGH = 1.0, 15.0
_LONGEST_INSTANCE = 30.0


@dataclass(frozen=True, slots=True)
class Instance:
    """One action of the main actor: [start, end) seconds.

    `hidden_from` and `hidden_to` enclose the end where a pillar covers it, else both are None.
    """

    label: str
    start: float
    end: float
    style: Style
    main: bool = False
    hidden_from: float | None = None
    hidden_to: float | None = None


@dataclass(frozen=True, slots=True)
class VideoScript:
    """Everything that decides a video but its pictures. Times in seconds."""

    video: str
    subset: Subset
    room: Room
    duration: float
    main: str
    instances: tuple[Instance, ...]
    n_others: int


def write_scripts(params: RenderedWorld, seed: int) -> list[VideoScript]:
    """The scripts of all videos of all subsets, in the order train, validation, test."""
    scripts = []
    for subset in SUBSETS:
        size = getattr(params, subset)
        rng = rng_for(seed, "deal", subset)
        per_class = zipf_counts(len(params.classes), size.instances, params.zipf, size.least)
        hands = deal(dict(zip(params.classes, per_class, strict=True)), size.videos, rng)
        for number, (main, labels) in enumerate(hands, start=1):
            video = f"{subset}_{number:03d}"
            scripts.append(_script(video, subset, main, labels, params, seed))
    return scripts


def _script(
    video: str, subset: Subset, main: str, labels: list[str], params: RenderedWorld, seed: int
) -> VideoScript:
    rng = rng_for(seed, "script", video)
    durations, gaps = _times(main, labels, rng)
    n_main = labels.count(main)
    hidden = _hidden(n_main, rng)
    instances, clock, count = [], 0.0, 0
    for label, duration, gap, next_gap in zip(labels, durations, gaps, gaps[1:], strict=False):
        start = round(clock + gap, 2)
        end = round(start + duration, 2)
        hidden_from = hidden_to = None
        if label == main:
            if count in hidden:
                hidden_from = end - min(0.45 * duration, float(rng.uniform(0.4, 2.0)))
                hidden_to = end + min(next_gap - 0.2, float(rng.uniform(0.5, 2.0)))
            count += 1
        instances.append(
            Instance(label, start, end, _style(rng), label == main, hidden_from, hidden_to)
        )
        clock = end
    usual = rng.random() < params.scene_bias
    other = [room for room in ROOMS if room != ACTIONS[main].room]
    room = ACTIONS[main].room if usual else other[int(rng.integers(len(other)))]
    duration = round((clock + gaps[-1]) * params.fps) / params.fps
    return VideoScript(
        video,
        subset,
        room,
        duration,
        main,
        tuple(instances),
        int(rng.choice(3, p=[0.45, 0.35, 0.2])),
    )


def _style(rng: np.random.Generator) -> Style:
    return Style(
        rate=float(rng.uniform(0, 1)),
        lean=float(rng.uniform(0.0, 0.35)),
        phase=float(rng.uniform(0, 2 * np.pi)),
        reach=float(rng.uniform(-0.15, 0.35)),
    )


def _hidden(n_main: int, rng: np.random.Generator) -> set[int]:
    """Which of the main instances end behind the pillar: about half, never all."""
    if n_main < 2:
        return set()
    n_hidden = n_main // 2 if n_main % 2 == 0 else n_main // 2 + int(rng.random() < 0.5)
    return {int(index) for index in rng.choice(n_main, n_hidden, replace=False)}


def _times(
    main: str, labels: list[str], rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    """Durations of the instances and the gaps around them, of a video of 20 to 60 s.

    All instances of the main class last equally long: the rhythm that makes a hidden end decidable.
    """
    for _ in range(200):
        rhythm = _duration(main, rng)
        durations = [rhythm if label == main else _duration(label, rng) for label in labels]
        gaps = [_gap(rng) for _ in range(len(labels) + 1)]
        total = sum(durations) + sum(gaps)
        if total < SHORTEST:
            # More idling, not slower actions.
            gaps = [gap * (SHORTEST + 0.5 - sum(durations)) / sum(gaps) for gap in gaps]
            total = SHORTEST + 0.5
        if total <= LONGEST - 0.5 and max(gaps) <= _GAP_HIGH:
            return durations, gaps
    raise AssertionError(f"no timing of {labels} fits into {LONGEST} s")


def _duration(label: str, rng: np.random.Generator) -> float:
    low, median, high = ACTIONS[label].seconds
    spread = 0.28 * np.log(high / low) if high > 2 else 0.2
    value = median * np.exp(spread * rng.standard_normal())
    return round(float(np.clip(value, low, min(high, _LONGEST_INSTANCE))), 2)


def _gap(rng: np.random.Generator) -> float:
    """Long-tailed: mostly one to three seconds, now and then up to fifteen."""
    return float(np.clip(_GAP_LOW + rng.lognormal(-0.15, 0.9), _GAP_LOW, _GAP_HIGH))

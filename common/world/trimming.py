"""Which trimmed clips are cut from the train videos: crops of instances, and of the gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.core.params.world import RenderedWorld
from common.core.seeds import rng_for
from common.world.script import Instance, VideoScript

BACKGROUND = "background"
_SHORTEST = 1.0


@dataclass(frozen=True, slots=True)
class ClipCut:
    """A clip: frames [first, last) of a video."""

    clip: str
    video: str
    label: str
    first: int
    last: int


def plan_clips(scripts: Sequence[VideoScript], params: RenderedWorld, seed: int) -> list[ClipCut]:
    """About `params.clips` crops of two to three seconds, from the train videos alone.

    Every instance gives one; classes with fewer than `clips_least` give further crops of the same
    instances, and long instances fill up what is missing. The long tail stays.
    """
    rng = rng_for(seed, "clips")
    train = [script for script in scripts if script.subset == "train"]
    instances = [(script, instance) for script in train for instance in script.instances]
    n_background = round(params.clips * params.background_share)
    crops = _extra_crops(instances, params, params.clips - n_background)
    cuts: list[ClipCut] = []
    for (script, instance), n_crops in zip(instances, crops, strict=True):
        for number in range(n_crops):
            start, end = _crop(instance, number, rng)
            _append(cuts, script, instance.label, start, end, params.fps)
    for script, start, end in _background(train, n_background, rng):
        _append(cuts, script, BACKGROUND, start, end, params.fps)
    return cuts


def _append(
    cuts: list[ClipCut], script: VideoScript, label: str, start: float, end: float, fps: int
) -> None:
    first, last = int(np.ceil(start * fps - 1e-6)), int(np.ceil(end * fps - 1e-6))
    cuts.append(ClipCut(f"clip_{len(cuts) + 1:04d}", script.video, label, first, last))


def _extra_crops(
    instances: Sequence[tuple[VideoScript, Instance]], params: RenderedWorld, wanted: int
) -> list[int]:
    """Number of crops of each instance."""
    counts = [1] * len(instances)
    per_class = Counter(instance.label for _, instance in instances)
    longest_first = sorted(
        range(len(instances)), key=lambda i: -(instances[i][1].end - instances[i][1].start)
    )
    for label, count in per_class.items():
        mine = [index for index in longest_first if instances[index][1].label == label]
        for number in range(max(0, params.clips_least - count)):
            counts[mine[number % len(mine)]] += 1
    for index in longest_first:
        if sum(counts) >= wanted:
            break
        counts[index] += 1
    return counts


def _crop(instance: Instance, number: int, rng: np.random.Generator) -> tuple[float, float]:
    end = instance.end
    if instance.hidden_from is not None:
        # What a pillar covers teaches nothing.
        end = max(min(end, instance.hidden_from + 0.3), min(end, instance.start + _SHORTEST))
    available = end - instance.start
    length = min(available, float(rng.uniform(2.0, 3.0)))
    if number and available < 1.3 * length:
        length = max(_SHORTEST, 0.8 * length)
    start = instance.start + float(rng.uniform(0.0, max(0.0, available - length)))
    return start, start + length


def _background(
    train: Sequence[VideoScript], count: int, rng: np.random.Generator
) -> list[tuple[VideoScript, float, float]]:
    """Crops of gaps, longest gaps first, from as many videos as possible."""
    gaps = []
    for script in train:
        borders = [0.0, *(t for i in script.instances for t in (i.start, i.end)), script.duration]
        pairs = list(zip(borders[0::2], borders[1::2], strict=True))
        start, end = max(pairs, key=lambda pair: pair[1] - pair[0])
        gaps.append((script, start, end))
    chosen = rng.permutation(len(gaps))[:count]
    crops = []
    for index in sorted(int(i) for i in chosen):
        script, start, end = gaps[index]
        length = min(end - start - 0.1, float(rng.uniform(2.0, 3.0)))
        begin = start + 0.05 + float(rng.uniform(0.0, end - start - 0.1 - length))
        crops.append((script, begin, begin + length))
    return crops

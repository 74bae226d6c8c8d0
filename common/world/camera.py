"""Where the camera looks, how it shakes, how its exposure drifts, and what passes before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from common.world.body import Array, ease
from common.world.scene import Pillar

MARGIN_Y = 5
# How far the camera lets the actor stray from the middle, pixels, before it follows.
_DEAD_ZONE = {"still": 30.0, "shake": 14.0, "pan": 8.0}
_SLIDE = 1.3  # s that the pillar takes to slide in or out
# The pillar is nearer than the actor: it crosses the picture faster than the room does.
_PARALLAX = 4.0


def draw_camera(rng: np.random.Generator) -> str:
    """`still`, `shake` or `pan`."""
    return ("still", "shake", "pan")[int(rng.choice(3, p=[0.5, 0.25, 0.25]))]


def follow(
    target: Array,
    shots: Sequence[tuple[int, int]],
    kind: str,
    fps: int,
    width: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Camera position (left edge x, and y) over all frames, pixels, following `target` (F,)."""
    n = len(target)
    x, y = np.zeros(n), np.zeros(n)
    for first, last in shots:
        middle = target[first] + float(rng.uniform(-12, 12))
        for frame in range(first, last):
            stray = target[frame] - middle
            middle += stray - np.clip(stray, -_DEAD_ZONE[kind], _DEAD_ZONE[kind])
            x[frame] = middle
        x[first:last] = gaussian_filter1d(x[first:last], 0.35 * fps, mode="nearest")
        y[first:last] = float(rng.uniform(-2, 2))
    time = np.arange(n) / fps
    if kind == "pan":
        x += 9.0 * np.sin(2 * np.pi * time / float(rng.uniform(12, 20)) + float(rng.uniform(0, 6)))
    if kind == "shake":
        x += 0.9 * gaussian_filter1d(rng.standard_normal(n), 1.2) / 0.5
        y += 0.5 * gaussian_filter1d(rng.standard_normal(n), 1.2) / 0.5
    return x - width / 2, np.clip(y, -MARGIN_Y, MARGIN_Y)


def exposure(n_frames: int, fps: int, flicker: bool, rng: np.random.Generator) -> Array:
    """(F,) brightness factor: a slow drift, and the dips of a flickering lamp."""
    time = np.arange(n_frames) / fps
    gain = 1.0 + float(rng.uniform(-0.08, 0.06))
    drift = float(rng.uniform(0.02, 0.1)) * np.sin(
        2 * np.pi * time / rng.uniform(8, 25) + rng.uniform(0, 6)
    )
    out = gain + drift
    if flicker:
        dips = rng.random(n_frames) < 0.06
        out = out - 0.22 * gaussian_filter1d(dips.astype(float), 0.6) / 0.66
    return out


def cover(
    events: Sequence[tuple[float, float]],
    middle: Array,
    width: float,
    fps: int,
    rng: np.random.Generator,
) -> tuple[Pillar | None, Array]:
    """A pillar that covers what is at screen x `middle` (F,) from each event's start to its end.

    Returns:
        The pillar (None without events) and how far the camera slides for it (F,), pixels.
    """
    n = len(middle)
    if not events:
        return None, np.zeros(n)
    time = np.arange(n) / fps
    offset = np.full(n, np.inf)
    for start, end in events:
        side = 150.0 if rng.random() < 0.5 else -150.0
        coming = side * (1.0 - ease((time - start + _SLIDE) / _SLIDE))
        going = -side * ease((time - end) / _SLIDE)
        mine = np.where(time < start, coming, going)
        offset = np.where(np.abs(mine) < np.abs(offset), mine, offset)
    slide = gaussian_filter1d(-offset / _PARALLAX * (np.abs(offset) < 149.0), 0.3 * fps)
    seen = np.abs(offset) < 149.0
    return Pillar(np.where(seen, middle + offset, np.nan), width), slide

"""Colour changes of frames as matrices: cheap enough to draw one for every frame.

Brightness, contrast, saturation and grey are linear in the colours, so that any sequence of them
is one 3x3 matrix and one offset a frame. Two differences from the source: the hue is turned about
the grey axis instead of in HSV, and values are cut to 0..1 once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from common.core.params.pretrain import MosiColour
from common.training.colour import LUMA, Matrices, hue, saturation


def draw_colours(
    means: NDArray[np.float64], settings: MosiColour, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One colour change for each frame of some clips: grey first, then the others in random order.

    Args:
        means: (N, T, 3) mean colour of each frame; contrast is changed about it.
        settings: strengths and shares.
        rng: of these clips.

    Returns:
        Matrices (N, T, 3, 3) and offsets (N, T, 3): a colour c becomes `matrix @ c + offset`.
    """
    n_clips, n_frames = means.shape[:2]
    drawn = (n_clips, 1 if settings.consistent else n_frames)
    # In a clip with one draw, contrast still is about each frame's own mean.
    full = (n_clips, n_frames)
    matrix = np.broadcast_to(np.eye(3), (*full, 3, 3))
    offset = np.zeros((*full, 3))
    changes = _draw_changes(settings, drawn, rng)
    order = rng.permuted(np.tile(np.arange(4), (*drawn, 1)), axis=-1)
    fires = rng.random(drawn) < settings.p
    grey = rng.random(drawn) < settings.gray_p
    matrix, offset = _after(saturation(np.where(grey, 0.0, 1.0)), 0.0, matrix, offset)
    for turn in range(4):
        for kind, change in enumerate(changes):
            chosen = fires & (order[..., turn] == kind)
            mean = (matrix @ means[..., None])[..., 0] + offset
            step, shift = change(chosen, mean)
            matrix, offset = _after(step, shift, matrix, offset)
    return matrix.astype(np.float32), offset.astype(np.float32)


Change = Callable[[NDArray[np.bool_], NDArray[np.float64]], tuple[Matrices, Matrices]]


def _draw_changes(
    settings: MosiColour, size: tuple[int, int], rng: np.random.Generator
) -> list[Change]:
    """Brightness, contrast, saturation, hue: (where it is applied, means) -> matrix, offset."""
    light, contrast, depth = (
        1 + rng.uniform(-strength, strength, size)
        for strength in (settings.brightness, settings.contrast, settings.saturation)
    )
    turn = rng.uniform(-settings.hue, settings.hue, size)

    def change_contrast(
        chosen: NDArray[np.bool_], mean: NDArray[np.float64]
    ) -> tuple[Matrices, Matrices]:
        factor = np.where(chosen, contrast, 1.0)
        offset = ((1 - factor) * (mean @ LUMA))[..., None] * np.ones(3)
        return _scaled(factor), offset

    def without_offset(make: Callable[[NDArray[np.float64]], Matrices], values, neutral) -> Change:  # type: ignore[no-untyped-def]
        return lambda chosen, _: (make(np.where(chosen, values, neutral)), np.zeros(3))

    return [
        without_offset(_scaled, light, 1.0),
        change_contrast,
        without_offset(saturation, depth, 1.0),
        without_offset(hue, turn, 0.0),
    ]


def _scaled(factor: NDArray[np.float64]) -> Matrices:
    return factor[..., None, None] * np.eye(3)


def _after(
    step: Matrices, shift: Matrices | float, matrix: Matrices, offset: Matrices
) -> tuple[Matrices, Matrices]:
    return step @ matrix, (step @ offset[..., None])[..., 0] + shift

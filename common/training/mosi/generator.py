"""Pseudo clips from one still: a window slides over it, and a mask lets only a box of it move.

All clips of a still are made together. Only pixels that differ from frame to frame are coloured
frame by frame: the frozen surround is made once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from common.core.errors import InputError
from common.core.params.pretrain import Mosi
from common.training.mosi.colour import draw_colours
from common.training.mosi.geometry import (
    draw_jitter,
    middle_start,
    start_range,
    travel,
    window_offsets,
)
from common.training.mosi.pool import LabelPool, label_pool

Still = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PseudoClips:
    """The clips of one still, one a class.

    Args:
        clips: (P, 3, T, S, S) float32, normalised.
        labels: (P,) class, or (P, 2) class of each axis.
        boxes: (P, 4) left, top, width and height of what moves.
        frozen: (P,) the frame that the surround shows.
        offsets: (P, 2, T) left and upper edge of the window, before any mirroring of the clip.
    """

    clips: NDArray[np.float32]
    labels: NDArray[np.int64]
    boxes: NDArray[np.int64]
    frozen: NDArray[np.int64]
    offsets: NDArray[np.int64]


@dataclass(frozen=True)
class Generator:
    """Makes the pseudo clips of one setting.

    Args:
        mosi: the params.
        mean, std: of the network's input, on the scale 0..1, RGB.
    """

    mosi: Mosi
    mean: tuple[float, float, float] = (0.45, 0.45, 0.45)
    std: tuple[float, float, float] = (0.225, 0.225, 0.225)

    @cached_property
    def pool(self) -> LabelPool:
        """The classes."""
        return label_pool(self.mosi)

    def make(self, still: Still, rng: np.random.Generator, training: bool = True) -> PseudoClips:
        """One clip of each class.

        Args:
            still: (H, W, 3) uint8 RGB of any size.
            rng: of this still; evaluation is to have its own, so that it never changes.
            training: draw starts and ways; otherwise the way lies in the middle of the still.

        Raises:
            InputError: not a picture in colour.
        """
        mosi, pool = self.mosi, self.pool
        if still.ndim != 3 or still.shape[2] != 3 or min(still.shape) == 0:
            raise InputError(
                "mosi.still", "still", f"shape {still.shape}", "Give pictures (H, W, 3) in RGB."
            )
        picture = standard_size(still, mosi, rng)
        if mosi.flip == "image" and rng.random() < 0.5:
            picture = picture[:, ::-1]
        picture = np.ascontiguousarray(picture.transpose(2, 0, 1))  # (3, H, W)
        rooms = [length - mosi.crop for length in (picture.shape[2], picture.shape[1])]
        offsets = np.array([self._offsets(pair, rooms, rng, training) for pair in pool.speeds])
        boxes, frozen = draw_boxes(len(pool), mosi, rng)
        means = _window_means(picture, offsets, mosi.crop)
        matrices, shifts = draw_colours(means, mosi.colour, rng)
        # Normalising is linear too: it goes into the same matrices.
        scale = np.float32(self.std)
        cut = [(np.float32(bound) - np.float32(self.mean)) / scale for bound in (0, 1)]
        matrices = matrices / (255 * scale[:, None])
        shifts = (shifts - np.float32(self.mean)) / scale
        size = (len(pool), 3, mosi.frames, mosi.crop, mosi.crop)
        clips = np.empty(size, np.float32)
        for index, clip in enumerate(clips):
            moves = offsets[index], matrices[index], shifts[index], cut
            if mosi.mask:
                t = frozen[index : index + 1]
                whole = (0, 0, mosi.crop, mosi.crop)
                clip[:] = _cut(picture, whole, t, *moves)
            left, top, width, height = boxes[index]
            inside = _cut(picture, boxes[index], np.arange(mosi.frames), *moves)
            clip[:, :, top : top + height, left : left + width] = inside
        labels = np.arange(len(pool))
        if mosi.flip in ("clip_relabel", "clip_public_bug"):
            turned = rng.random(len(pool)) < 0.5
            clips[turned] = clips[turned, ..., ::-1]
            boxes[turned, 0] = mosi.crop - boxes[turned, 0] - boxes[turned, 2]
            if mosi.flip == "clip_relabel":
                labels = np.where(turned, pool.mirrored, labels)
        if mosi.labels == "separate":
            labels = pool.axis_labels[labels]
        return PseudoClips(clips, labels, boxes, frozen, offsets)

    def _offsets(
        self, pair: tuple[int, int], rooms: list[int], rng: np.random.Generator, training: bool
    ) -> NDArray[np.int64]:
        """(2, T) window offsets along x and y."""
        both = []
        for speed, room in zip(pair, rooms, strict=True):
            factor = speed / self.pool.levels
            if training:
                distance = travel(
                    room, factor, draw_jitter(factor, *self.mosi.distance_jitter, rng)
                )
                low, high = start_range(room, distance)
                start = int(rng.integers(low, high + 1))
            else:
                distance = travel(room, factor)
                start = middle_start(room, distance)
            both.append(window_offsets(room, distance, start, self.mosi.frames))
        return np.stack(both)


def standard_size(still: Still, mosi: Mosi, rng: np.random.Generator) -> Still:
    """Scale the short side (bilinear), then cut a random part: `side` on its longer side.

    Returns:
        (H, W, 3); width by height is drawn from `aspect`.
    """
    short = int(rng.integers(mosi.short_side[0], mosi.short_side[1] + 1))
    height, width = still.shape[:2]
    factor = short / min(height, width)
    size = max(short, round(width * factor)), max(short, round(height * factor))
    if (width, height) != size:
        still = cv2.resize(still, size, interpolation=cv2.INTER_LINEAR)
    aspect = float(rng.uniform(*mosi.aspect))
    cut_width = int(mosi.side * min(1.0, aspect))
    cut_height = int(mosi.side / max(1.0, aspect))
    left = int(rng.integers(0, still.shape[1] - cut_width + 1))
    top = int(rng.integers(0, still.shape[0] - cut_height + 1))
    return still[top : top + cut_height, left : left + cut_width]


def draw_boxes(
    n: int, mosi: Mosi, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n, 4) left, top, width, height of the moving boxes, and (n,) the frozen frames.

    One box a clip, fixed in time; all of the clip where there is no mask.
    """
    frozen = rng.integers(0, mosi.frames, n)
    if not mosi.mask:
        return np.tile([0, 0, mosi.crop, mosi.crop], (n, 1)), frozen
    sides = np.maximum(1, (mosi.crop * rng.uniform(*mosi.mask_share, n)).astype(np.int64))
    corners = rng.integers(0, (mosi.crop - sides + 1)[:, None], (n, 2))
    return np.stack([*corners.T, sides, sides], axis=1), frozen


def _window_means(
    picture: NDArray[np.uint8], offsets: NDArray[np.int64], crop: int
) -> NDArray[np.float64]:
    """(P, T, 3) mean colour (0..1) of the window in each frame, from sums over rectangles."""
    sums = np.zeros((3, picture.shape[1] + 1, picture.shape[2] + 1))
    sums[:, 1:, 1:] = picture.cumsum(axis=1, dtype=np.float64).cumsum(axis=2)
    x, y = offsets[:, 0], offsets[:, 1]
    total = (
        sums[:, y + crop, x + crop] - sums[:, y, x + crop] - sums[:, y + crop, x] + sums[:, y, x]
    )
    return (total / (255 * crop * crop)).transpose(1, 2, 0)


def _cut(
    picture: NDArray[np.uint8],
    box: NDArray[np.int64] | tuple[int, int, int, int],
    frames: NDArray[np.int64],
    offsets: NDArray[np.int64],
    matrices: NDArray[np.float32],
    shifts: NDArray[np.float32],
    cut: list[NDArray[np.float32]],
) -> NDArray[np.float32]:
    """(3, F, height, width): the box in the chosen frames, coloured and normalised."""
    left, top, width, height = box
    windows = sliding_window_view(picture, (height, width), axis=(1, 2))
    taken = windows[:, offsets[1, frames] + top, offsets[0, frames] + left]  # (3, F, h, w)
    flat = taken.transpose(1, 0, 2, 3).reshape(len(frames), 3, -1).astype(np.float32)
    coloured = matrices[frames] @ flat + shifts[frames][..., None]
    np.clip(coloured, cut[0][:, None], cut[1][:, None], out=coloured)
    return coloured.reshape(len(frames), 3, height, width).transpose(1, 0, 2, 3)

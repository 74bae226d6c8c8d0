"""Crops, mirror images and colours of CMD: pictures and motion maps of one item stay aligned.

Source: augmentation of the authors' release. It mirrors motion maps without turning their x
component round; here it is turned unless `flip_negate_x` is off.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from common.training.colour import hue, saturation

# Vectors are cut at this many pixels and divided by it.
_LARGEST = 10.0


@dataclass(frozen=True, slots=True)
class CmdAugmentation:
    """What training does to an item; the defaults are the published ones.

    Args:
        size: side of the pictures.
        motion_size: side of the motion maps.
        least_area: smallest share of the picture that a crop keeps.
        flip_negate_x: mirrored motion points the other way; False repeats the published fault.
        mv_rescale: vectors grow and shrink with the crop; published: they do not.
        colour: strength of brightness, contrast and saturation; a quarter of it for hue.
    """

    size: int = 112
    motion_size: int = 112
    least_area: float = 0.2
    flip_negate_x: bool = True
    mv_rescale: bool = False
    colour: float = 0.4


@dataclass(frozen=True, slots=True)
class View:
    """What is cut out, as shares of the picture, and whether it is mirrored."""

    left: float
    top: float
    width: float
    height: float
    mirrored: bool


def draw_view(least_area: float, aspect: float, rng: np.random.Generator) -> View:
    """A crop of at least `least_area` of the picture, sides 3:4 to 4:3, and a coin for mirroring.

    Args:
        aspect: width of the picture divided by its height.
    """
    mirrored = bool(rng.random() < 0.5)
    for _ in range(10):
        area = rng.uniform(least_area, 1.0)
        ratio = np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3)))
        width, height = np.sqrt(area * ratio / aspect), np.sqrt(area / ratio * aspect)
        if width <= 1 and height <= 1:
            left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
            return View(float(left), float(top), float(width), float(height), mirrored)
    return View(*_central_square(aspect), mirrored)


def central_view(aspect: float) -> View:
    """The middle square, not mirrored."""
    return View(*_central_square(aspect), False)


def cut_pictures(frames: NDArray[np.uint8], view: View, size: int) -> NDArray[np.uint8]:
    """(T, H, W, 3) -> (T, size, size, 3), bilinear."""
    part = _part(frames, view)
    shrunk = [cv2.resize(frame, (size, size), interpolation=cv2.INTER_LINEAR) for frame in part]
    pictures = np.stack(shrunk)
    return pictures[:, :, ::-1] if view.mirrored else pictures


def cut_motion(
    flow: NDArray[np.float32], view: View, augmentation: CmdAugmentation, cell: int = 1
) -> NDArray[np.float32]:
    """(T, H, W, 2) pixels -> (2, T, size, size) as the network wants it: -1 to 1.

    Args:
        flow: motion maps.
        view: of the picture.
        augmentation: `motion_size`, `flip_negate_x`, `mv_rescale`.
        cell: side of a cell of `flow` in pixels; `mv_rescale` needs it.
    """
    size = augmentation.motion_size
    part = _part(flow, view)
    maps = np.stack([cv2.resize(one, (size, size), interpolation=cv2.INTER_LINEAR) for one in part])
    if augmentation.mv_rescale:
        height, width = flow.shape[1:3]
        shares = np.float32([view.width * width * cell, view.height * height * cell])
        maps = maps * (np.float32(augmentation.size) / shares)
    if view.mirrored:
        maps = maps[:, :, ::-1]
        if augmentation.flip_negate_x:
            maps = maps * np.float32([-1, 1])
    maps = np.clip(maps, -_LARGEST, _LARGEST) / np.float32(_LARGEST)
    return np.ascontiguousarray(maps.transpose(3, 0, 1, 2), dtype=np.float32)


def recolour(
    frames: NDArray[np.uint8], strength: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Blur (p 0.5, sigma 0.1 to 2), colours (p 0.5) and grey (p 0.2), alike in all frames.

    Returns:
        (T, H, W, 3) float32 on the scale 0..255.
    """
    pictures = frames.astype(np.float32)
    if rng.random() < 0.5:
        sigma = float(rng.uniform(0.1, 2.0))
        pictures = np.stack([cv2.GaussianBlur(one, (0, 0), sigma) for one in pictures])
    matrix, shift = np.eye(3), np.float32(0)
    if rng.random() < 0.5:
        light, contrast, depth = 1 + rng.uniform(-strength, strength, 3)
        turn = rng.uniform(-strength, strength) / 4
        matrix = light * contrast * hue(turn) @ saturation(depth)
        shift = np.float32(light * (1 - contrast) * pictures.mean())
    if rng.random() < 0.2:
        matrix = saturation(0.0) @ matrix
    return np.clip(pictures @ np.float32(matrix.T) + shift, 0, 255)


def _central_square(aspect: float) -> tuple[float, float, float, float]:
    width, height = min(1.0, 1 / aspect), min(1.0, aspect)
    return (1 - width) / 2, (1 - height) / 2, width, height


def _part(frames: NDArray, view: View) -> NDArray:  # type: ignore[type-arg]
    height, width = frames.shape[1:3]
    top, left = round(view.top * height), round(view.left * width)
    bottom = max(top + 1, round((view.top + view.height) * height))
    right = max(left + 1, round((view.left + view.width) * width))
    return frames[:, top:bottom, left:right]

"""From a decoded clip to what a network sees: crops, mirror images, colours, erased boxes.

Source: recipes of TAdaConv; every draw is one for all frames of a clip, but the noise of an erased
box, which is independent for each value. Colours change in a fixed order, grey first; the hue is
turned about the grey axis instead of in HSV.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from common.core.params.recognition import RecognitionAugmentation
from common.training.colour import hue, saturation

Frames = NDArray[np.uint8]  # (T, H, W, 3)
_TRIES = 10
_AREA = (0.02, 0.33)
_ASPECT = (0.3, 3.33)


def random_crop(
    frames: Frames, crop: int, short_side: tuple[int, int], rng: np.random.Generator
) -> Frames:
    """A square of `crop` pixels, placed uniformly in the frames scaled to a random short side."""
    height, width = frames.shape[1:3]
    scaled = rng.uniform(max(short_side[0], crop), max(short_side[1], crop))
    side = crop * min(height, width) / scaled
    top, left = rng.uniform(0, height - side), rng.uniform(0, width - side)
    return _cut(frames, float(top), float(left), float(side), crop)


def view_crop(frames: Frames, crop: int, position: int, crops: int) -> Frames:
    """The square of the whole short side, at the beginning, middle or end of the long side.

    Args:
        frames: (T, H, W, 3).
        crop: side of the result.
        position: 0, 1 or 2 of three crops; 0 of a single one, which is the middle.
        crops: 1 or 3.
    """
    height, width = frames.shape[1:3]
    side = min(height, width)
    share = 0.5 if crops == 1 else position / 2
    return _cut(frames, (height - side) * share, (width - side) * share, side, crop)


def recolour(
    frames: Frames, augmentation: RecognitionAugmentation, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Grey, then brightness, contrast, saturation and hue; float32 on the scale 0..255."""
    pictures = frames.astype(np.float32)
    matrix, shift = np.eye(3), np.float32(0)
    if rng.random() < augmentation.grey_p:
        matrix = saturation(0.0)
    if rng.random() < augmentation.colour_p:
        light = 1 + rng.uniform(-1, 1) * augmentation.brightness
        contrast = 1 + rng.uniform(-1, 1) * augmentation.contrast
        depth = 1 + rng.uniform(-1, 1) * augmentation.saturation
        turn = rng.uniform(-1, 1) * augmentation.hue
        matrix = light * contrast * (hue(turn) @ saturation(depth) @ matrix)
        shift = np.float32(light * (1 - contrast) * pictures.mean())
    return np.clip(pictures @ np.float32(matrix.T) + shift, 0, 255)


def erase(
    clip: NDArray[np.float32], probability: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """With `probability`, one box of 2 to 33 % of the picture becomes normal noise.

    Args:
        clip: (3, T, H, W), normalised; changed in place.
        probability: of erasing at all.
        rng: of the box and the noise.
    """
    if rng.random() >= probability:
        return clip
    height, width = clip.shape[2:]
    for _ in range(_TRIES):
        area = rng.uniform(*_AREA) * height * width
        aspect = np.exp(rng.uniform(*np.log(_ASPECT)))
        h, w = round(float(np.sqrt(area * aspect))), round(float(np.sqrt(area / aspect)))
        if 0 < h < height and 0 < w < width:
            top, left = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
            box = clip[:, :, top : top + h, left : left + w]
            box[...] = rng.standard_normal(box.shape, dtype=np.float32)
            break
    return clip


def _cut(frames: Frames, top: float, left: float, side: float, crop: int) -> Frames:
    """The square at (top, left), bilinear to (T, crop, crop, 3)."""
    if side == crop and top == int(top) and left == int(left):
        return frames[:, int(top) : int(top) + crop, int(left) : int(left) + crop]
    scale = side / crop
    offset = 0.5 * scale - 0.5
    matrix = np.array([[scale, 0, left + offset], [0, scale, top + offset]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.stack(
        [
            cv2.warpAffine(f, matrix, (crop, crop), flags=flags, borderMode=cv2.BORDER_REPLICATE)
            for f in frames
        ]
    )

"""Trimmed clips in memory, and the augmented training clips cut from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from common.core.clips import ClipSpec
from common.core.hashing import sha256_value
from common.core.params.training import Augmentation
from common.core.seeds import rng_for

Frames = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TrimmedClips:
    """Decoded clips, at a constant rate.

    Args:
        frames: of each clip, (F, H, W, 3) uint8 RGB; lengths differ.
        labels: of each clip, a position in `classes`.
        classes: label names.
        steps: frames kept for one step of a training clip: its frames lie `steps` apart.
        fingerprint: changes whenever anything above does.
    """

    frames: Sequence[Frames]
    labels: Sequence[int]
    classes: tuple[str, ...]
    steps: int
    fingerprint: str


class ClipDataset(Dataset[dict[str, Tensor]]):
    """One training clip a trimmed clip and epoch: `clip` (3, T, H, W) float32, normalised, and
    `label`.

    Which part of the trimmed clip, where it is cut out, and its colours are drawn anew in every
    epoch, by (seed, epoch, index). A mirrored clip gets the label of its mirror image; where that
    class is unknown, the clip is not mirrored.
    """

    def __init__(
        self, clips: TrimmedClips, spec: ClipSpec, augmentation: Augmentation, seed: int
    ) -> None:
        self.clips, self.spec, self.augmentation, self.seed = clips, spec, augmentation, seed
        self.epoch = 0
        self._mirrored = mirrored_labels(clips.classes, augmentation.mirrored_labels)
        settings = [spec.to_json(), augmentation.model_dump(mode="json"), seed]
        self.fingerprint = sha256_value([clips.fingerprint, settings])

    def set_epoch(self, epoch: int) -> None:
        """Later items are those of this epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.clips.labels)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        rng = rng_for(self.seed, "augment", self.epoch, index)
        frames, label = self.clips.frames[index], self.clips.labels[index]
        outside = round(self.augmentation.outside_s * self.spec.fps) * self.clips.steps
        taken = frames[frame_indices(len(frames), self.spec.frames, self.clips.steps, outside, rng)]
        mirrored = self._mirrored[label]
        if self.augmentation.mirror and mirrored is not None and rng.random() < 0.5:
            taken, label = taken[:, :, ::-1], mirrored
        taken = _move(taken, self.augmentation, rng)
        clip = normalise(_recolour(taken, self.augmentation, rng), self.spec)
        return {"clip": torch.from_numpy(clip), "label": torch.tensor(label)}


def mirrored_labels(classes: Sequence[str], pairs: Mapping[str, str]) -> list[int | None]:
    """For each class the position of its mirror image's class; None where that is not a class."""
    positions = {label: position for position, label in enumerate(classes)}
    return [positions.get(pairs.get(label, label)) for label in classes]


def frame_indices(
    n_frames: int, n_taken: int, steps: int, outside: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """(n_taken,) frames, `steps` apart, from a start drawn uniformly; ends are repeated.

    The start is such that the training clip lies inside the trimmed clip, or the other way round
    where the trimmed clip is shorter; either way it may be `outside` frames off.
    """
    room = n_frames - ((n_taken - 1) * steps + 1)
    low, high = min(0, room) - outside, max(0, room) + outside
    start = int(rng.integers(low, high + 1))
    return np.clip(start + steps * np.arange(n_taken), 0, n_frames - 1)


def central_clip(frames: Frames, n_taken: int, steps: int) -> Frames:
    """The frames that a snippet at the middle of the clip sees; ends are repeated."""
    first = (len(frames) - 1) / 2 - steps * (n_taken - 1) / 2
    indices = np.floor(first + steps * np.arange(n_taken) + 0.5).astype(np.int64)
    return frames[np.clip(indices, 0, len(frames) - 1)]


def normalise(
    frames: NDArray[np.uint8] | NDArray[np.float32], spec: ClipSpec
) -> NDArray[np.float32]:
    """(T, H, W, 3) on the scale 0..255 -> (3, T, H, W) float32 as the network wants it."""
    mean, std = np.float32(spec.mean), np.float32(spec.std)
    return np.ascontiguousarray(((frames - mean) / std).transpose(3, 0, 1, 2), dtype=np.float32)


def _move(frames: Frames, augmentation: Augmentation, rng: np.random.Generator) -> Frames:
    """Shift and scale all frames alike; what comes in from outside repeats the edge."""
    height, width = frames.shape[1:3]
    scale = 1 + rng.uniform(-augmentation.zoom, augmentation.zoom)
    shift = rng.uniform(-augmentation.shift, augmentation.shift, 2) * (width, height)
    centre = np.array([width - 1, height - 1]) / 2
    offset = centre - scale * centre + shift
    matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
    warp = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
    return np.stack([cv2.warpAffine(f, matrix, (width, height), **warp) for f in frames])


def _recolour(
    frames: Frames, augmentation: Augmentation, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Change brightness, contrast (about the clip's mean) and the colours' balance, in all frames
    alike.
    """
    brightness, contrast = 1 + rng.uniform(-augmentation.light, augmentation.light, 2)
    gains = contrast * (1 + rng.uniform(-augmentation.tint, augmentation.tint, 3))
    middle = np.float32(frames.mean())
    changed = (frames - middle) * np.float32(gains) + np.float32(brightness) * middle
    return np.clip(changed, 0, 255).astype(np.float32, copy=False)

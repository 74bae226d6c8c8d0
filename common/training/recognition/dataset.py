"""Training clips and test views, cut from decoded clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from common.core.clips import ClipSpec, Fit
from common.core.hashing import sha256_value
from common.core.params.recognition import ClipSampling, RecognitionAugmentation
from common.core.seeds import rng_for
from common.training.clip_dataset import normalise
from common.training.recognition.augment import erase, random_crop, recolour, view_crop
from common.training.recognition.clips import DecodedClips
from common.training.recognition.sampling import FrameRule


def clip_spec(sampling: ClipSampling, frames: int) -> ClipSpec:
    """What a network of `frames` frames sees, as its weights file says it."""
    side = sampling.crop
    return ClipSpec(frames, sampling.target_fps / sampling.stride, Fit(side, side, side))


def frame_rule(sampling: ClipSampling, frames: int) -> FrameRule:
    """Which frames a clip of `frames` takes."""
    return FrameRule(frames, sampling.stride, sampling.target_fps, sampling.cover_end)


class TrainingClips(Dataset[dict[str, Tensor]]):
    """`clip` (3, T, H, W) float32, normalised, and one `label` a head.

    Every clip of the list comes `repeats` times in an epoch, each time drawn anew by (seed, epoch,
    index): no worker and no order counts.

    Args:
        clips: decoded.
        labels: class numbers of each clip, by head.
        sampling, augmentation: see params.
        frames: of a clip.
        repeats: passes over the list in one epoch.
        seed: of all draws.
        mirrored: for each head, the class of each class's mirror image; None: not mirrored. Heads
            left out keep their labels.
    """

    def __init__(
        self,
        clips: DecodedClips,
        labels: dict[str, list[int]],
        sampling: ClipSampling,
        augmentation: RecognitionAugmentation,
        *,
        frames: int,
        repeats: int,
        seed: int,
        mirrored: Mapping[str, Sequence[int | None]] = MappingProxyType({}),
    ) -> None:
        self.mirrored = mirrored
        self.clips, self.labels, self.augmentation = clips, labels, augmentation
        self.sampling, self.repeats, self.seed = sampling, repeats, seed
        self.rule, self.spec = frame_rule(sampling, frames), clip_spec(sampling, frames)
        self.epoch = 0
        settings = [sampling.model_dump(mode="json"), augmentation.model_dump(mode="json")]
        self.fingerprint = sha256_value(
            [clips.fingerprint, labels, settings, frames, repeats, seed]
        )

    def set_epoch(self, epoch: int) -> None:
        """Later items are those of this epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.clips.items) * self.repeats

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        rng = rng_for(self.seed, "augment", self.epoch, index)
        place = index % len(self.clips.items)
        frames, fps = self.clips.frames[place], self.clips.fps
        start = self.rule.train_start(len(frames), fps, rng)
        taken = frames[self.rule.indices(len(frames), fps, start)]
        taken = random_crop(taken, self.sampling.crop, self.augmentation.short_side, rng)
        labels = {head: numbers[place] for head, numbers in self.labels.items()}
        turned = {h: self.mirrored[h][n] if h in self.mirrored else n for h, n in labels.items()}
        known = {head: number for head, number in turned.items() if number is not None}
        if rng.random() < self.augmentation.flip and len(known) == len(labels):
            taken, labels = taken[:, :, ::-1], known
        coloured = recolour(taken, self.augmentation, rng)
        clip = erase(normalise(coloured, self.spec), self.augmentation.erase_p, rng)
        return {"clip": torch.from_numpy(clip)} | {h: torch.tensor(n) for h, n in labels.items()}


def views_of(
    clips: DecodedClips, place: int, sampling: ClipSampling, frames: int, views: int, crops: int
) -> NDArray[np.float32]:
    """(views * crops, 3, T, H, W) of one clip: every start with every crop, in this order."""
    rule, spec = frame_rule(sampling, frames), clip_spec(sampling, frames)
    decoded, fps = clips.frames[place], clips.fps
    found = []
    for view in range(views):
        start = rule.view_start(len(decoded), fps, view, views)
        taken = decoded[rule.indices(len(decoded), fps, start)]
        for crop in range(crops):
            found.append(normalise(view_crop(taken, sampling.crop, crop, crops), spec))
    return np.stack(found)

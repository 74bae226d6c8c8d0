"""Training items of CMD: a clip, the motion that follows, motion from elsewhere, an I-frame."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from common.core.clips import ClipSpec
from common.core.errors import InputError
from common.core.hashing import sha256_value
from common.core.seeds import rng_for
from common.training.clip_dataset import normalise
from common.training.cmd.augment import (
    CmdAugmentation,
    cut_motion,
    cut_pictures,
    draw_view,
    recolour,
)
from common.training.cmd.sampling import CmdSampling, can_sample, sample_item
from common.training.cmd.videos import CmdVideos, pixels


class CmdDataset(Dataset[dict[str, Tensor]]):
    """`passes` items a video and epoch, drawn anew in every epoch, by (seed, epoch, index).

    An item holds `clip` (3, T, S, S), `futures` (1 + negatives, 2, T_m, S_m, S_m) with the true
    future first, and `frame` (3, S, S), float32. Clip and true future share one crop and mirroring;
    the I-frame has its own, the negatives have theirs. `left_out` names videos that are too short.
    """

    def __init__(
        self,
        videos: CmdVideos,
        sampling: CmdSampling,
        augmentation: CmdAugmentation,
        spec: ClipSpec,
        seed: int,
        passes: int = 1,
    ) -> None:
        self.videos, self.sampling, self.augmentation = videos, sampling, augmentation
        self.spec, self.seed, self.epoch = spec, seed, 0
        fits = [can_sample(len(frames), sampling) for frames in videos.frames]
        self.left_out = [name for name, fit in zip(videos.names, fits, strict=True) if not fit]
        self._taken = [index for index, fit in enumerate(fits) if fit] * passes
        if not self._taken:
            raise InputError(
                "cmd.short",
                f"{len(fits)} videos",
                f"none has the {sampling.least_frames} frames that an item needs",
                "Give longer videos, or a shorter clip or stride.",
            )
        settings = [asdict(sampling), asdict(augmentation), spec.to_json(), seed, passes]
        self.fingerprint = sha256_value([videos.fingerprint, settings])

    def set_epoch(self, epoch: int) -> None:
        """Later items are those of this epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self._taken)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        video, how = self._taken[index], self.augmentation
        rng = rng_for(self.seed, "cmd", self.epoch, index)
        frames, motion = self.videos.frames[video], self.videos.motion[video]
        drawn = sample_item(len(frames), self.videos.keys[video], self.sampling, rng)
        aspect = frames.shape[2] / frames.shape[1]
        clip_view, frame_view, other_view = (
            draw_view(how.least_area, aspect, rng) for _ in range(3)
        )
        clip = recolour(cut_pictures(frames[drawn.clip], clip_view, how.size), how.colour, rng)
        key = frames[drawn.key : drawn.key + 1]
        key = recolour(cut_pictures(key, frame_view, how.size), how.colour, rng)
        futures = [
            cut_motion(pixels(motion[numbers]), view, how, self.videos.cell)
            for numbers, view in zip(
                drawn.futures, [clip_view, *[other_view] * self.sampling.negatives], strict=True
            )
        ]
        return {
            "clip": torch.from_numpy(normalise(clip, self.spec)),
            "futures": torch.from_numpy(np.stack(futures)),
            "frame": torch.from_numpy(normalise(key, self.spec)[:, 0]),
        }

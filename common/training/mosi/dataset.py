"""Training items of MoSI: all pseudo clips of one still."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.data import Dataset

from common.core.hashing import sha256_value
from common.core.seeds import rng_for
from common.training.mosi.generator import Generator
from common.training.mosi.stills import Stills


class MosiDataset(Dataset[dict[str, Tensor]]):
    """`passes` items a still and epoch, drawn anew in every epoch, by (seed, epoch, index).

    An item holds `clips` (P, 3, T, S, S) float32 and `labels` (P,) or (P, 2): one clip a class, so
    that every batch is balanced.
    """

    def __init__(self, stills: Stills, generator: Generator, seed: int, passes: int = 1) -> None:
        self.stills, self.generator, self.seed = stills, generator, seed
        self.passes, self.epoch = passes, 0
        settings = [generator.mosi.model_dump(mode="json"), generator.mean, generator.std]
        self.fingerprint = sha256_value([stills.fingerprint, settings, seed, passes])

    def set_epoch(self, epoch: int) -> None:
        """Later items are those of this epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.stills.pictures) * self.passes

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        still = self.stills.pictures[index % len(self.stills.pictures)]
        made = self.generator.make(still, rng_for(self.seed, "mosi", self.epoch, index))
        return {"clips": torch.from_numpy(made.clips), "labels": torch.from_numpy(made.labels)}

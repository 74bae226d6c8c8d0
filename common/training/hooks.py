"""What we add to mmengine's loop: seeds, checkpoints that are whole or absent, progress."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.hooks import Hook

from common.core.files import atomic_path
from common.core.progress import Progress
from common.core.seeds import derive_seed

_PLAIN = (bool, int, float, str, type(None), list, tuple, dict)


class SeedEpochsAndSteps(Hook):
    """Every epoch and step starts from its own seed, so a resumed run draws what an uninterrupted
    one draws.

    The global generators of torch, numpy and `random` are seeded by (seed, epoch): dropout and the
    like use them. The loss's `generator` is seeded by (seed, epoch, step).
    """

    priority = "VERY_HIGH"

    def __init__(self, seed: int, generator: torch.Generator) -> None:
        self.seed, self.generator = seed, generator

    def before_train_epoch(self, runner: Any) -> None:
        seed = derive_seed(self.seed, "epoch", runner.epoch)
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002  # third-party layers may draw from it
        torch.manual_seed(seed)
        dataset = runner.train_dataloader.dataset
        if hasattr(dataset, "set_epoch"):
            dataset.set_epoch(runner.epoch)

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        self.generator.manual_seed(derive_seed(self.seed, "step", runner.epoch, batch_idx))


class SaveEachEpoch(Hook):
    """Replaces one checkpoint file after every epoch; a kill leaves the old or the new one.

    It holds tensors and plain values only, so it loads with `weights_only` and an empty allow-list.
    What is left out, no resumed run reads: the time of day and the like, the message hub's history,
    and the functions that some schedulers keep among their values (they are built anew from the
    recipe). So equal trainings leave equal bytes.
    """

    priority = "VERY_LOW"  # after the learning rate has been stepped

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path, self.fingerprint = path, fingerprint

    def after_train_epoch(self, runner: Any) -> None:
        with atomic_path(self.path) as temporary:
            runner.save_checkpoint(
                str(temporary.parent), temporary.name, meta={"fingerprint": self.fingerprint}
            )

    def before_save_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        meta = checkpoint["meta"]
        checkpoint["meta"] = {name: meta[name] for name in ("epoch", "iter", "seed", "fingerprint")}
        checkpoint["message_hub"] = {"log_scalars": {}, "runtime_info": {}, "resumed_keys": {}}
        checkpoint["param_schedulers"] = [
            {name: value for name, value in state.items() if type(value) in _PLAIN}
            for state in checkpoint["param_schedulers"]
        ]


class ShowEpochs(Hook):
    """Counts whole epochs, with the last loss."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self._loss = float("nan")

    def before_train(self, runner: Any) -> None:
        self.progress.done = runner.epoch  # more than 0 after a resume

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        self._loss = outputs["loss"].item()

    def after_train_epoch(self, runner: Any) -> None:
        self.progress.advance(f"loss {self._loss:.4g}")

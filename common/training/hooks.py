"""What we add to mmengine's loop: seeds, checkpoints that are whole or absent, progress."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from torch import Tensor

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
        if not is_main_process():
            return
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


class AverageWeights(Hook):
    """Exponential moving average of the network after every optimiser step; its entry in the
    checkpoint is `averaged`.

    Every floating-point tensor of the state, buffers too: average <- d average + (1 - d) value,
    with a constant d from the start weights on; other tensors are copied.
    """

    priority = "NORMAL"  # before the checkpoint is written

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.state: dict[str, Tensor] = {}

    def before_train(self, runner: Any) -> None:
        if not self.state:  # else it came with a checkpoint
            self.state = {name: t.detach().clone() for name, t in _network(runner).items()}

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        if not runner.optim_wrapper.should_update():  # in the middle of an accumulated step
            return
        for name, value in _network(runner).items():
            if value.is_floating_point():
                self.state[name].mul_(self.decay).add_(value.detach(), alpha=1 - self.decay)
            else:
                self.state[name].copy_(value)

    def before_save_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        checkpoint["averaged"] = {name: t.cpu() for name, t in self.state.items()}

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        device = next(iter(_network(runner).values())).device
        self.state = {name: t.to(device) for name, t in checkpoint["averaged"].items()}


def _network(runner: Any) -> dict[str, Tensor]:
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    return dict(model.network.state_dict())


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

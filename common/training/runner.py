"""Train one network with mmengine's Runner: deterministic, resumable at any moment, quiet.

A killed run goes on from its last whole epoch and ends with the same bits as an uninterrupted one,
because every epoch and step has its own seed, the order of the items depends on (seed, epoch) and
the checkpoint is replaced atomically. A checkpoint counts only if recipe, start weights, data and
code are those that it was made with; otherwise training starts afresh.

Under torchrun or SLURM the processes share each batch: `batch_size` is that of all together, and
the first one writes.
"""

from __future__ import annotations

import itertools
import os
import pickle
import random
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import DefaultSampler
from mmengine.dist import barrier, is_main_process
from mmengine.logging import MessageHub, MMLogger
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmengine.visualization import Visualizer
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import DataLoader, Dataset, default_collate

from common.core.errors import InputError
from common.core.files import write_json
from common.core.progress import Progress
from common.training.distributed import MODEL_WRAPPER, batch_of_one, join_workers
from common.training.fingerprint import training_fingerprint
from common.training.hooks import (
    AverageWeights,
    SaveEachEpoch,
    SeedEpochsAndSteps,
    ShowEpochs,
)
from common.training.recipe import FitRecipe, optimizer_config, schedule_config

__all__ = ["FitRecipe", "Loss", "fit"]

Loss = Callable[[nn.Module, dict[str, Tensor], torch.Generator], dict[str, Tensor]]

CHECKPOINT = "checkpoint.pth"
_names = itertools.count()


def fit(
    network: nn.Module,
    loss: Loss,
    dataset: Dataset[dict[str, Tensor]],
    recipe: FitRecipe,
    work_dir: Path,
    *,
    threads: int = 1,
    key: str = "",
    label: str = "",
) -> nn.Module:
    """Train `network` and return it, in evaluation mode, on the CPU.

    Args:
        network: with its start weights; changed in place.
        loss: (network, batch, generator) -> named terms. Terms with `loss` in their name are
            summed; at least one must have it. All random draws come from `generator` (CPU), which
            is seeded by (seed, epoch, step).
        dataset: items are dicts of tensors, stacked by torch's `default_collate`. If it has
            `set_epoch(epoch)`, that is called before every epoch; augmentation is to be seeded by
            (seed, epoch, index). If it has `fingerprint` (a text that changes whenever its items
            do), that is used to recognise it; otherwise all items are read once and hashed.
        recipe: see FitRecipe.
        work_dir: holds `checkpoint.pth` and `recipe.json`, nothing else. Keep it for resuming.
        threads: of torch. Another number may give other bits.
        key: anything else that the result depends on, such as constants inside `loss`.
        label: what the progress bar says; the name of `work_dir` if empty.

    Raises:
        InputError: the loss is not finite, the data are empty, or `work_dir` cannot be written.
    """
    if len(dataset) == 0:  # type: ignore[arg-type]
        raise InputError(
            "training.empty", str(work_dir), "no items to train on", "Add training data."
        )
    fingerprint = training_fingerprint(network, loss, dataset, recipe.sha256(), key)
    work_dir = Path(work_dir)
    for stray in work_dir.glob(".part-*"):  # left by a kill while writing
        stray.unlink(missing_ok=True)
    if is_main_process():
        write_json(work_dir / "recipe.json", _describe(recipe, fingerprint))
    checkpoint = work_dir / CHECKPOINT
    state = _usable_state(checkpoint, fingerprint)
    with _controlled(threads):
        if state is not None and state["meta"]["epoch"] >= recipe.epochs:
            network.load_state_dict(_without_prefix(state["state_dict"]))
        else:
            _run(network, loss, dataset, recipe, checkpoint, fingerprint, state is not None, label)
    return network.cpu().eval()


def averaged_state(work_dir: Path) -> dict[str, Tensor] | None:
    """The averaged weights of a finished training with `ema`; None without."""
    checkpoint = Path(work_dir) / CHECKPOINT
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return dict(state["averaged"]) if "averaged" in state else None


class _LossModel(BaseModel):
    """What mmengine's loop sees: a model whose forward pass gives the losses."""

    def __init__(self, network: nn.Module, loss: Loss, place: str, recipe: FitRecipe) -> None:
        super().__init__()
        self.network = network
        self.loss = loss
        self.place = place
        self.recipe = recipe
        self.generator = torch.Generator()
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(not name.startswith(recipe.frozen))

    def train(self, mode: bool = True) -> _LossModel:
        """As always, but normalisation that is frozen stays in evaluation mode."""
        super().train(mode)
        for name, module in self.network.named_modules():
            frozen = self.recipe.frozen_bn or f"{name}.".startswith(self.recipe.frozen)
            if frozen and isinstance(module, _BatchNorm):
                module.eval()
        return self

    def forward(self, batch: dict[str, Tensor], mode: str) -> dict[str, Tensor]:
        """Named loss terms of one batch; `mode` is mmengine's and always `loss` here."""
        terms = self.loss(self.network, batch, self.generator)
        assert any("loss" in name for name in terms), f"no term of {sorted(terms)} is a loss"
        for name, value in terms.items():
            if not torch.isfinite(value).all():
                raise InputError(
                    "training.diverged",
                    self.place,
                    f"the term {name!r} of the loss is {value.detach().flatten()[0].item()}",
                    "Lower the learning rate, or look for NaN in the data.",
                )
        return terms

    def init_weights(self) -> None:
        """Nothing: the network comes with the weights it shall start from, and mmengine's Runner
        would draw those of mmengine modules anew.
        """


class _QuietRunner(Runner):
    """mmengine's Runner without its search for compilers and its time-stamped config dump."""

    def _log_env(self, env_cfg: dict[str, Any]) -> None:
        pass

    def dump_config(self) -> None:
        pass


def _run(
    network: nn.Module,
    loss: Loss,
    dataset: Dataset[dict[str, Tensor]],
    recipe: FitRecipe,
    checkpoint: Path,
    fingerprint: str,
    resume: bool,
    label: str,
) -> None:
    model = _LossModel(network, loss, str(checkpoint.parent), recipe)
    launcher = join_workers()
    sampler = DefaultSampler(dataset, shuffle=True, seed=recipe.seed)
    size = batch_of_one(recipe.batch_size)
    loader = DataLoader(dataset, size, sampler=sampler, collate_fn=_as_batch)
    name = f"fit-{os.getpid()}-{next(_names)}"
    # mmengine wants a folder for logs with time stamps: it gets one that goes away.
    with (
        tempfile.TemporaryDirectory(prefix="emc2-fit-") as scratch,
        _forgotten_afterwards(),
        Progress(recipe.epochs, label or checkpoint.parent.name) as progress,
    ):
        hooks = [
            SeedEpochsAndSteps(recipe.seed, model.generator),
            SaveEachEpoch(checkpoint, fingerprint),
            ShowEpochs(progress),
        ]
        if recipe.ema:
            hooks.append(AverageWeights(recipe.ema))
        config = _runner_config(recipe, len(loader), name) | {"work_dir": scratch}
        runner = _QuietRunner(
            model=model,
            train_dataloader=loader,
            custom_hooks=hooks,
            load_from=str(checkpoint) if resume else None,
            resume=resume,
            launcher=launcher,
            **config,
        )
        with warnings.catch_warnings():
            # mmengine steps the schedule with every batch, also where several make one step.
            warnings.filterwarnings("ignore", "Detected call of `scheduler.step")
            runner.train()
        barrier()  # no worker reads the checkpoint before it is written


def _runner_config(recipe: FitRecipe, steps_per_epoch: int, name: str) -> dict[str, Any]:
    """The plain values of mmengine's Runner; what is left out are objects."""
    unused = ("runtime_info", "timer", "logger", "checkpoint")
    return {
        "train_cfg": {"by_epoch": True, "max_epochs": recipe.epochs},
        "optim_wrapper": optimizer_config(recipe),
        "param_scheduler": schedule_config(recipe, steps_per_epoch),
        "default_hooks": dict.fromkeys(unused),
        "env_cfg": {"mp_cfg": {"mp_start_method": torch.multiprocessing.get_start_method()}},
        "log_level": "ERROR",
        "visualizer": Visualizer(name),
        "default_scope": "mmengine",
        "cfg": {"model_wrapper_cfg": MODEL_WRAPPER},
        "randomness": {"seed": recipe.seed % 2**32},
        "experiment_name": name,
    }


def _as_batch(items: list[dict[str, Tensor]]) -> dict[str, dict[str, Tensor]]:
    # mmengine calls forward(**data): one key, so that no name in a batch can clash with `mode`.
    return {"batch": default_collate(items)}


@contextmanager
def _controlled(threads: int) -> Iterator[None]:
    """Deterministic kernels, a set number of threads, and the caller's random state given back."""
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    # Some CUDA kernels have no deterministic form: there it can only be a wish.
    torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        torch.set_rng_state(states[2])


@contextmanager
def _forgotten_afterwards() -> Iterator[None]:
    """Take out what a Runner leaves in mmengine's global tables: its logger keeps a file open, and
    its default scope would be in force for whoever builds a model next.
    """
    tables = [manager._instance_dict for manager in (MMLogger, MessageHub, DefaultScope)]
    known = [set(table) for table in tables]
    try:
        yield
    finally:
        for table, names in zip(tables, known, strict=True):
            for name in set(table) - names:
                instance = table.pop(name)
                for handler in getattr(instance, "handlers", ()):
                    handler.close()


def _usable_state(checkpoint: Path, fingerprint: str) -> dict[str, Any] | None:
    """The checkpoint's content, if it belongs to this very training."""
    if not checkpoint.exists():
        return None
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        if state["meta"]["fingerprint"] == fingerprint:
            return dict(state)
        reason = "belongs to another recipe, data or code"
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, TypeError):
        reason = "cannot be read"
    print(f"{checkpoint}: {reason}; training starts afresh", file=sys.stderr)
    return None


def _without_prefix(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix("network."): tensor for name, tensor in state.items()}


def _describe(recipe: FitRecipe, fingerprint: str) -> dict[str, Any]:
    fields = {name: getattr(recipe, name) for name in recipe.__dataclass_fields__}
    return {"recipe": fields, "recipe_sha256": recipe.sha256(), "fingerprint": fingerprint}

"""How one network is trained: seed, length, optimizer, learning-rate schedule."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from mmengine.optim.scheduler.lr_scheduler import LRSchedulerMixin
from mmengine.optim.scheduler.param_scheduler import _ParamScheduler
from mmengine.registry import PARAM_SCHEDULERS

from common.core.hashing import sha256_value
from common.training.cmd.schedule import CmdSchedule
from common.training.warm_cosine import warm_cosine

OptimizerName = Literal["adam", "adamw", "sgd"]
ScheduleName = Literal["one_cycle", "cosine", "step", "constant", "cmd", "warm_cosine"]

_OPTIMIZERS: dict[OptimizerName, dict[str, Any]] = {
    "adam": {"type": "Adam"},
    "adamw": {"type": "AdamW"},
    "sgd": {"type": "SGD", "momentum": 0.9},
}
# Share of a one-cycle schedule that climbs to the peak when no warm-up is given.
_CLIMB = 0.3
# Learning rate at the first step of a linear warm-up, as a share of the full one.
_WARMUP_START = 0.01
# The same of `warm_cosine`, as published for MoSI's pretraining and fine-tuning.
_WARM_COSINE_START = 0.1


@dataclass(frozen=True, slots=True)
class FitRecipe:
    """One training. `lr` is the highest learning rate; `weight_decay` is L2 for adam and sgd,
    decoupled for adamw.

    `warmup_epochs`: linear warm-up, or the climbing part of `one_cycle` (0: 30 % of the epochs).
    `cmd` is the schedule of CMD's pretraining; its warm-up has whole epochs.
    `warm_cosine` is that of MoSI: its warm-up aims at the cosine's value, not at `lr`.
    `milestones` (epochs) and `gamma` belong to `step`. `clip_norm`: largest gradient norm; None
    does not clip. `lr_factors`: (beginning of a parameter's name, factor of its learning rate); the
    longest that fits counts; not with `one_cycle`, which sets one rate for all. `norm_decay`:
    whether normalisation layers decay too; `bias_decay`: whether biases do; `undecayed`: last parts
    of the names of further parameters that do not.

    `accumulate`: batches of one optimiser step. `ema`: decay of the averaged weights, 0 for none.
    `frozen`: beginnings of the names of what stays as it starts, batch norm's statistics included.
    `frozen_bn`: all batch norms keep their statistics; their weights are trained. `amp`: bfloat16
    on a GPU; without effect on a CPU.
    """

    seed: int
    epochs: int
    batch_size: int
    optimizer: OptimizerName
    lr: float
    weight_decay: float = 0.0
    schedule: ScheduleName = "constant"
    warmup_epochs: float = 0.0
    milestones: tuple[int, ...] = ()
    gamma: float = 0.1
    clip_norm: float | None = None
    lr_factors: tuple[tuple[str, float], ...] = ()
    norm_decay: bool = True
    bias_decay: bool = True
    undecayed: tuple[str, ...] = ()
    accumulate: int = 1
    ema: float = 0.0
    frozen: tuple[str, ...] = ()
    frozen_bn: bool = False
    amp: bool = False

    def __post_init__(self) -> None:
        if self.lr_factors and self.schedule == "one_cycle":
            raise ValueError("one_cycle sets one learning rate for all parameters")

    def sha256(self) -> str:
        """Hash of all values; goes into the metadata of the weights."""
        return sha256_value(asdict(self))


def optimizer_config(recipe: FitRecipe) -> dict[str, Any]:
    """mmengine's `optim_wrapper` of a recipe."""
    optimizer = _OPTIMIZERS[recipe.optimizer] | {
        "lr": recipe.lr,
        "weight_decay": recipe.weight_decay,
    }
    config: dict[str, Any] = {"type": "OptimWrapper", "optimizer": optimizer}
    if recipe.amp and torch.cuda.is_available():
        config |= {"type": "AmpOptimWrapper", "dtype": "bfloat16"}
    if recipe.accumulate > 1:
        config["accumulative_counts"] = recipe.accumulate
    if recipe.clip_norm is not None:
        config["clip_grad"] = {"max_norm": recipe.clip_norm}
    if recipe.lr_factors:
        # mmengine looks for the key anywhere in the name; ours all begin with `network.`
        keys = {f"network.{name}": {"lr_mult": factor} for name, factor in recipe.lr_factors}
        config["paramwise_cfg"] = {"custom_keys": keys}
    if not recipe.norm_decay:
        config.setdefault("paramwise_cfg", {})["norm_decay_mult"] = 0.0
    if not recipe.bias_decay:
        config.setdefault("paramwise_cfg", {})["bias_decay_mult"] = 0.0
    if recipe.undecayed:
        keys = config.setdefault("paramwise_cfg", {}).setdefault("custom_keys", {})
        keys.update({name: {"decay_mult": 0.0} for name in recipe.undecayed})
    return config


def schedule_config(recipe: FitRecipe, steps_per_epoch: int) -> list[dict[str, Any]]:
    """mmengine's `param_scheduler` of a recipe, counted in steps.

    `begin` and `end` always stand there: left out, a resumed run takes them from its checkpoint.
    """
    total = recipe.epochs * steps_per_epoch
    warm = min(round(recipe.warmup_epochs * steps_per_epoch), total)
    if recipe.schedule == "cmd":
        warmup = round(recipe.warmup_epochs)
        planned = CmdSchedule(recipe.lr, recipe.lr / 100, 0.0, recipe.epochs, warmup, first_step=1)
        return [_by_step("FactorLR", 0, total, factors=planned.factors(steps_per_epoch))]
    if recipe.schedule == "warm_cosine":
        factors = [
            warm_cosine(
                step / steps_per_epoch, 1.0, _WARM_COSINE_START, recipe.warmup_epochs, recipe.epochs
            )
            for step in range(total)
        ]
        return [_by_step("FactorLR", 0, total, factors=factors)]
    if recipe.schedule == "one_cycle":
        climb = warm / total if warm else _CLIMB
        return [_by_step("OneCycleLR", 0, total, eta_max=recipe.lr, pct_start=climb)]
    parts = [_warmup(warm)] if warm > 1 else []
    begin = warm if warm > 1 else 0
    if recipe.schedule == "cosine" and begin < total:
        parts.append(_by_step("CosineAnnealingLR", begin, total, T_max=total - begin))
    elif recipe.schedule == "step":
        milestones = [epoch * steps_per_epoch for epoch in recipe.milestones]
        parts.append(_by_step("MultiStepLR", 0, total, milestones=milestones, gamma=recipe.gamma))
    return parts or [_by_step("ConstantLR", 0, total, factor=1.0)]


def _warmup(steps: int) -> dict[str, Any]:
    return _by_step("LinearLR", 0, steps, start_factor=_WARMUP_START)


def _by_step(kind: str, begin: int, end: int, **options: Any) -> dict[str, Any]:
    return {"type": kind, "by_epoch": False, "begin": begin, "end": end, **options}


@PARAM_SCHEDULERS.register_module()
class FactorLR(LRSchedulerMixin, _ParamScheduler):
    """A learning rate that is given for every step, as a share of the recipe's."""

    def __init__(self, *args: Any, factors: list[float], **options: Any) -> None:
        self.factors = factors
        super().__init__(*args, **options)

    def _get_value(self) -> list[float]:
        factor = self.factors[min(self.last_step, len(self.factors) - 1)]
        return [base * factor for base in self.base_values]

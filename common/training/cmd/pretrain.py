"""CMD pretraining of a backbone, on videos in memory."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from common.models.cmd import CmdNetwork
from common.training.cmd.losses import TEMPERATURE, context_loss, motion_loss, top1
from common.training.runner import FitRecipe, fit


@dataclass(slots=True)
class CmdLoss:
    """The sum of both losses, equal weights, of the branches that the network has.

    `history` keeps the top-1 share (motion, context) of every step of this run; 0 where there is
    no such branch.
    """

    temperature: float = TEMPERATURE
    history: list[tuple[float, float]] = field(default_factory=list)

    def __call__(
        self, network: nn.Module, batch: dict[str, Tensor], _: torch.Generator
    ) -> dict[str, Tensor]:
        found = network(batch["clip"], batch["futures"], batch["frame"])
        terms, accuracies = {}, [0.0, 0.0]
        if found.motion_queries is not None:
            pair = found.motion_queries, found.motion_keys
            terms["loss_motion"] = motion_loss(*pair, self.temperature)
            accuracies[0] = top1(*pair).item()
        if found.context_queries is not None:
            pair = found.context_queries, found.context_keys
            terms["loss_context"] = context_loss(*pair, self.temperature)
            accuracies[1] = top1(*pair).item()
        self.history.append((accuracies[0], accuracies[1]))
        return terms

    def last_tenth(self) -> tuple[float, float]:
        """Mean top-1 (motion, context) over the last tenth of the steps."""
        rows = self.history[-max(1, len(self.history) // 10) :]
        motion, context = (sum(row[part] for row in rows) / len(rows) for part in (0, 1))
        return motion, context


def pretrain(
    network: CmdNetwork,
    dataset: Dataset[dict[str, Tensor]],
    recipe: FitRecipe,
    work_dir: Path,
    label: str = "cmd",
) -> tuple[nn.Module, tuple[float, float]]:
    """Train and return the backbone, in evaluation mode, and the pretext's top-1 at the end.

    A killed run goes on from its last whole epoch. With the published schedule (`cmd`) the last
    epoch has a learning rate of 0.

    Args:
        network: see `build_cmd`; changed in place.
        dataset: items as `CmdDataset` gives them.
        recipe: see `FitRecipe`.
        work_dir: for resuming.
        label: what the progress bar says.

    Returns:
        The backbone; mean top-1 (motion, context) over the last tenth of the steps of this run.
    """
    if recipe.schedule == "cmd":
        print("cmd: the last epoch trains with a learning rate of 0, as published", file=sys.stderr)
    loss = CmdLoss()
    trained = fit(network, loss, dataset, recipe, work_dir, label=label)
    return trained.backbone, loss.last_tenth() if loss.history else (0.0, 0.0)

"""MoSI pretraining of any network that gives (features, logits), and the pretext's accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from common.core.params.pretrain import Mosi
from common.core.seeds import rng_for
from common.training.mosi.dataset import MosiDataset
from common.training.mosi.generator import Generator
from common.training.mosi.pool import label_pool
from common.training.runner import FitRecipe, fit


def n_logits(mosi: Mosi) -> int:
    """Width of the classifier: all classes, or those of both axes one after the other."""
    pool = label_pool(mosi)
    return len(pool) if mosi.labels == "joint" else 2 * pool.axis_classes


def mosi_loss(
    network: nn.Module, batch: dict[str, Tensor], _: torch.Generator
) -> dict[str, Tensor]:
    """Mean cross entropy over all pseudo clips; with separate labels the sum over the axes."""
    logits = network(batch["clips"].flatten(0, 1))[1]
    labels = batch["labels"].flatten(0, 1)
    if labels.ndim == 1:
        return {"loss_mosi": functional.cross_entropy(logits, labels)}
    x, y = logits.chunk(2, dim=1)
    return {
        "loss_x": functional.cross_entropy(x, labels[:, 0]),
        "loss_y": functional.cross_entropy(y, labels[:, 1]),
    }


def pretrain(
    network: nn.Module,
    dataset: MosiDataset,
    recipe: FitRecipe,
    work_dir: Path,
    label: str = "mosi",
) -> nn.Module:
    """Train; a killed run goes on from its last whole epoch.

    Args:
        network: clips (B, 3, T, S, S) -> features and logits (B, n_logits); changed in place.
        dataset: one item holds a clip of every class, so `batch_size` of the recipe counts stills.
        recipe: see `FitRecipe`.
        work_dir: for resuming.
        label: what the progress bar says.
    """
    return fit(network, mosi_loss, dataset, recipe, work_dir, label=label)


def pretext_accuracy(
    network: nn.Module, pictures: Sequence[NDArray[np.uint8]], generator: Generator, seed: int
) -> float:
    """Share of pseudo clips whose class is right, both axes of it with separate labels.

    Args:
        network: trained.
        pictures: stills; one clip of each class is made from each, with the evaluation's starts
            and draws that depend on (seed, index) only.
        generator: as in training, mirroring included: so the published fault costs what it must.
        seed: of these clips.
    """
    right = total = 0
    network.eval()
    with torch.inference_mode():
        for index, picture in enumerate(pictures):
            rng = rng_for(seed, "mosi-evaluation", index)
            made = generator.make(picture, rng, training=False)
            logits = network(torch.from_numpy(made.clips))[1]
            labels = torch.from_numpy(made.labels)
            if labels.ndim == 1:
                hits = logits.argmax(dim=1) == labels
            else:
                parts = torch.stack([part.argmax(dim=1) for part in logits.chunk(2, dim=1)], dim=1)
                hits = (parts == labels).all(dim=1)
            right, total = right + int(hits.sum()), total + len(hits)
    return right / total

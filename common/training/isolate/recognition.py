"""The task that every start is judged by: eight classes, few labels, a fixed budget."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import TensorDataset

from common.models.small3d import Small3d
from common.training.isolate.moving_patch import draw_scene
from common.training.runner import FitRecipe, fit

CLIP_FRAMES = 8
# Of the clips that are to be recognised, pixels a frame.
SPEEDS = (1.0, 2.0)


class Labelled(TensorDataset):
    """Clips (N, 3, T, H, W) float32 and labels (N,); items are dicts."""

    def __getitem__(self, index: int) -> dict[str, Tensor]:  # type: ignore[override]
        clip, label = super().__getitem__(index)
        return {"clip": clip, "label": label}


def labelled_clips(rng: np.random.Generator, n: int, by: str) -> Labelled:
    """Clips of eight classes in equal numbers.

    Args:
        rng: of these clips.
        n: number of clips.
        by: `motion` (class = direction) or `texture` (class = family); the other one is random.
    """
    labels = np.arange(n) % 8
    clips = []
    for label in labels.tolist():
        chosen = {"direction" if by == "motion" else "family": label}
        clips.append(as_clip(draw_scene(rng, CLIP_FRAMES, SPEEDS, **chosen).frames))
    return Labelled(torch.stack(clips), torch.from_numpy(labels))


def as_clip(frames: NDArray[np.uint8]) -> Tensor:
    """(T, H, W, 3) uint8 -> (3, T, H, W) float32, mean 0.45 and deviation 0.225 taken out."""
    scaled = (frames.astype(np.float32) / 255 - 0.45) / 0.225
    return torch.from_numpy(np.ascontiguousarray(scaled.transpose(3, 0, 1, 2)))


def fine_tune(start: Small3d, data: Labelled, seed: int, work_dir: Path, epochs: int) -> Small3d:
    """All layers of a copy, Adam 1e-3, weight decay 1e-3, batches of 16."""
    recipe = FitRecipe(seed, epochs, 16, "adam", 1e-3, weight_decay=1e-3)
    network = fit(copy.deepcopy(start), _cross_entropy, data, recipe, work_dir)
    assert isinstance(network, Small3d)
    return network


def predictions(network: Small3d, data: Labelled) -> NDArray[np.int64]:
    """(N,) most likely classes."""
    return _batched(lambda clips: network(clips)[1].argmax(dim=1), network, data).numpy()


def probe_accuracy(network: Small3d, data: Labelled, test: Labelled) -> float:
    """Top-1 of a linear classifier on the frozen network's features (logistic, L2 1e-2)."""
    features, held = (_batched(lambda c: network(c)[0], network, part) for part in (data, test))
    mean, std = features.mean(dim=0), features.std(dim=0) + 1e-6
    features, held = (features - mean) / std, (held - mean) / std
    linear = nn.Linear(features.shape[1], 8)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    optimizer = torch.optim.LBFGS(linear.parameters(), max_iter=100)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(linear(features), data.tensors[1])
        loss = loss + 1e-2 * linear.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return float((linear(held).argmax(dim=1) == test.tensors[1]).float().mean())


def _batched(function: Callable[[Tensor], Tensor], network: nn.Module, data: Labelled) -> Tensor:
    network.eval()
    with torch.inference_mode():
        parts = torch.cat([function(clips) for clips in data.tensors[0].split(50)])
    return parts.clone()


def _cross_entropy(
    network: nn.Module, batch: dict[str, Tensor], _: torch.Generator
) -> dict[str, Tensor]:
    return {"loss": functional.cross_entropy(network(batch["clip"])[1], batch["label"])}

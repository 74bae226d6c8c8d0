"""Training of a background suppression network on video labels, in one round or two."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from common.core.errors import InputError
from common.core.hashing import sha256_value
from common.core.params.weak import BasNet, SecondRound, WeakTraining
from common.core.seeds import derive_seed
from common.localization.sequences import VideoSequence
from common.localization.weak.activations import ClassActivations, scale
from common.localization.weak.losses import IGNORED, weak_loss
from common.localization.weak.networks import build_network, predict_activations
from common.models.basnet import BasNet as BasNetwork
from common.training.runner import FitRecipe, fit

Labels = NDArray[np.bool_]


class WeakDataset(Dataset[dict[str, Tensor]]):
    """Items: `features` (F, T) and `labels` (C,), float32; in the second round `frames` (T,) int64;
    `epoch` () int64.

    Args:
        sequences: of the train videos.
        labels: (N, C), which classes each video has, at least one.
        frames: (N, T) pseudo labels, or None.

    Raises:
        InputError: no video, or one without label.
    """

    def __init__(
        self,
        sequences: Sequence[VideoSequence],
        labels: Labels,
        frames: NDArray[np.int64] | None = None,
    ) -> None:
        if not sequences:
            raise InputError(
                "weak.empty", "weak training", "no train video is left", "Give labelled videos."
            )
        for one, row in zip(sequences, labels, strict=True):
            if not row.any():
                raise InputError(
                    "weak.unlabelled",
                    one.video,
                    "is a train video without label",
                    "Label it, or take it out of the train subset.",
                )
        self.sequences, self.frames, self.epoch = sequences, frames, 0
        self.labels = labels.astype(np.float32)
        self.fingerprint = sha256_value(
            {
                "arrays": [hashlib.sha256(one.array.tobytes()).hexdigest() for one in sequences],
                "labels": labels.tolist(),
                "frames": None if frames is None else frames.tolist(),
            }
        )

    def set_epoch(self, epoch: int) -> None:
        """Called before every epoch, from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.sequences)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        item = {
            "features": torch.from_numpy(self.sequences[index].array),
            "labels": torch.from_numpy(self.labels[index]),
            "epoch": torch.tensor(self.epoch),
        }
        if self.frames is not None:
            item["frames"] = torch.from_numpy(self.frames[index])
        return item


def train_weak(
    sequences: Sequence[VideoSequence],
    labels: Labels,
    spec: BasNet,
    training: WeakTraining,
    seed: int,
    work_dir: Path,
) -> BasNetwork:
    """Train one network, in evaluation mode when done; the second round, where there is one, starts
    afresh on the frame labels that the first round gives to the train videos.

    Args:
        sequences: train videos at `spec.positions`.
        labels: (N, C).
        seed: of weights and order.
        work_dir: holds the checkpoints; keep it and a killed training goes on.

    Raises:
        InputError: no video, or one without label.
    """
    network = _one_round(WeakDataset(sequences, labels), spec, training, seed, work_dir / "first")
    second = training.second_round
    if second is None or second.weight == 0 or spec.branches != "suppression":
        return network
    found = list(predict_activations(network, sequences, pool_k(spec)))
    frames = np.stack([pseudo_frames(a, row, second) for a, row in zip(found, labels, strict=True)])
    again = WeakDataset(sequences, labels, frames)
    return _one_round(again, spec, training, derive_seed(seed, "second"), work_dir / "second")


def pseudo_frames(
    found: ClassActivations, labels: NDArray[np.bool_], spec: SecondRound
) -> NDArray[np.int64]:
    """(T,) frame labels: the strongest true class where its scaled activation and the attention are
    above the limit, C (background) where the attention is low, IGNORED elsewhere.

    Args:
        labels: (C,) of the video; no other class is ever given.
    """
    activation = np.where(labels, scale(found.activations), -np.inf)
    best = activation.argmax(axis=1)
    is_action = (activation.max(axis=1) > spec.action_above) & (found.attention > spec.action_above)
    frames = np.where(found.attention < spec.background_below, len(labels), IGNORED)
    return np.where(is_action, best, frames).astype(np.int64)


def pool_k(spec: BasNet) -> int:
    """Positions that vote for a class of a video."""
    return max(1, spec.positions // spec.pool_divisor)


def _one_round(
    dataset: WeakDataset, spec: BasNet, training: WeakTraining, seed: int, work_dir: Path
) -> BasNetwork:
    network = build_network(
        spec, dataset.sequences[0].array.shape[0], dataset.labels.shape[1], seed
    )
    recipe = FitRecipe(
        seed=seed,
        epochs=training.epochs,
        batch_size=training.batch_size,
        optimizer="adam",
        lr=training.lr,
        weight_decay=training.weight_decay,
    )
    loss = partial(_batch_loss, training=training, k=pool_k(spec))
    fit(network, loss, dataset, recipe, work_dir, key=training.model_dump_json())
    return network


def _batch_loss(
    network: BasNetwork,
    batch: Mapping[str, Tensor],
    generator: torch.Generator,
    training: WeakTraining,
    k: int,
) -> dict[str, Tensor]:
    found = network(batch["features"])
    progress = float(batch["epoch"][0]) / training.epochs
    return weak_loss(found, batch["labels"], training, k, batch.get("frames"), progress)

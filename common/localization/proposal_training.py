"""Training of BMN, and of the proposal relation on top of a trained BMN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import Dataset

from common.core.errors import InputError
from common.core.hashing import sha256_value
from common.core.params.localization import Bmn, ProposalTraining, Relation
from common.core.records import LabelledSegment
from common.core.tensor_files import read_metadata
from common.features.store import check_one_extractor, feature_path
from common.localization.labels import map_labels, relative_segments
from common.localization.losses import LossWeights, bmn_loss
from common.localization.networks import build_network
from common.localization.sequences import VideoSequence, read_sequence
from common.models.bmn import Bmn as BmnNetwork
from common.training.runner import FitRecipe, fit

# Videos whose items stay in memory; beyond that they are read again.
_KEPT_ITEMS = 1024


@dataclass(frozen=True, slots=True)
class ProposalVideos:
    """Training videos.

    Args:
        folders: feature stores whose channels are joined.
        videos: ids.
        segments: by video; a video without any teaches what is background.
    """

    folders: tuple[Path, ...]
    videos: tuple[str, ...]
    segments: Mapping[str, Sequence[LabelledSegment]]


class ProposalDataset(Dataset[dict[str, Tensor]]):
    """Items: `features` (F, T), `start` and `end` (T,), `iou` (D, T), float32.

    Raises:
        InputError: a store is empty or mixes two extractors.
    """

    def __init__(self, data: ProposalVideos, spec: Bmn) -> None:
        self.data, self.spec = data, spec
        for folder in data.folders:
            check_one_extractor(folder)
        self.fingerprint = sha256_value(
            {
                "features": [
                    [_provenance(folder, video) for folder in data.folders] for video in data.videos
                ],
                "segments": [
                    [(s.start, s.end) for s in data.segments.get(video, ())]
                    for video in data.videos
                ],
                "spec": spec.model_dump(),
            }
        )
        self._item = lru_cache(maxsize=_KEPT_ITEMS)(self._read)

    def __len__(self) -> int:
        return len(self.data.videos)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return self._item(index)

    def _read(self, index: int) -> dict[str, Tensor]:
        video = self.data.videos[index]
        sequence = read_sequence(self.data.folders, video, self.spec)
        return training_item(sequence, self.data.segments.get(video, ()), self.spec)


def training_item(
    sequence: VideoSequence, segments: Sequence[LabelledSegment], spec: Bmn
) -> dict[str, Tensor]:
    """Features and labels of one video, as a batch needs them."""
    relative = relative_segments(segments, sequence.duration)
    labels = map_labels(relative, spec.positions, spec.durations)
    arrays = {
        "features": sequence.array,
        "start": labels.start,
        "end": labels.end,
        "iou": labels.iou,
    }
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def train_bmn(
    data: ProposalVideos, spec: Bmn, training: ProposalTraining, seed: int, work_dir: Path
) -> BmnNetwork:
    """Train BMN from random weights.

    Args:
        data: videos with their features and segments.
        spec: sizes of map and network.
        training: recipe.
        seed: of weights, order, augmentation.
        work_dir: holds the checkpoint; keep it and a killed training goes on.

    Returns:
        The network in evaluation mode.
    """
    dataset = ProposalDataset(data, spec)
    network = build_network(spec, dataset[0]["features"].shape[0], None, seed)
    return fit_proposals(network, dataset, training, seed, work_dir)


def train_relation(
    bmn: BmnNetwork,
    data: ProposalVideos,
    spec: Bmn,
    relation: Relation,
    training: ProposalTraining,
    seed: int,
    work_dir: Path,
) -> BmnNetwork:
    """Put an untrained relation module into a trained BMN and train both.

    The layers of BMN learn with `training.trained_lr_factor` times the learning rate.
    """
    network = build_network(spec, bmn.shape.features, relation, seed)
    network.load_state_dict(network.state_dict() | bmn.state_dict())
    dataset = ProposalDataset(data, spec)
    return fit_proposals(network, dataset, training, seed, work_dir)


def fit_proposals(
    network: BmnNetwork,
    dataset: Dataset[dict[str, Tensor]],
    training: ProposalTraining,
    seed: int,
    work_dir: Path,
) -> BmnNetwork:
    """Train a network on items like those of ProposalDataset; returns it in evaluation mode."""
    loss = partial(proposal_loss, training=training)
    recipe = recipe_of(training, seed, has_relation=network.relation_shape is not None)
    fit(network, loss, dataset, recipe, work_dir, key=training.model_dump_json())
    return network


def recipe_of(training: ProposalTraining, seed: int, has_relation: bool) -> FitRecipe:
    """The recipe of a training; with relation, what comes from BMN learns more slowly.

    Raises:
        InputError: the schedule sets one learning rate for all, but two are asked for.
    """
    factors: tuple[tuple[str, float], ...] = ()
    if has_relation and training.trained_lr_factor != 1.0:
        factors = (("", training.trained_lr_factor), ("relation", 1.0))
    if factors and training.schedule == "one_cycle":
        raise InputError(
            "training.one_cycle",
            "params",
            f"trained_lr_factor is {training.trained_lr_factor}, and the schedule one_cycle sets "
            "one learning rate for all layers",
            "Take another schedule, or 1.0.",
        )
    return FitRecipe(
        seed=seed,
        epochs=training.epochs,
        batch_size=training.batch_size,
        optimizer=training.optimizer,
        lr=training.lr,
        weight_decay=training.weight_decay,
        schedule=training.schedule,
        warmup_epochs=training.warmup_epochs,
        milestones=tuple(training.milestones),
        gamma=training.gamma,
        clip_norm=training.clip_norm,
        lr_factors=factors,
    )


def proposal_loss(
    network: BmnNetwork,
    batch: Mapping[str, Tensor],
    generator: torch.Generator,
    training: ProposalTraining,
) -> dict[str, Tensor]:
    """Loss terms of one batch; some batches see shifted channels."""
    x = batch["features"]
    if torch.rand((), generator=generator).item() < training.shift_share:
        x = temporal_shift(x, training.shift_divisor, generator)
    weights = LossWeights(training.regression_weight, training.classification_weight)
    return bmn_loss(network(x), batch["start"], batch["end"], batch["iou"], generator, weights)


def temporal_shift(x: Tensor, divisor: int, generator: torch.Generator) -> Tensor:
    """Move F // divisor random channels one step back and as many one step on; zeros come in.

    Args:
        x: (B, F, T).

    Source: augmentation of wangxiang1230/SSTAP (`temporal_shift_random`, divisor 64).
    """
    fold = x.shape[1] // divisor
    channels = torch.randperm(x.shape[1], generator=generator)[: 2 * fold].to(x.device)
    back, on = channels.split(fold) if fold else (channels, channels)
    shifted = x.clone()
    shifted[:, back, :-1], shifted[:, back, -1] = x[:, back, 1:], 0.0
    shifted[:, on, 1:], shifted[:, on, 0] = x[:, on, :-1], 0.0
    return shifted


def _provenance(folder: Path, video: str) -> dict[str, str]:
    metadata = read_metadata(feature_path(folder, video))
    return {name: metadata.get(name, "") for name in ("extractor", "item_key", "source_sha256")}

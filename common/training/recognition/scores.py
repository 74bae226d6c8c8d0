"""Scores of trained backbones on a list, by several views, and the accuracies that follow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError

from common.core.errors import InputError
from common.core.params.recognition import ClipSampling
from common.core.progress import Progress
from common.models.extractors import restore_extractor
from common.training.accuracy import class_accuracies
from common.training.recognition.clips import DecodedClips
from common.training.recognition.dataset import views_of
from common.training.weights import load_weights

Scores = NDArray[np.float64]  # (N, K), softmax


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares of N clips; `mean_class` is the mean over the classes that have clips."""

    top1: float
    top5: float
    mean_class: float
    clips: int

    def to_dict(self) -> dict[str, float | int]:
        """The values by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TrainedFile:
    """What a weights file says about itself."""

    path: Path
    network: str
    classes: tuple[str, ...]
    sampling: ClipSampling
    frames: int


def describe(path: Path) -> TrainedFile:
    """Read what a weights file of `emc2 train` says, `path` being it or its folder.

    Raises:
        InputError: no such file, or one that another command made.
    """
    path = path / "weights.safetensors" if path.is_dir() else path
    _, metadata = load_weights(path)
    try:
        sampling = ClipSampling.model_validate_json(metadata["sampling"])
        classes = tuple(json.loads(metadata["classes"]))
        frames = int(json.loads(metadata["clip"])["frames"])
        return TrainedFile(path, metadata["network"], classes, sampling, frames)
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise InputError(
            "recognition.weights",
            str(path),
            f"its metadata do not describe a trained backbone ({type(error).__name__}: {error})",
            "Give a folder that `emc2 train` wrote.",
        ) from error


def score_clips(file: TrainedFile, clips: DecodedClips, views: int, crops: int) -> Scores:
    """The mean of the soft-max over all views of each clip.

    Raises:
        InputError: the tensors do not fit the network that the file names: the first one, with
            both shapes.
    """
    state, metadata = load_weights(file.path)
    network = restore_extractor(state, metadata, str(file.path))
    rows = []
    with torch.inference_mode(), Progress(len(clips.items), f"test {file.network}") as progress:
        for place in range(len(clips.items)):
            seen = views_of(clips, place, file.sampling, file.frames, views, crops)
            scores = network(torch.from_numpy(seen))[1].softmax(dim=1).double().numpy()
            rows.append(mean_of_views({v: row for v, row in enumerate(scores)}, views * crops))
            progress.advance()
    return np.stack(rows)


def mean_of_views(scores: Mapping[int, Scores], views: int) -> Scores:
    """(K,) mean over the views of one clip, each of which must be there once.

    Args:
        scores: view -> (K,) soft-max.
        views: how many there must be.
    """
    if sorted(scores) != list(range(views)):
        missing = sorted(set(range(views)) - set(scores))
        raise InputError(
            "recognition.views",
            "test views",
            f"{len(scores)} of {views} views, missing {missing}",
            "Score every view of every clip once.",
        )
    return np.mean([scores[view] for view in range(views)], axis=0)


def accuracy(scores: Scores, labels: NDArray[np.int64]) -> Accuracy:
    """Top-1, top-5 and mean class accuracy; of equal scores the first class wins."""
    ranked = np.argsort(-scores, axis=1, kind="stable")
    hits = ranked == labels[:, None]
    return Accuracy(
        top1=float(hits[:, 0].mean()),
        top5=float(hits[:, :5].any(axis=1).mean()),
        mean_class=float(np.nanmean(class_accuracies(scores, labels))),
        clips=len(labels),
    )


def same_classes(files: Iterable[TrainedFile]) -> tuple[str, ...]:
    """The classes that all files tell apart.

    Raises:
        InputError: two files have other classes, or another order.
    """
    first, *others = files
    for other in others:
        if other.classes != first.classes:
            raise InputError(
                "recognition.classes",
                str(other.path),
                f"tells {list(other.classes)} apart, {first.path} {list(first.classes)}",
                "Ensemble networks that were trained on the same classes.",
            )
    return first.classes

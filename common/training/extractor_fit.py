"""One small extractor: its clip, its recipe, its training, and its scores on held-out clips."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from common.core.clips import ClipSpec, Fit
from common.core.params.training import Extractors, SmallNetwork
from common.core.seeds import derive_seed
from common.models.extractors import build_extractor, restore_extractor
from common.training.clip_dataset import ClipDataset, Frames, normalise
from common.training.clip_files import load_clips, read_validation
from common.training.initialise import initialise
from common.training.runner import FitRecipe, Loss, fit
from common.training.weights import load_weights, save_weights


def clip_spec(params: Extractors, network: SmallNetwork) -> ClipSpec:
    """What the network sees; the appearance network sees one frame."""
    frames = 1 if network == "appearance" else params.frames
    return ClipSpec(frames, params.fps, Fit(params.width, params.height))


def recipe_for(params: Extractors, network: SmallNetwork) -> FitRecipe:
    """AdamW, one cycle. On 300 clips of the rendered world: see docs of the track for scores."""
    own = params.vivit if network == "vivit" else params.fit
    return FitRecipe(
        seed=derive_seed(params.seed, "extractor", network),
        epochs=own.epochs,
        batch_size=params.fit.batch_size,
        optimizer="adamw",
        lr=own.lr,
        weight_decay=params.fit.weight_decay,
        schedule="one_cycle",
    )


def smoothed_cross_entropy(smoothing: float) -> Loss:
    """Softmax cross entropy of the logits with label smoothing."""

    def loss(network: nn.Module, batch: dict[str, Tensor], _: torch.Generator) -> dict[str, Tensor]:
        logits = network(batch["clip"])[1]
        value = functional.cross_entropy(logits, batch["label"], label_smoothing=smoothing)
        return {"loss_class": value}

    return loss


def train_extractor(
    network: SmallNetwork, params: Extractors, store: Path, work_dir: Path, target: Path
) -> None:
    """Train one network on the decoded clips and write its weights file.

    Args:
        network: its name.
        store: what `decode_clips` wrote.
        work_dir: for resuming.
        target: `.safetensors` file; its metadata say how to build and feed the network.

    Raises:
        InputError: a file cannot be read or written, or the training diverged.
    """
    clips = load_clips(store)
    spec, recipe = clip_spec(params, network), recipe_for(params, network)
    dataset = ClipDataset(clips, spec, params.augmentation, recipe.seed)
    size = getattr(params, network)
    torch.manual_seed(recipe.seed)
    fresh = build_extractor(network, size, len(clips.classes), spec)
    start = params.init.get(network)
    if start is not None:
        initialise(fresh, Path(start.file), start.sha256)
    loss = smoothed_cross_entropy(params.fit.label_smoothing)
    key = str(params.fit.label_smoothing)
    trained = fit(fresh, loss, dataset, recipe, work_dir, threads=1, key=key, label=network)
    metadata = {
        "network": network,
        "spec": size.model_dump_json(),
        "classes": json.dumps(clips.classes),
        "clip": spec.to_json(),
        "recipe_sha256": recipe.sha256(),
    }
    if start is not None:
        metadata["init_sha256"] = start.sha256
    save_weights(trained, target, metadata)


def check_extractor(target: Path, dataset: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores (N, K), softmax, of the clips at the centres of the validation segments, and their
    labels (N,).

    Args:
        target: the weights file.
        dataset: the dataset folder.
    """
    state, metadata = load_weights(target)
    network = restore_extractor(state, metadata, str(target))
    spec = ClipSpec.from_json(metadata["clip"], str(target))
    classes: list[str] = json.loads(metadata["classes"])
    clips = read_validation(dataset, spec)
    scores = [_scores(network, clip, spec) for clip in clips.frames]
    labels = np.array([classes.index(label) for label in clips.labels], dtype=np.int64)
    return np.array(scores).reshape(len(labels), len(classes)), labels


def _scores(network: nn.Module, clip: Frames, spec: ClipSpec) -> NDArray[np.float64]:
    with torch.inference_mode():
        logits = network(torch.from_numpy(normalise(clip, spec))[None])[1]
        return logits.softmax(dim=1)[0].double().numpy()

"""Train one backbone on a list of clips; its weights file says how to build and feed it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from common.core.hashing import sha256_file, sha256_value
from common.core.params.recognition import Backbone, Recognition, RecognitionFit
from common.core.seeds import derive_seed
from common.models.extractors import build_extractor
from common.training.initialise import initialise
from common.training.recipe import FitRecipe
from common.training.recognition.clips import DecodedClips
from common.training.recognition.dataset import TrainingClips, clip_spec
from common.training.recognition.lists import class_numbers
from common.training.recognition.mixing import Mixing, heads_loss, mix
from common.training.runner import Loss, averaged_state, fit
from common.training.weights import save_weights

WEIGHTS, AVERAGED = "weights.safetensors", "averaged.safetensors"
HEAD = "label"


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training wrote; `averaged` only with `fit.ema`."""

    weights: Path
    averaged: Path | None


def recipe_for(fit_params: RecognitionFit, backbone: Backbone, seed: int) -> FitRecipe:
    """AdamW, half cosine with warm-up; the published form at the sizes that the params name."""
    own = fit_params
    return FitRecipe(
        seed=derive_seed(seed, "recognition", backbone),
        epochs=own.epochs,
        batch_size=own.batch_size,
        optimizer="adamw",
        lr=own.lr,
        weight_decay=own.weight_decay,
        schedule="warm_cosine",
        warmup_epochs=own.warmup_epochs,
        clip_norm=own.clip_norm,
        norm_decay=False,
        bias_decay=False,
        undecayed=("cls_token", "pos_embed"),
        accumulate=own.accumulate,
        ema=own.ema,
        frozen=frozen_parts(backbone, own.freeze),
        frozen_bn=own.frozen_bn,
        amp=own.amp,
    )


def frozen_parts(backbone: Backbone, stages: int) -> tuple[str, ...]:
    """Beginnings of the names of what stays as it starts: the stem or the embeddings, and the
    first `stages` stages (layers of a ViViT's spatial encoder).
    """
    if stages == 0:
        return ()
    if backbone == "vivit":
        stems = ["patch_embed.", "cls_token", "pos_embed"]
        return tuple(f"backbone.{n}" for n in [*stems, *(f"spatial.{i}." for i in range(stages))])
    paths = ["slow_path.", "fast_path."] if backbone == "slowfast" else [""]
    names = ["conv1", "bn1", *(f"layer{i + 1}." for i in range(stages))]
    return tuple(f"backbone.{path}{name}" for path in paths for name in names)


def recognition_loss(smoothing: float, mixing: Mixing) -> Loss:
    """Soft-target cross entropy after mixup or cutmix; the draws are one a step."""

    def loss(
        network: nn.Module, batch: dict[str, Tensor], generator: torch.Generator
    ) -> dict[str, Tensor]:
        rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
        clips, lam = mix(batch["clip"], mixing, rng)
        logits = {HEAD: network(clips)[1]}
        return {"loss_class": heads_loss(logits, {HEAD: batch[HEAD]}, smoothing, lam)}

    return loss


def train_backbone(
    backbone: Backbone,
    params: Recognition,
    clips: DecodedClips,
    classes: tuple[str, ...],
    out: Path,
    init: Path | None = None,
) -> Trained:
    """Train, or go on where a killed run stopped.

    Args:
        backbone: name of a small network; its size stands in the params.
        params: the section `recognition`.
        clips: the training list, decoded.
        classes: names, in the order of the network's columns.
        out: folder for the weights; `.work` in it serves resuming.
        init: pretrained weights of the same network: all but the head is taken.

    Raises:
        InputError: the weights do not fit, the training diverged, a file cannot be written.
    """
    spec = getattr(params, backbone)
    frames = 1 if backbone == "appearance" else params.sampling.frames
    clip, recipe = clip_spec(params.sampling, frames), recipe_for(params.fit, backbone, params.seed)
    torch.manual_seed(recipe.seed)
    network = build_extractor(backbone, spec, len(classes), clip)
    start = ""
    if init is not None:
        start = sha256_file(init)
        initialise(network, init, start)
    dataset = TrainingClips(
        clips,
        {HEAD: class_numbers(clips.items, classes)},
        params.sampling,
        params.augmentation,
        frames=frames,
        repeats=params.fit.repeats,
        seed=recipe.seed,
    )
    own = params.fit
    mixing = Mixing(own.mixup, own.cutmix, own.mix_p)
    loss, key = (
        recognition_loss(own.label_smoothing, mixing),
        sha256_value([own.label_smoothing, str(mixing)]),
    )
    trained = fit(network, loss, dataset, recipe, out / ".work", key=key, label=backbone)
    metadata = {
        "network": backbone,
        "spec": spec.model_dump_json(),
        "classes": json.dumps(classes),
        "clip": clip.to_json(),
        "sampling": params.sampling.model_dump_json(),
        "recipe_sha256": recipe.sha256(),
        "init_sha256": start,
    }
    save_weights(trained, out / WEIGHTS, metadata)
    averages = averaged_state(out / ".work")
    if averages is None:
        return Trained(out / WEIGHTS, None)
    trained.load_state_dict(averages)
    save_weights(trained, out / AVERAGED, metadata)
    return Trained(out / WEIGHTS, out / AVERAGED)

"""Weights of the pretrain track: made without labels, listed by their content."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from common.core.files import write_json
from common.core.hashing import sha256_file
from common.core.params.pretrain import Pretrain, PretrainedNetwork
from common.core.params.training import R2Plus1dSpec
from common.core.seeds import derive_seed
from common.models.extractors import Extractor, build_extractor
from common.models.residual3d import r2d3d_18, r2plus1d_10
from common.training.mosi.dataset import MosiDataset
from common.training.mosi.generator import Generator
from common.training.mosi.pretrain import n_logits, pretext_accuracy, pretrain
from common.training.mosi.stills import Stills, gather_stills, load_stills, still_paths
from common.training.recipe import FitRecipe
from common.training.weights import load_weights, save_weights

_PUBLISHED = {"r2d3d_18": r2d3d_18, "r2plus1d_10": r2plus1d_10}
# Stills whose clips tell the pretext's accuracy.
_CHECKED = 40


def build_pretrained(network: PretrainedNetwork, size: R2Plus1dSpec, n_classes: int) -> Extractor:
    """A network with fresh weights, drawn from torch's global generator.

    Args:
        network: `r2plus1d`, the small one, or one at its published size.
        size: of the small one.
        n_classes: of its classifier.
    """
    if network == "r2plus1d":
        return build_extractor(network, size, n_classes)
    backbone = _PUBLISHED[network]()
    return Extractor(backbone, backbone.n_features, n_classes, dropout=0.5)


def mosi_recipe(params: Pretrain, seed: int) -> FitRecipe:
    """Adam and the published schedule; normalisation layers do not decay."""
    how = params.mosi_fit
    return FitRecipe(
        seed=derive_seed(seed, "mosi"),
        epochs=how.epochs,
        batch_size=how.stills,
        optimizer="adam",
        lr=how.lr,
        weight_decay=how.weight_decay,
        schedule="warm_cosine",
        warmup_epochs=how.warmup_epochs,
        norm_decay=False,
    )


def make_mosi_weights(params: Pretrain, size: R2Plus1dSpec, dataset: Path, out: Path) -> None:
    """Write `out/mosi.safetensors` and `out/mosi.json` from the unlabelled part of a dataset.

    Args:
        params: the section `pretrain`.
        size: of the network, from the section `extractors`, so that its weights fit there.
        dataset: the dataset folder.
        out: `.work` below it serves resuming.
    """
    store = out / ".work" / "stills.safetensors"
    paths = still_paths(dataset, params.stills.source)
    gather_stills(paths, params.stills.seconds, params.stills.short_side, store)
    train_mosi(params, size, load_stills(store), params.seed, out / ".work" / "mosi", out)


def train_mosi(
    params: Pretrain, size: R2Plus1dSpec, stills: Stills, seed: int, work_dir: Path, out: Path
) -> None:
    """Train one network and write its weights with the accuracy of the pretext."""
    recipe, generator = mosi_recipe(params, seed), Generator(params.mosi)
    torch.manual_seed(recipe.seed)
    fresh = build_pretrained(params.network, size, n_logits(params.mosi))
    data = MosiDataset(stills, generator, recipe.seed, params.mosi_fit.passes)
    network = pretrain(fresh, data, recipe, work_dir)
    accuracy = pretext_accuracy(network, stills.pictures[:_CHECKED], generator, seed)
    metadata = {
        "network": params.network,
        "spec": size.model_dump_json() if params.network == "r2plus1d" else "",
        "pretext": "mosi",
        "mosi": params.mosi.model_dump_json(),
        "pretext_classes": json.dumps(generator.pool.names),
        "recipe_sha256": recipe.sha256(),
        "stills_sha256": stills.fingerprint,
    }
    save_weights(network, out / "mosi.safetensors", metadata)
    write_json(out / "mosi.json", {"pretext_accuracy": accuracy, "stills": len(stills.pictures)})


def write_weights_list(folder: Path) -> None:
    """`weights.json`: every weights file of the folder with its sha256 and what made it."""
    entries = []
    for path in sorted(folder.glob("*/*.safetensors")):
        metadata = load_weights(path)[1]
        known = {key: metadata[key] for key in ("network", "pretext", "recipe_sha256")}
        entries.append({"file": path.as_posix(), "sha256": sha256_file(path), **known})
    write_json(folder / "weights.json", {"schema_version": 1, "weights": entries})

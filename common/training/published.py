"""Published checkpoints become our weights files: the same tensors and none of the code."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from common.core.hashing import sha256_file
from common.core.params.training import PublishedNetwork
from common.data.ledger import data_folder, read_pulled
from common.data.link import resolve
from common.data.sources import get_source, read_sources
from common.models.extractors import PUBLISHED, build_extractor
from common.models.state import load_state
from common.models.vivit import VivitSize
from common.models.vivit_keys import from_tada
from common.training.weights import load_foreign, save_weights


def convert_published(network: PublishedNetwork, target: Path) -> None:
    """Write the weights file of a published network.

    Raises:
        InputError: the checkpoint is missing (says how to get it), has another hash, holds code, or
            does not fit the network.
    """
    published = PUBLISHED[network]
    path, sha256 = _checkpoint(published.source)
    state = load_foreign(path, sha256)
    with torch.device("meta"):
        empty = build_extractor(network, None, published.n_classes)
    filled = empty.to_empty(device="cpu")
    if isinstance(published.backbone, VivitSize):
        state = _as_extractor(from_tada(state, str(path)))
    load_state(filled, state, str(path))
    metadata = {
        "network": network,
        "spec": "null",
        # The class names of Kinetics-400 come with the data set, not with the checkpoint.
        "classes": json.dumps([f"kinetics-400 {i:03d}" for i in range(published.n_classes)]),
        "clip": published.clip.to_json(),
        "source": published.source,
        "source_sha256": sha256,
        "recipe_sha256": "",
    }
    save_weights(filled, target, metadata)


def _as_extractor(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The one head of a Kinetics checkpoint under the name that extractors give it."""
    return {
        f"cls_head.fc_cls.{name.removeprefix('head.')}" if name.startswith("head.") else name: t
        for name, t in state.items()
    }


def _checkpoint(name: str) -> tuple[Path, str]:
    """Where the checkpoint lies, and what it must hash to: in full where that is known."""
    sources, folder = read_sources(), data_folder()
    path = resolve(name, sources, folder)
    source, pulled = get_source(sources, name), read_pulled(folder).get(name)
    known = source.sha256 or (pulled.sha256 if pulled else None) or source.sha256_prefix
    if known is None and source.supplied:
        known = sha256_file(path)  # nobody published one: the weights file records what was used
    assert known is not None, f"{name} has no hash in the list of sources"
    return path, known

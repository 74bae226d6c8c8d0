"""Published checkpoints become our weights files: the same tensors and none of the code."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from common.core.params.training import PublishedNetwork
from common.data.ledger import data_folder, read_pulled
from common.data.link import resolve
from common.data.sources import get_source, read_sources
from common.models.extractors import PUBLISHED, build_extractor
from common.models.state import load_state
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


def _checkpoint(name: str) -> tuple[Path, str]:
    """Where the checkpoint lies, and what it must hash to: in full where that is known."""
    sources, folder = read_sources(), data_folder()
    path = resolve(name, sources, folder)
    source, pulled = get_source(sources, name), read_pulled(folder).get(name)
    known = source.sha256 or (pulled.sha256 if pulled else None) or source.sha256_prefix
    assert known is not None, f"{name} has no hash in the list of sources"
    return path, known

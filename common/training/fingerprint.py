"""What makes one training that very training: recipe, start weights, data, code."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from common.core.hashing import sha256_file, sha256_value


def training_fingerprint(
    network: nn.Module, loss: Callable[..., Any], dataset: Dataset[Any], recipe: str, key: str
) -> str:
    """Hash of all that decides the result of a training.

    Args:
        network: with its start weights.
        loss: its source file counts, constants that it closes over do not.
        dataset: its `fingerprint`, or else every item of epoch 0.
        recipe: hash of the recipe.
        key: anything else.
    """
    return sha256_value(
        {
            "recipe": recipe,
            "start": state_sha256(network.state_dict()),
            "data": getattr(dataset, "fingerprint", None) or _items_sha256(dataset),
            "code": [_source_sha256(part) for part in (type(network), loss, type(dataset))],
            "key": key,
        }
    )


def state_sha256(state: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bits of named tensors, independent of their order."""
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _items_sha256(dataset: Dataset[Any]) -> str:
    if hasattr(dataset, "set_epoch"):
        dataset.set_epoch(0)
    items = (dataset[index] for index in range(len(dataset)))  # type: ignore[arg-type]
    return sha256_value([state_sha256(item) for item in items])


def _source_sha256(part: Any) -> str:
    """Hash of the file that defines a class or function; empty where there is none."""
    while isinstance(part, partial):
        part = part.func
    part = part if inspect.isclass(part) or inspect.isroutine(part) else type(part)
    source = inspect.getsourcefile(part)
    return sha256_file(Path(source)) if source and Path(source).exists() else ""

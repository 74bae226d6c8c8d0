"""Weights on disk: ours are `.safetensors` with metadata, foreign `.pth` files are read without
running what they hold.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from common.core.errors import InputError
from common.core.files import write_bytes
from common.core.hashing import sha256_file
from common.core.tensor_files import sort_header, unreadable

# Where the tensors lie in the checkpoints of other projects.
_STATE_KEYS = ("state_dict", "model_state", "model")


def save_weights(network: nn.Module, path: Path, metadata: Mapping[str, str]) -> None:
    """Write the network's state to `path` (.safetensors), whole or not at all.

    Args:
        metadata: text by name; a file explains itself through it. Equal weights and metadata give
            equal bytes.

    Raises:
        InputError: the file cannot be written.
    """
    state = {name: t.detach().cpu().contiguous() for name, t in network.state_dict().items()}
    write_bytes(path, sort_header(save(state, dict(metadata))))


def load_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """State dict and metadata of a `.safetensors` file.

    Raises:
        InputError: the file is missing or not whole.
    """
    try:
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in sorted(file.keys())}
            return state, dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise unreadable(path, error) from error


def load_foreign(path: Path, sha256: str) -> dict[str, Tensor]:
    """State dict of a published `.pth` checkpoint. Its hash is checked before it is opened, and
    nothing in it is run.

    Args:
        sha256: what the file must hash to, in full or its first hex digits (at least eight).

    Raises:
        InputError: missing, another hash, holds more than tensors and plain values, or no state.
    """
    if not Path(path).is_file():
        raise _missing(path)
    found = sha256_file(path)
    if len(sha256) < 8 or not found.startswith(sha256):
        raise InputError(
            "weights.sha256",
            str(path),
            f"its sha256 is {found[: max(8, len(sha256))]}, expected {sha256}",
            "Fetch it again: emc2 data pull.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # notes about old pickle protocols
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a hostile file can make the unpickler fail in any way
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(
            "weights.foreign",
            str(path),
            f"holds more than tensors and plain values, or is cut off ({reason})",
            "Convert it to .safetensors where you trust it.",
        ) from error
    return _tensors(content, path)


def _tensors(content: Any, path: Path) -> dict[str, Tensor]:
    for key in _STATE_KEYS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
            break
    if isinstance(content, Mapping):
        tensors = {
            str(name).removeprefix("module."): value
            for name, value in content.items()
            if isinstance(value, Tensor)
        }
        if tensors:
            return tensors
    raise InputError(
        "weights.state",
        str(path),
        f"no state dict at the top or under one of {', '.join(_STATE_KEYS)}",
        "Give a checkpoint of a network.",
    )


def _missing(path: Path) -> InputError:
    return InputError(
        "weights.missing", str(path), "no such file", "Make it, or fetch it: emc2 data pull."
    )

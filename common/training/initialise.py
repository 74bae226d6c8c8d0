"""Start a network from weights that are named by their content."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from torch import nn

from common.core.errors import InputError
from common.core.hashing import sha256_file
from common.models.state import load_state
from common.training.weights import load_weights


def initialise(
    network: nn.Module, path: Path, sha256: str, heads: Sequence[str] = ("cls_head.",)
) -> None:
    """Fill all of the network but its head from a `.safetensors` file; say on stderr what was left
    out.

    Args:
        network: changed in place; its head keeps its fresh weights.
        path: of the file; its own head is left out, whatever its shape.
        sha256: what the file must hash to, in full.
        heads: beginnings of the names of tensors that belong to a head, on either side.

    Raises:
        InputError: missing or another content; a tensor outside the heads is missing, unknown or
            of another shape: the first one is named, with both shapes. Nothing is filled then.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("weights.missing", str(path), "no such file", "dvc repro tracks/pretrain")
    found = sha256_file(path)
    if found != sha256:
        raise InputError(
            "weights.sha256",
            str(path),
            f"its sha256 is {found}, expected {sha256}",
            "Name the content that you mean: weights.json of the pretrain track lists it.",
        )
    state, _ = load_weights(path)
    prefixes = tuple(heads)
    load_state(network, state, str(path), heads=prefixes)
    missing, unexpected = (
        [name for name in names if name.startswith(prefixes)]
        for names in (network.state_dict(), state)
    )
    print(
        f"{path}: {len(state) - len(unexpected)} tensors loaded; "
        f"missing: {', '.join(missing) or 'none'}; "
        f"unexpected: {', '.join(unexpected) or 'none'}",
        file=sys.stderr,
    )

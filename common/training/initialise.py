"""Start a network from weights that are named by their content."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from torch import nn

from common.core.errors import InputError, did_you_mean
from common.core.hashing import sha256_file
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
    own = network.state_dict()
    prefixes = tuple(heads)
    missing = [name for name in own if name not in state or name.startswith(prefixes)]
    unexpected = [name for name in state if name not in own or name.startswith(prefixes)]
    for names, known, what in ((missing, state, "is missing"), (unexpected, own, "is unknown")):
        for name in names:
            if not name.startswith(prefixes):
                raise _mismatch(path, f"tensor {name!r} {what}", did_you_mean(name, known))
    taken = {name: tensor for name, tensor in state.items() if name not in unexpected}
    for name, tensor in taken.items():
        if tensor.shape != own[name].shape:
            raise _mismatch(
                path,
                f"tensor {name!r} has shape {tuple(tensor.shape)}, the network needs "
                f"{tuple(own[name].shape)}",
                "Pretrain a network of the same settings.",
            )
    network.load_state_dict(own | taken)
    print(
        f"{path}: {len(taken)} tensors loaded; missing: {', '.join(missing) or 'none'}; "
        f"unexpected: {', '.join(unexpected) or 'none'}",
        file=sys.stderr,
    )


def _mismatch(path: Path, problem: str, fix: str) -> InputError:
    return InputError("weights.mismatch", str(path), problem, fix)

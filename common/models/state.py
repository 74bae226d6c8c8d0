"""Filling a network from named tensors, strictly."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from common.core.errors import InputError, did_you_mean


def load_state(
    network: nn.Module, state: Mapping[str, Tensor], where: str, *, heads: tuple[str, ...] = ()
) -> None:
    """Fill the network; keys and shapes must be the same on both sides, else nothing is filled.

    Args:
        where: what the state was read from, for the error message.
        heads: beginnings of the names of classifiers; these stay as they are, whatever the state
            holds.

    Raises:
        InputError: names the first key that is missing, unknown or of another shape.
    """
    own = _without(heads, network.state_dict())
    state = _without(heads, state)
    for name, tensor in own.items():
        if name not in state:
            raise _mismatch(where, f"has no tensor {name!r}", did_you_mean(name, state))
        if state[name].shape != tensor.shape:
            found, expected = tuple(state[name].shape), tuple(tensor.shape)
            raise _mismatch(
                where,
                f"tensor {name!r} has shape {found}, the network needs {expected}",
                "Take the weights that belong to this network and its settings.",
            )
    for name in state:
        if name not in own:
            raise _mismatch(where, f"tensor {name!r} is unknown", did_you_mean(name, own))
    # Strict but for the heads: the loops above have looked at every other key.
    network.load_state_dict(state, strict=not heads)


def _without(heads: tuple[str, ...], state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in state.items() if not name.startswith(heads)}


def _mismatch(where: str, problem: str, fix: str) -> InputError:
    return InputError("weights.mismatch", where, problem, fix)

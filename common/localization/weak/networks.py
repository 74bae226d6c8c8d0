"""Background suppression networks: built from params, kept as weights, run on videos."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import torch

from common.core.errors import InputError
from common.core.params.weak import BasNet
from common.core.seeds import derive_seed
from common.localization.sequences import VideoSequence
from common.localization.weak.activations import ClassActivations
from common.models.basnet import BasNet as BasNetwork
from common.models.basnet import BasNetShape, pool_top
from common.models.state import load_state
from common.training.weights import load_weights, save_weights


def build_network(spec: BasNet, features: int, classes: int, seed: int) -> BasNetwork:
    """A network with fresh weights; equal seeds give equal weights of all layers that two kinds
    of network share, with and without the attention over the whole video.
    """
    shape = BasNetShape(
        features,
        classes,
        spec.channels,
        spec.filter_channels,
        spec.dropout,
        spec.context_heads,
        spec.branches,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights"))
        return BasNetwork(shape)


def save_network(path: Path, network: BasNetwork, metadata: Mapping[str, str]) -> None:
    """Write weights and sizes; `metadata` adds what else belongs to them."""
    text = json.dumps(asdict(network.shape), sort_keys=True)
    save_weights(network, path, {**metadata, "network": "basnet", "spec": text})


def load_network(path: Path) -> BasNetwork:
    """The network of a file that `save_network` wrote, in evaluation mode.

    Raises:
        InputError: missing, broken, or not a background suppression network.
    """
    state, metadata = load_weights(path)
    try:
        network = BasNetwork(BasNetShape(**json.loads(metadata["spec"])))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "weak.weights",
            str(path),
            f"its metadata do not describe a background suppression network ({error})",
            "Give weights that the weak training of this project wrote.",
        ) from error
    load_state(network, state, str(path))
    return network.eval()


def predict_activations(
    network: BasNetwork, sequences: Iterable[VideoSequence], pool_k: int, batch_size: int = 64
) -> Iterator[ClassActivations]:
    """Class activations of videos, in their order.

    They are those of the suppression branch where the network has one; the scores are the softmax
    of that branch without the background class.
    """
    n_classes = network.shape.classes
    network.eval()
    remaining = iter(sequences)
    while group := list(islice(remaining, batch_size)):
        x = torch.stack([torch.from_numpy(one.array) for one in group])
        with torch.inference_mode():
            found = network(x)
            shown = found.base if found.suppressed is None else found.suppressed
            scores = pool_top(shown, pool_k).softmax(dim=1)[:, :n_classes].numpy()
            attention = (
                torch.ones(shown.shape[:2]) if found.attention is None else found.attention
            ).numpy()
            activations = shown[:, :, :n_classes].numpy()
        for i, one in enumerate(group):
            yield ClassActivations(one.video, one.duration, activations[i], attention[i], scores[i])

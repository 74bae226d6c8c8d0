"""BMN networks: built from params, kept as weights that explain themselves, run on videos."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import torch

from common.core.errors import InputError
from common.core.params.localization import Bmn, Relation
from common.core.seeds import derive_seed
from common.localization.maps import ScoreMaps
from common.localization.sequences import VideoSequence
from common.models.bmn import Bmn as BmnNetwork
from common.models.bmn import BmnShape
from common.models.boundary_matching import MapShape
from common.models.relation import RelationShape
from common.models.state import load_state
from common.training.weights import load_weights, save_weights


def build_network(spec: Bmn, features: int, relation: Relation | None, seed: int) -> BmnNetwork:
    """A network with fresh weights; equal seeds give equal BMN weights with and without relation.

    Args:
        spec: sizes.
        features: F, channels of the input.
        relation: None for plain BMN.
        seed: of the weights.

    Raises:
        InputError: the groups of the first convolution do not divide the features.
    """
    if features % spec.groups:
        raise InputError(
            "bmn.groups",
            "params",
            f"{spec.groups} groups do not divide {features} feature channels",
            "Set `groups` to a divisor.",
        )
    shape = BmnShape(
        features,
        MapShape(spec.positions, spec.durations, spec.samples, spec.points, spec.boundary_ratio),
        spec.hidden_1d,
        spec.proposal_channels,
        spec.hidden_3d,
        spec.hidden_2d,
        spec.groups,
        spec.outside,
    )
    attention = relation and RelationShape(relation.kind, relation.heads, relation.pool)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "weights"))
        return BmnNetwork(shape, attention)


def save_network(path: Path, network: BmnNetwork, metadata: Mapping[str, str]) -> None:
    """Write weights and sizes; `metadata` adds what else belongs to them (recipe, extractor)."""
    sizes = {"shape": asdict(network.shape), "relation": None}
    if network.relation_shape is not None:
        sizes["relation"] = asdict(network.relation_shape)
    text = json.dumps(sizes, sort_keys=True)
    save_weights(network, path, {**metadata, "network": "bmn", "spec": text})


def load_network(path: Path) -> BmnNetwork:
    """The network of a file that `save_network` wrote, in evaluation mode.

    Raises:
        InputError: missing, broken, or not a BMN network.
    """
    state, metadata = load_weights(path)
    try:
        sizes = json.loads(metadata["spec"])
        shape = sizes["shape"] | {"map": MapShape(**sizes["shape"]["map"])}
        relation = sizes["relation"] and RelationShape(**sizes["relation"])
        network = BmnNetwork(BmnShape(**shape), relation)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "bmn.weights",
            str(path),
            f"its metadata do not describe a BMN network ({error})",
            "Give weights that a proposal training of this project wrote.",
        ) from error
    load_state(network, state, str(path))
    return network.eval()


def predict_maps(
    network: BmnNetwork, sequences: Iterable[VideoSequence], batch_size: int = 16
) -> Iterator[ScoreMaps]:
    """Score maps of videos, in their order; the network decides the device."""
    device = next(network.parameters()).device
    network.eval()
    remaining = iter(sequences)
    while group := list(islice(remaining, batch_size)):
        x = torch.stack([torch.from_numpy(one.array) for one in group]).to(device)
        with torch.inference_mode():
            start, end, confidence = (scores.cpu().numpy() for scores in network(x))
        for i, one in enumerate(group):
            yield ScoreMaps(one.video, one.duration, start[i], end[i], confidence[i])

"""BMN, with or without proposal relation: feature sequence in, boundary scores and score map out.

Source: Lin et al., BMN, ICCV 2019; layer sizes are those of open-mmlab/mmaction2
(mmaction/models/localizers/bmn.py). The map is computed on its valid cells up to the first 2-D
convolution, and only then laid out as a picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from torch import Tensor, nn
from torch.nn.functional import linear, relu

from common.models.boundary_matching import (
    BoundaryMatching,
    MapShape,
    kernel_to_weight,
    unpack,
)
from common.models.relation import ProposalRelation, RelationShape
from common.models.state import load_state


@dataclass(frozen=True, slots=True)
class BmnShape:
    """Sizes of the network; the defaults are the published ones (`map.positions` = 100).

    Args:
        features: F, channels of the input.
        map: score map and sampling.
        hidden_1d: channels of the 1-D convolutions.
        proposal_channels: channels that enter the boundary-matching layer (paper: 128, code: 256).
        hidden_3d: channels that leave it.
        hidden_2d: channels of the 2-D convolutions.
        groups: groups of the 1-D convolutions; divides `features` and `hidden_1d`.
        outside: what the 2-D convolutions see beyond the sequence: `bias`, the constant that the
            layers before make out of nothing (published), or `zero`.
    """

    features: int
    map: MapShape
    hidden_1d: int = 256
    proposal_channels: int = 256
    hidden_3d: int = 512
    hidden_2d: int = 128
    groups: int = 4
    outside: Literal["bias", "zero"] = "bias"


class BmnOutput(NamedTuple):
    """Scores in [0, 1]. `start`, `end`: (B, T). `confidence`: (B, 2, D, T), channel 0 regression
    (tIoU), channel 1 classification (tIoU > 0.9); cells with d + s >= T mean nothing.
    """

    start: Tensor
    end: Tensor
    confidence: Tensor


class Bmn(nn.Module):
    """Boundary-matching network. x (B, F, T) -> BmnOutput.

    Args:
        shape: sizes.
        relation: sizes of the proposal relation, which stands between the 1x1 and the first 3x3
            convolution; None for plain BMN.
    """

    def __init__(self, shape: BmnShape, relation: RelationShape | None = None) -> None:
        super().__init__()
        self.shape, self.relation_shape = shape, relation
        c1, c2, cp = shape.hidden_1d, shape.hidden_2d, shape.proposal_channels
        self.base = nn.Sequential(
            nn.Conv1d(shape.features, c1, 3, padding=1, groups=shape.groups),
            nn.ReLU(),
            nn.Conv1d(c1, c1, 3, padding=1, groups=shape.groups),
            nn.ReLU(),
        )
        self.start, self.end = _boundary_head(c1, shape.groups), _boundary_head(c1, shape.groups)
        self.proposal = nn.Sequential(nn.Conv1d(c1, cp, 3, padding=1), nn.ReLU())
        self.matching = BoundaryMatching(shape.map, cp, shape.hidden_3d)
        self.reduce = nn.Linear(shape.hidden_3d, c2)
        self.head = nn.Sequential(
            nn.Conv2d(c2, c2, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(c2, 2, 1),
            nn.Sigmoid(),
        )
        # Last, so that equal seeds give equal BMN weights with and without it.
        self.relation: nn.Module = nn.Identity()
        if relation is not None:
            self.relation = ProposalRelation(relation, shape.map.positions, shape.map.durations, c2)

    def forward(self, x: Tensor) -> BmnOutput:
        base = self.base(x)  # (B, hidden_1d, T)
        rows = relu(self.matching(self.proposal(base)))  # (B, cells, hidden_3d)
        rows = self.relation(relu(self.reduce(rows)))  # (B, cells, hidden_2d)
        size = self.shape.map
        features = unpack(rows, self._outside(), size.positions, size.durations)
        start, end = self.start(base).squeeze(1), self.end(base).squeeze(1)
        return BmnOutput(start, end, self.head(features))

    def _outside(self) -> Tensor:
        """(hidden_2d,) what the layers up to here give for a cell without samples."""
        if self.shape.outside == "zero":
            return self.reduce.bias.new_zeros(self.shape.hidden_2d)
        return relu(linear(relu(self.matching.bias), self.reduce.weight, self.reduce.bias))


def _boundary_head(channels: int, groups: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(channels, channels, 3, padding=1, groups=groups),
        nn.ReLU(),
        nn.Conv1d(channels, 1, 1),
        nn.Sigmoid(),
    )


# name in mmaction2's and in the authors' state dict -> ours
_PUBLISHED = {
    "x_1d_b.": "base.",
    "x_1d_s.": "start.",
    "x_1d_e.": "end.",
    "x_1d_p.": "proposal.",
    "x_2d_p.0.": "reduce.",
    "x_2d_p.2.": "head.0.",
    "x_2d_p.4.": "head.2.",
    "x_2d_p.6.": "head.4.",
    "x_3d_p.0.": "matching.",
}


def load_published(network: Bmn, state: Mapping[str, Tensor], where: str) -> None:
    """Fill a plain BMN with the weights of a published state dict, whose sampling mask is ignored.

    Args:
        where: what the state was read from, for the error message.

    Raises:
        InputError: a layer is missing or has another size.
    """
    ours = {}
    for name, tensor in state.items():
        for published, own in _PUBLISHED.items():
            if name.startswith(published):
                ours[name.replace(published, own, 1)] = tensor
    if "reduce.weight" in ours:
        ours["reduce.weight"] = ours["reduce.weight"].flatten(1)
    if "matching.weight" in ours:
        ours["matching.weight"] = kernel_to_weight(ours["matching.weight"])
    load_state(network, ours, where)

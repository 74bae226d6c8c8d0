"""What the experiments share: networks trained on made-up sequences, and mAP of what they find."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from common.core.params.localization import Bmn, ProposalTraining
from common.core.records import LabelledSegment
from common.localization.maps import ScoreMaps
from common.localization.networks import predict_maps
from common.localization.proposal_training import fit_proposals, training_item
from common.localization.sequences import VideoSequence
from common.models.bmn import Bmn as BmnNetwork


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Sequences and the segments in them; one bin of the map is one second.

    Args:
        sequences: one a video.
        segments: by video.
    """

    sequences: tuple[VideoSequence, ...]
    segments: Mapping[str, Sequence[LabelledSegment]]


class _Items(Dataset[dict[str, Tensor]]):
    def __init__(self, data: MadeUp, spec: Bmn) -> None:
        self.items = [training_item(one, data.segments[one.video], spec) for one in data.sequences]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return self.items[index]


def fit_made_up(
    network: BmnNetwork, data: MadeUp, spec: Bmn, training: ProposalTraining, seed: int
) -> BmnNetwork:
    """Train a network on made-up sequences; nothing is kept on disk."""
    with tempfile.TemporaryDirectory(prefix="emc2-isolate-") as folder:
        return fit_proposals(network, _Items(data, spec), training, seed, Path(folder))


def maps_of(network: BmnNetwork, data: MadeUp, batch_size: int = 64) -> list[ScoreMaps]:
    """Score maps of all sequences, in their order."""
    return list(predict_maps(network, data.sequences, batch_size))


def mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation (n - 1; 0 for one value)."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return float(np.mean(values)), spread

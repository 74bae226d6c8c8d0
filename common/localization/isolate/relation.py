"""Does relation see what BMN cannot? `emc2 bench isolate-relation`.

A video holds three instances of one common length. One is clean: its end shows. The other two are
ambiguous: all four possible ends show. Instances lie so far apart that the receptive field of BMN
never holds two of them: for an ambiguous one it can only guess (25 %), while relation can look up
the clean one. Control: keys and values from another video; it must fall back to guessing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from common.core.bench import BenchTable, measured
from common.core.params.localization import Bmn, ProposalRule, ProposalTraining, Relation, SoftNms
from common.core.records import LabelledSegment
from common.core.seeds import rng_for
from common.localization.isolate.synthetic import MadeUp, fit_made_up, maps_of, mean_and_spread
from common.localization.maps import ScoreMaps
from common.localization.networks import build_network
from common.localization.proposals import proposals_table
from common.localization.sequences import VideoSequence
from common.models.bmn import Bmn as BmnNetwork

LENGTHS = (3, 4, 5, 6)
# First bin of each instance, plus 0, 1 or 2. From a cell BMN sees at most 15 bins to the right
# (two 3x3 convolutions 2 + 6, samples 3.5, 1-D convolutions 3) and 9 to the left.
_STARTS = (0, 16, 32)
_NOISE = 0.15

SPEC = Bmn(
    positions=48,
    durations=7,
    samples=8,
    hidden_1d=32,
    proposal_channels=32,
    hidden_3d=32,
    hidden_2d=16,
    groups=1,
)
TRAINING = ProposalTraining(
    epochs=6,
    batch_size=24,
    lr=0.01,
    weight_decay=0.0,
    schedule="one_cycle",
    clip_norm=5.0,
    shift_share=0.0,
    trained_lr_factor=1.0,
)


@dataclass(frozen=True, slots=True)
class Truth:
    """Of V videos with three instances each: `start` (V, 3) bins, `length` (V,), `clean` (V,)."""

    start: NDArray[np.int64]
    length: NDArray[np.int64]
    clean: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares of instances whose length is right, and of segments among the three best proposals."""

    ambiguous: float
    clean: float
    recall: float
    seconds: float


class KeysFromAnotherVideo(nn.Module):
    """A relation block that looks at the next video of the batch instead of its own."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, rows: Tensor) -> Tensor:
        return self.block(rows, rows.roll(1, dims=0))


VARIANTS: dict[str, Relation | None] = {
    "BMN": None,
    "relation axial_row": Relation(kind="axial_row", heads=2),
    "relation axial": Relation(kind="axial", heads=2),
    "relation pooled": Relation(kind="pooled", heads=2),
    "relation full": Relation(kind="full", heads=2),
    "control: axial_row, keys of another video": Relation(kind="axial_row", heads=2),
}


def run(
    seeds: Sequence[int] = (0, 1, 2), videos: int = 2000, variants: Sequence[str] = tuple(VARIANTS)
) -> BenchTable:
    """Train every variant with every seed (3 seeds: about four minutes of one core).

    Args:
        seeds: of data, weights and training.
        videos: for training; 256 fresh ones test.
        variants: names among `VARIANTS`.
    """
    rows = []
    for name in variants:
        outcomes = [measure(name, seed, videos) for seed in seeds]
        mean, spread = mean_and_spread([100 * one.ambiguous for one in outcomes])
        others = [
            100 * float(np.mean([getattr(one, part) for one in outcomes]))
            for part in ("clean", "recall")
        ]
        seconds = float(np.mean([one.seconds for one in outcomes]))
        rows.append((name, mean, spread, *others, seconds))
    columns = ("network", "ambiguous %", "std", "clean %", "exact recall@3 %", "CPU s")
    notes = (
        f"seeds {', '.join(map(str, seeds))}; {videos} training videos, 256 test videos",
        "ambiguous, clean: instances whose best cell has the right length; chance is 25 %",
    )
    return BenchTable("relation, isolated", columns, tuple(rows), notes)


def measure(variant: str, seed: int, videos: int = 2000) -> Outcome:
    """Train one variant and test it on 256 fresh videos."""
    data, _ = make_videos(rng_for(seed, "relation", "train"), videos)
    network = build_network(SPEC, 3, VARIANTS[variant], seed)
    if variant.startswith("control"):
        network.relation = nn.Sequential(*map(KeysFromAnotherVideo, network.relation))
    with measured() as watch:
        fit_made_up(network, data, SPEC, TRAINING, seed)
    return _test(network, seed, watch.cpu)


def _test(network: BmnNetwork, seed: int, seconds: float) -> Outcome:
    data, truth = make_videos(rng_for(seed, "relation", "test"), 256)
    # One batch, so that the control has other videos to look at.
    found = maps_of(network, data, batch_size=len(data.sequences))
    best = np.array(
        [
            [maps.confidence[0, :, s].argmax() + 1 for s in truth.start[v]]
            for v, maps in enumerate(found)
        ]
    )
    right = best == truth.length[:, None]
    is_clean = np.arange(3) == truth.clean[:, None]
    ambiguous, clean = float(right[~is_clean].mean()), float(right[is_clean].mean())
    return Outcome(ambiguous, clean, _recall(found, data), seconds)


def _recall(found: list[ScoreMaps], data: MadeUp) -> float:
    table = proposals_table(found, ProposalRule(), SoftNms(top_k=3), "x")
    rounded = {
        (row.video, round(row.start), round(row.end)) for row in table.itertuples(index=False)
    }
    segments = [s for video in data.segments.values() for s in video]
    return float(np.mean([(s.video, round(s.start), round(s.end)) in rounded for s in segments]))


def make_videos(rng: np.random.Generator, n: int) -> tuple[MadeUp, Truth]:
    """Videos of 3 channels: pulse at the start; pulse at the end, or at all four possible ends;
    one half inside (six bins if ambiguous). Gaussian noise on all.
    """
    truth = Truth(
        start=np.array(_STARTS) + rng.integers(0, 3, (n, 3)),
        length=rng.choice(LENGTHS, n),
        clean=rng.integers(0, 3, n),
    )
    sequences, segments = [], {}
    for v in range(n):
        x = rng.normal(0.0, _NOISE, (3, SPEC.positions)).astype(np.float32)
        length, name = int(truth.length[v]), f"v{v}"
        for i, s in enumerate(truth.start[v].tolist()):
            lengths = [length] if i == truth.clean[v] else list(LENGTHS)
            x[0, s] += 1.0
            x[1, [s + one - 1 for one in lengths]] += 1.0
            x[2, s : s + max(lengths)] += 0.5
        sequences.append(VideoSequence(name, float(SPEC.positions), x))
        segments[name] = [
            LabelledSegment(name, float(s), float(s + length), "x") for s in truth.start[v]
        ]
    return MadeUp(tuple(sequences), segments), truth

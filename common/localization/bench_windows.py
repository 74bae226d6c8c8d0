"""`emc2 bench windows`: videos of 5, 20 and 60 minutes through windows of the published size.

Every video is a file of synthetic features and two of logits of verbs and nouns, written by a
process of its own. Another one with one thread makes the entries of EPIC-KITCHENS C2 from them; its
highest resident memory is reported, mapped files included.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from common.challenges.epic.annotations import N_NOUNS, N_VERBS
from common.core.bench import (
    BenchTable,
    in_child,
    measured,
    median_cpu_seconds,
    reset_peak_mb,
    resident_mb,
)
from common.core.params.localization import Bmn
from common.core.seeds import rng_for
from common.core.timebase import grid_for
from common.features.rows import open_features
from common.features.store import Features, write_features
from common.localization.networks import build_network
from common.localization.windows.action_pairs import action_detections
from common.localization.windows.grid import WindowGrid
from common.localization.windows.proposals import window_proposals

STRIDE_SECONDS = 8 / 60  # of the published features
_BATCH = 2
_VIDEO = "synthetic"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the windows, of the network and of the features; the defaults are published, except for
    the number of channels (6,912 there).
    """

    grid: WindowGrid = WindowGrid()
    samples: int = 32
    hidden: tuple[int, int, int, int] = (256, 256, 512, 128)
    channels: int = 2304


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds of the proposals, of their classes and of one window's forward pass; MB; and
    numbers of things.
    """

    proposal_seconds: float
    class_seconds: float
    network_seconds: float
    before_mb: float | None
    peak_mb: float | None
    windows: int
    proposals: int
    actions: int


def run(minutes: tuple[float, ...] = (5, 20, 60), sizes: Sizes | None = None) -> BenchTable:
    """Measure; about three minutes."""
    sizes = sizes or Sizes()
    rows = []
    for one in minutes:
        with tempfile.TemporaryDirectory() as folder:
            for name, n in (("features", sizes.channels), ("verbs", N_VERBS), ("nouns", N_NOUNS)):
                in_child(write_synthetic, Path(folder, name), one * 60.0, n)
            file_mb = sum(p.stat().st_size for p in Path(folder).glob("*/*")) / 2**20
            found = in_child(_measure, Path(folder), sizes)
        network = found.windows * found.network_seconds
        rows.append(
            (one, found.windows, found.proposals, found.actions)
            + (found.proposal_seconds, network, found.class_seconds)
            + (found.before_mb, found.peak_mb, file_mb)
        )
    columns = (
        "minutes",
        "windows",
        "proposals",
        "actions",
        "proposals s",
        "network s",
        "classes s",
        "start MB",
        "peak MB",
        "files MB",
    )
    notes = (
        f"CPU seconds of one thread; T = {sizes.grid.positions}, D = {sizes.grid.durations}, "
        f"{sizes.channels} channels in float16, {_BATCH} windows in a forward pass",
        "proposals s: from file to proposals; network s: forward passes alone, measured by "
        "themselves, times the windows: the bound; classes s: verbs, nouns and their pairs",
        "the network is not trained, its boundary scores are flat: every bin counts as a boundary, "
        "and every cell becomes a candidate, the most that there can be",
        "start MB: resident with the network loaded; peak MB: highest afterwards, mapped files too",
    )
    return BenchTable("windows over long videos", columns, tuple(rows), notes)


def write_synthetic(folder: Path, duration: float, channels: int) -> None:
    """A store with a file of features at the published stride: noise with steps, float16."""
    grid = grid_for(duration, STRIDE_SECONDS)
    rng = rng_for(0, "bench windows", duration)
    array = rng.standard_normal((grid.n_snippets, channels), dtype=np.float32)
    array += np.repeat(rng.integers(0, 2, grid.n_snippets // 20 + 1), 20)[: len(array), None]
    texts = {"extractor": "synthetic", "weights_sha256": "-", "source_sha256": "-"}
    write_features(
        folder,
        Features(
            _VIDEO,
            array.astype(np.float16),
            None,
            None,
            grid,
            duration,
            60.0,
            **texts,
            item_key="-",
        ),
    )


def _measure(folder: Path, sizes: Sizes) -> Measured:
    torch.set_num_threads(1)
    names = ("features", "verbs", "nouns")
    grid, (rows, verbs, nouns) = sizes.grid, [open_features(folder / n, _VIDEO) for n in names]
    layers = ("hidden_1d", "proposal_channels", "hidden_3d", "hidden_2d")
    hidden = dict(zip(layers, sizes.hidden, strict=True))
    spec = Bmn(positions=grid.positions, durations=grid.durations, samples=sizes.samples, **hidden)
    network = build_network(spec, sizes.channels, None, 0).eval()
    x = torch.randn(_BATCH, sizes.channels, grid.positions)
    with torch.inference_mode():
        network_seconds = median_cpu_seconds(lambda: network(x), 3) / _BATCH
    before = reset_peak_mb()
    with measured() as proposing:
        proposals = window_proposals(network, [rows], grid, member="bmn", batch_size=_BATCH)
    with measured() as classifying:
        actions = action_detections(proposals, [verbs], [nouns], grid)
    return Measured(
        proposing.cpu,
        classifying.cpu,
        network_seconds,
        before,
        resident_mb("VmHWM"),
        grid.n_windows(rows.duration, rows.video),
        len(proposals),
        len(actions),
    )

"""`emc2 bench mosi`: can one core make pseudo clips faster than the network takes them?"""

from __future__ import annotations

import numpy as np
import torch

from common.core.bench import BenchTable, median_cpu_seconds, ratio
from common.core.params import load_params
from common.core.params.pretrain import Mosi
from common.core.seeds import rng_for
from common.models.extractors import build_extractor
from common.training.mosi.generator import Generator
from common.training.mosi.pretrain import mosi_loss, n_logits

_STILLS = 2


def run() -> BenchTable:
    """Clips a second of CPU time, one thread, at the sample profile's and the published size."""
    torch.set_num_threads(1)
    rows = [_row("sample", load_params("sample").pretrain.mosi), _row("published", Mosi())]
    columns = (
        "size",
        "clip",
        "generator clips/s",
        "copy only clips/s",
        "network clips/s",
        "generator/network",
    )
    notes = (
        "generator: standard size, windows, colours, mask; copy only: finished clips "
        "copied into memory at hand, the bound of any generator",
        "network: forward, backward and Adam step of extractors.r2plus1d of the sample profile, "
        f"batch of {_STILLS} stills",
        "above 1 in the last column the network is the bottleneck",
    )
    return BenchTable("MoSI generator", columns, tuple(rows), notes)


def _row(name: str, mosi: Mosi) -> tuple[str | float, ...]:
    generator = Generator(mosi)
    rng = rng_for(0, "bench", name)
    still = rng.integers(0, 256, (240, 320, 3), dtype=np.uint8)
    made = [generator.make(still, rng) for _ in range(_STILLS)]
    clips = torch.from_numpy(np.stack([one.clips for one in made]))
    labels = torch.from_numpy(np.stack([one.labels for one in made]))
    network = build_extractor("r2plus1d", load_params("sample").extractors.r2plus1d, n_logits(mosi))
    optimizer = torch.optim.Adam(network.parameters())

    def step() -> None:
        terms = mosi_loss(network, {"clips": clips, "labels": labels}, torch.Generator())
        optimizer.zero_grad()
        terms["loss_mosi"].backward()
        optimizer.step()

    n_clips = clips.shape[0] * clips.shape[1]
    generated = len(generator.pool) / median_cpu_seconds(lambda: generator.make(still, rng))
    target = torch.empty_like(clips)
    copied = n_clips / median_cpu_seconds(lambda: target.copy_(clips))
    trained = n_clips / median_cpu_seconds(step, repeats=3)
    size = f"{mosi.frames}x{mosi.crop}x{mosi.crop}"
    return name, size, generated, copied, trained, ratio(generated, trained)

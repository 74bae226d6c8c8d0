"""`emc2 bench extract`: what extraction costs beside decoding alone and the forward passes alone.

Makes its own small videos and networks with random weights, of the sizes of the sample profile.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.bench import BenchTable, measured, peak_mb
from common.core.clips import ClipSpec, Fit
from common.core.memory import keep_freed_memory
from common.core.params.features import Features as FeatureParams
from common.core.params.training import R2Plus1dSpec, ResNetSpec, SlowFastSpec
from common.core.seeds import rng_for
from common.core.tensor_files import write_tensors
from common.features.batches import VideoPass
from common.features.extract import extract_features
from common.features.network import Extractor, describe_extractor, restore
from common.video.encode import encode_video
from common.video.health import probe

_VIDEOS, _SECONDS, _FPS = 6, 40, 12
_CLASSES = [f"class {i}" for i in range(24)]
_STEM = {"stem_kernel": 5, "stem_stride": 2, "pool": False}
_SIZE = {"width": 16, "blocks": [1, 1, 1, 1], "dropout": 0.0, **_STEM}
_NETWORKS: dict[str, tuple[ResNetSpec, int]] = {
    "appearance": (ResNetSpec(**_SIZE), 1),
    "slowfast": (SlowFastSpec(**_SIZE, remove_still=False, speed_ratio=4, channel_ratio=4), 8),
    "r2plus1d": (R2Plus1dSpec(**_SIZE, remove_still=False, temporal_strides=[1, 1, 2, 2]), 8),
}
_PARAMS = FeatureParams(
    names=list(_NETWORKS),
    stride_seconds=0.6667,
    dtype="float32",
    batch=16,
    device="cpu",
    threads=1,
    workers=1,
    timeout_s=600.0,
    max_broken=0,
)


def run() -> BenchTable:
    """Processor seconds of each part and of the whole, one worker, one thread."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        videos = _write_videos(folder)
        weights = _write_networks(folder)
        whole = extract_features(videos, weights, folder / "out", _PARAMS)
        with measured() as again:
            extract_features(videos, weights, folder / "out", _PARAMS)
        # Measured after the whole, in the same minute: a shared machine's pace changes.
        decoding = _decoding(videos)
        forward = _forward(videos, weights)
    bound = decoding + forward
    videos_note = (
        f"{_VIDEOS} videos of {_SECONDS} s, 160x120, {_FPS} fps; {', '.join(_NETWORKS)}: base "
        f"width {_SIZE['width']}, clips of 1 and 8 frames 80x60 at 4 fps, a snippet every "
        f"{_PARAMS.stride_seconds} s, batch {_PARAMS.batch}"
    )
    return BenchTable(
        "extraction",
        ("part", "CPU seconds", "x bound"),
        (
            ("decoding alone", decoding, decoding / bound),
            ("forward passes alone", forward, forward / bound),
            ("bound: both", bound, 1.0),
            ("extraction, videos to stored features", whole.cost.videos, whole.cost.videos / bound),
            ("once a worker: imports, networks", whole.cost.start, whole.cost.start / bound),
            ("second run: everything reused", again.cpu, again.cpu / bound),
        ),
        (
            videos_note,
            "bound: every frame decoded once, every network run once over the same batches",
            f"peak of this process {peak_mb():.0f} MB",
        ),
    )


def _write_videos(folder: Path) -> list[Path]:
    paths = [folder / f"video{i}.mp4" for i in range(_VIDEOS)]
    for i, path in enumerate(paths):
        encode_video(path, _moving_texture(i, _SECONDS * _FPS), _FPS)
    return paths


def _moving_texture(seed: int, n_frames: int) -> Iterator[NDArray[np.uint8]]:
    """Pictures like those of the rendered world in what they cost a decoder: a soft, panning
    background and an object that moves.
    """
    rng = rng_for(seed, "bench", "texture")
    coarse = rng.integers(40, 200, (24, 32, 3)).repeat(10, 0).repeat(10, 1)
    ground = (coarse + rng.integers(-8, 8, coarse.shape)).astype(np.uint8)
    for n in range(n_frames):
        top, left = round(40 * (1 + math.sin(n / 40))), round(60 * (1 + math.cos(n / 55)))
        picture = ground[top : top + 120, left : left + 160].copy()
        x, y = n * 2 % 130, round(50 + 30 * math.sin(n / 9))
        picture[y : y + 30, x : x + 30] = (200, 60, 40)
        yield picture


def _write_networks(folder: Path) -> list[Path]:
    """Weights files of networks with random weights."""
    import torch

    from common.models.extractors import build_extractor

    paths = []
    for name, (spec, frames) in _NETWORKS.items():
        torch.manual_seed(0)
        network = build_extractor(name, spec, len(_CLASSES))
        arrays = {key: value.numpy() for key, value in network.state_dict().items()}
        metadata = {
            "network": name,
            "spec": spec.model_dump_json(),
            "classes": json.dumps(_CLASSES),
            "clip": ClipSpec(frames, 4.0, Fit(80, 60)).to_json(),
        }
        paths.append(folder / "extractors" / f"{name}.safetensors")
        write_tensors(paths[-1], arrays, metadata)
    return paths


def _decoding(videos: Sequence[Path]) -> float:
    with measured() as watch:
        for path in videos:
            probe(path)
    return watch.cpu


def _forward(videos: Sequence[Path], weights: Sequence[Path]) -> float:
    """Seconds of the networks over the same batches, made ready beforehand."""
    import torch

    keep_freed_memory()  # as the workers do, so that the bound does not profit from its lack
    torch.set_num_threads(_PARAMS.threads)
    networks = [Extractor(describe_extractor(path), restore, "cpu") for path in weights]
    wanted = [(network.file.clip, _PARAMS.stride_seconds) for network in networks]
    total = 0.0
    for path in videos:
        batches = [
            (networks[batch.extractor], networks[batch.extractor].prepare(batch.clips))
            for batch in VideoPass(path, wanted, _PARAMS.batch)
        ]
        with torch.inference_mode(), measured() as watch:
            for network, clips in batches:
                network.network(clips)
        total += watch.cpu
    return total

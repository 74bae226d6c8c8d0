"""Weights files that embed videos: published CMD checkpoints, our extractors, our pretrained
backbones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from common.core.clips import ClipSpec, Fit
from common.core.errors import InputError
from common.core.hashing import sha256_file
from common.models.extractors import restore_backbone, restore_extractor
from common.models.residual3d import Residual3d, from_cmd_release, r2plus1d_26, r3d_26
from common.models.state import load_state
from common.training.weights import load_foreign, load_weights

_FOREIGN = (".bin", ".pt", ".pth", ".pyth")
# Keys of `DATA` in the configuration that a published checkpoint comes with.
_DATA = ("video_frames", "video_stride", "scale_size", "crop_size", "multi_crop", "mean", "std")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a video becomes clips; the defaults are those of the published embedding.

    Args:
        frames: of a clip.
        stride: frames from one to the next; None takes them at `fps`, whatever the video's rate.
        fps: of the clip's frames, where `stride` is None.
        fit: how each picture is brought to size.
        crops: clips of a video, the middles of as many equal parts; their embeddings are averaged.
        mean, std: RGB on the scale 0..255.
    """

    frames: int = 16
    stride: int | None = 4
    fps: float = 0.0
    fit: Fit = Fit(112, 112, short_side=128)
    crops: int = 10
    mean: tuple[float, ...] = (123.675, 116.28, 103.53)
    std: tuple[float, ...] = (58.395, 57.12, 57.375)


@dataclass(frozen=True, slots=True)
class Embedder:
    """A network in evaluation mode, how to feed it, and the hash of its file."""

    network: nn.Module
    sampling: Sampling
    sha256: str


def load_embedder(weights: Path) -> Embedder:
    """Read a weights file, or a folder that holds one (and perhaps its `configuration.json`).

    Args:
        weights: `.safetensors` of ours (extractor, pretrained backbone) or of a published CMD
            network, or a published `.bin`, `.pt`, `.pth`; in a folder there must be one of them.

    Raises:
        InputError: `embed.weights` where there is no such file or it says nothing usable;
            `weights.mismatch` where its tensors do not fit.
    """
    path, sampling = _weights_file(weights), Sampling()
    if weights.is_dir() and (weights / "configuration.json").is_file():
        sampling = _configured(weights / "configuration.json")
    sha256 = sha256_file(path)
    if path.suffix in _FOREIGN:
        return Embedder(_published(load_foreign(path, sha256), path), sampling, sha256)
    state, metadata = load_weights(path)
    if "network" not in metadata:
        return Embedder(_published(state, path), sampling, sha256)
    clip = ClipSpec.from_json(metadata.get("clip", ""), str(path))
    sampling = Sampling(clip.frames, None, clip.fps, clip.fit, 10, clip.mean, clip.std)
    return Embedder(_ours(state, metadata, path), sampling, sha256)


def _weights_file(weights: Path) -> Path:
    known = (".safetensors", *_FOREIGN)
    if weights.is_dir():
        found = sorted(path for path in weights.iterdir() if path.suffix in known)
        if len(found) == 1:
            return found[0]
        problem = f"holds {len(found)} weights files ({', '.join(known)})"
        raise _unusable(weights, problem, "Name the one to take.")
    if not weights.is_file():
        raise _unusable(weights, "no such file", "Published weights are yours to supply.")
    if weights.suffix not in known:
        raise _unusable(weights, f"suffix {weights.suffix!r}", f"Give one of {', '.join(known)}.")
    return weights


def _published(state: Mapping[str, Tensor], path: Path) -> Residual3d:
    """The network of a published state, bare or below `backbone.`, with or without classifier."""
    inside = {name: t for name, t in state.items() if name.startswith("backbone.")}
    bare = {name.removeprefix("backbone."): t for name, t in (inside or dict(state)).items()}
    tensors = from_cmd_release(bare)
    network = r2plus1d_26() if "conv1.0.weight" in tensors else r3d_26()
    load_state(network, tensors, str(path))
    return network.eval()


def _ours(state: Mapping[str, Tensor], metadata: Mapping[str, str], path: Path) -> nn.Module:
    restore = restore_extractor if "classes" in metadata else restore_backbone
    return restore(state, metadata, str(path))


def _configured(path: Path) -> Sampling:
    """The sampling of a published checkpoint's `configuration.json`, object `DATA`."""
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["DATA"]
        known = {key: data[key] for key in _DATA}
        crop, scale = int(known["crop_size"]), int(known["scale_size"])
        mean, std = (tuple(255.0 * float(v) for v in known[key]) for key in ("mean", "std"))
        if len(mean) != 3 or len(std) != 3 or min(std) <= 0:
            raise ValueError("mean and std need three values each, std above 0")
        counts = [int(known[key]) for key in ("video_frames", "video_stride", "multi_crop")]
        if min(counts) < 1:
            raise ValueError("video_frames, video_stride and multi_crop must be 1 or more")
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise _unusable(
            path,
            f"its DATA does not describe the sampling ({type(error).__name__}: {error})",
            f"It needs {', '.join(_DATA)}; or leave the file out for the published values.",
        ) from error
    frames, stride, crops = counts
    return Sampling(frames, stride, 0.0, Fit(crop, crop, short_side=scale), crops, mean, std)


def _unusable(path: Path, problem: str, fix: str) -> InputError:
    return InputError("embed.weights", str(path), problem, fix)

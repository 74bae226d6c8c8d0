"""CMD: a clip's features foretell the motion that follows, and match the picture they belong to.

Source: Huang et al., Self-Supervised Video Representation Learning by Context and Motion
Decoupling (CVPR 2021, arXiv 2104.00862); layout of the authors' release.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from common.models.cmd_predictor import FuturePredictor, PredictorSize
from common.models.resnet10 import ResNet10


@dataclass(frozen=True, slots=True)
class CmdFeatures:
    """Unit vectors of one batch of B clips; None for a branch that the network lacks.

    Args:
        motion_queries: (B, P, D), foretold for the P places of the future grid.
        motion_keys: (1 + negatives, B, P, D); the first of each clip is its true future.
        context_queries: (B, D), of the clips.
        context_keys: (B, D), of their I-frames.
    """

    motion_queries: Tensor | None = None
    motion_keys: Tensor | None = None
    context_queries: Tensor | None = None
    context_keys: Tensor | None = None


class MotionBranch(nn.Module):
    """Foretells the motion features of the future grid from a clip's memory.

    Args:
        network: motion maps (N, 2, T, H, W) -> (N, C_m, 1, H', W').
        n_motion: C_m.
        predictor: memory tokens -> (B, H' * W', width).
        width: of the predictor.
        hidden, n_keys: of the heads.
    """

    def __init__(
        self,
        network: nn.Module,
        n_motion: int,
        predictor: FuturePredictor,
        width: int,
        hidden: int,
        n_keys: int,
    ) -> None:
        super().__init__()
        self.network, self.predictor = network, predictor
        self.query_head = Head(width, hidden, n_keys)
        self.key_head = Head(n_motion, hidden, n_keys)

    def forward(self, memory: Tensor, futures: Tensor) -> tuple[Tensor, Tensor]:
        """Queries (B, P, D) and keys (K, B, P, D).

        Args:
            memory: (B, tokens, C) of the clips.
            futures: (B, K, 2, T, H, W) motion maps, the true future first.
        """
        queries = self.query_head(self.predictor(memory))
        n_batch, n_clips = futures.shape[:2]
        maps = self.network(futures.transpose(0, 1).flatten(0, 1))  # (K * B, C_m, 1, H', W')
        keys = self.key_head(maps.flatten(2).transpose(1, 2))  # (K * B, P, D)
        return queries, keys.unflatten(0, (n_clips, n_batch))


class ContextBranch(nn.Module):
    """Matches a clip with one of its I-frames.

    Args:
        network: pictures (B, 3, H, W) -> (B, C_i, H', W').
        n_frame: C_i.
        n_clip: channels of a clip's pooled features.
        hidden, n_keys: of the heads.
    """

    def __init__(
        self, network: nn.Module, n_frame: int, n_clip: int, hidden: int, n_keys: int
    ) -> None:
        super().__init__()
        self.network = network
        self.query_head = Head(n_clip, hidden, n_keys)
        self.key_head = Head(n_frame, hidden, n_keys)

    def forward(self, pooled: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Queries and keys (B, D) of pooled features (B, C) and pictures (B, 3, H, W)."""
        keys = self.network(frames).mean(dim=(2, 3))
        return self.query_head(pooled), self.key_head(keys)


class Head(nn.Module):
    """Two linear layers with batch normalisation after each, then unit length, on the last axis."""

    def __init__(self, n_in: int, hidden: int, n_out: int) -> None:
        super().__init__()
        self.first, self.norm1 = nn.Linear(n_in, hidden), nn.BatchNorm1d(hidden)
        self.second, self.norm2 = nn.Linear(hidden, n_out, bias=False), nn.BatchNorm1d(n_out)

    def forward(self, x: Tensor) -> Tensor:
        """(..., n_in) -> (..., n_out), each of length 1."""
        rows = functional.relu(self.norm1(self.first(x.reshape(-1, x.shape[-1]))))
        rows = functional.normalize(self.norm2(self.second(rows)), dim=-1)
        return rows.reshape(*x.shape[:-1], -1)


# Clips -> memory (B, C, T', H', W') that the predictor looks at, and pooled features (B, C'').
Readout = Callable[[nn.Module, Tensor], tuple[Tensor, Tensor]]


class CmdNetwork(nn.Module):
    """A backbone with one or both branches; only the backbone is kept after pretraining.

    Args:
        backbone: what is pretrained.
        readout: how its features are read.
        motion: None leaves motion prediction out.
        context: None leaves context matching out.
    """

    def __init__(
        self,
        backbone: nn.Module,
        readout: Readout,
        motion: MotionBranch | None,
        context: ContextBranch | None,
    ) -> None:
        super().__init__()
        self.backbone, self.readout = backbone, readout
        self.motion, self.context = motion, context

    def forward(self, clips: Tensor, futures: Tensor, frames: Tensor) -> CmdFeatures:
        """Features of clips (B, 3, T, H, W), motion maps (B, K, 2, T, H, W) and I-frames
        (B, 3, H, W).
        """
        memory, pooled = self.readout(self.backbone, clips)
        found: dict[str, Tensor] = {}
        if self.motion is not None:
            tokens = memory.flatten(2).transpose(1, 2)
            found["motion_queries"], found["motion_keys"] = self.motion(tokens, futures)
        if self.context is not None:
            found["context_queries"], found["context_keys"] = self.context(pooled, frames)
        return CmdFeatures(**found)


def two_scales(third: Tensor, fourth: Tensor) -> tuple[Tensor, Tensor]:
    """The read-out of residual networks: memory and pooled features from two stages.

    Args:
        third: (B, C, 2 T', H, W), next to last stage; its even and odd time steps are stacked as
            channels.
        fourth: (B, 2 C, T', H', W'), last stage; resized to the nearest cell of the third's grid
            and added, halved in time where it is finer.
    """
    steps = torch.cat([third[:, :, 0::2], third[:, :, 1::2]], dim=1)
    fine = functional.interpolate(fourth, size=steps.shape[2:], mode="nearest")
    return steps + fine, fourth.mean(dim=(2, 3, 4))


def last_map(features: Tensor) -> tuple[Tensor, Tensor]:
    """The read-out of networks of one scale (C3D, small ones): the last map, and its mean."""
    return features, features.mean(dim=(2, 3, 4))


@dataclass(frozen=True, slots=True)
class CmdSize:
    """Sizes of everything around the backbone; the defaults are the published ones.

    `motion_width`, `frame_width`: first stage of the two ResNet-10; `motion_stride`: stem stride
    of the one for motion maps. `hidden`, `n_keys`: of the heads.
    """

    predictor: PredictorSize = PredictorSize()
    motion_width: int = 64
    motion_stride: int = 1
    frame_width: int = 64
    hidden: int = 2048
    n_keys: int = 512


def build_cmd(
    backbone: nn.Module,
    readout: Readout,
    clip_shape: tuple[int, ...],
    future_shape: tuple[int, ...],
    size: CmdSize = CmdSize(),
    parts: frozenset[str] = frozenset({"motion", "context"}),
) -> CmdNetwork:
    """CMD around a backbone; the numbers of tokens follow from the shapes.

    Args:
        backbone: see `CmdNetwork`.
        readout: of that backbone.
        clip_shape: (3, T, H, W) of a clip.
        future_shape: (2, T, H, W) of a motion clip.
        size: see `CmdSize`.
        parts: of `motion` and `context`, which branches there are.
    """
    training = backbone.training
    with torch.no_grad():
        memory, pooled = readout(backbone.eval(), torch.zeros(1, *clip_shape))
        motion_net = ResNet10(3, 2, size.motion_width, size.motion_stride)
        n_future = motion_net.eval()(torch.zeros(1, *future_shape)).flatten(2).shape[2]
    backbone.train(training)
    motion = context = None
    if "motion" in parts:
        n_memory = memory.flatten(2).shape[2]
        predictor = FuturePredictor(memory.shape[1], n_memory, n_future, size.predictor)
        motion = MotionBranch(
            motion_net.train(),
            motion_net.n_features,
            predictor,
            size.predictor.width,
            size.hidden,
            size.n_keys,
        )
    if "context" in parts:
        frame_net = ResNet10(2, 3, size.frame_width)
        context = ContextBranch(
            frame_net, frame_net.n_features, pooled.shape[1], size.hidden, size.n_keys
        )
    return CmdNetwork(backbone, readout, motion, context)

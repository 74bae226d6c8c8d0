"""ViViT, factorised encoder: a spatial transformer in each time step, a temporal one over them.

Source: Arnab et al., ICCV 2021 (arXiv 2103.15691), model 2; sizes and initialisation as in the EPIC
entry built on it. Attention goes through torch's scaled-dot-product attention: no attention map is
stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from common.core.errors import InputError

_EPS = 1e-6


@dataclass(frozen=True, slots=True)
class VivitSize:
    """Sizes of a factorised encoder.

    Args:
        frames: of a clip, a multiple of `tubelet_frames`.
        height, width: of a frame, multiples of `patch`.
        dim: of a token; a multiple of `heads`.
        heads: of every attention.
        spatial_layers, temporal_layers: of the two encoders.
        tubelet_frames: frames of one token.
        patch: side of a token in pixels.
        mlp: width of the hidden layer of an MLP, times `dim`.
        drop_path: rate of the last layer; those before it rise linearly from 0.
    """

    frames: int = 32
    height: int = 224
    width: int = 224
    dim: int = 768
    heads: int = 12
    spatial_layers: int = 12
    temporal_layers: int = 4
    tubelet_frames: int = 2
    patch: int = 16
    mlp: int = 4
    drop_path: float = 0.0

    def __post_init__(self) -> None:
        rest = (
            self.frames % self.tubelet_frames,
            self.height % self.patch,
            self.width % self.patch,
            self.dim % self.heads,
        )
        if any(rest):
            raise InputError(
                "vivit.size",
                "vivit",
                f"clips of {self.frames} x {self.height} x {self.width} do not divide into tokens "
                f"of {self.tubelet_frames} x {self.patch} x {self.patch}, or {self.dim} channels "
                f"into {self.heads} heads",
                "Choose sizes that divide.",
            )

    @property
    def grid(self) -> tuple[int, int]:
        """Tokens down and across a frame."""
        return self.height // self.patch, self.width // self.patch

    @property
    def steps(self) -> int:
        """Time steps of a clip."""
        return self.frames // self.tubelet_frames


class Attention(nn.Module):
    """Multi-head self-attention; q, k and v are stacked, each head by head (as in timm)."""

    def __init__(self, dim: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, dim) to the same."""
        batch, n, dim = x.shape
        q, k, v = (
            self.qkv(x).view(batch, n, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        )
        found = functional.scaled_dot_product_attention(q, k, v)
        return self.proj(found.transpose(1, 2).reshape(batch, n, dim))


class Mlp(nn.Module):
    """Two layers with an exact GELU between them."""

    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        """(..., dim) to the same."""
        return self.fc2(functional.gelu(self.fc1(x)))


class Layer(nn.Module):
    """Pre-norm transformer layer with stochastic depth."""

    def __init__(self, dim: int, heads: int, mlp: int, drop_path: float):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=_EPS)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=_EPS)
        self.mlp = Mlp(dim, mlp * dim)
        self.drop_path = drop_path

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, dim) to the same."""
        x = x + drop_path(self.attn(self.norm1(x)), self.drop_path, self.training)
        return x + drop_path(self.mlp(self.norm2(x)), self.drop_path, self.training)


def drop_path(x: Tensor, rate: float, training: bool) -> Tensor:
    """Zero whole samples of a residual branch with probability `rate`, scale the others up."""
    if not training or rate == 0.0:
        return x
    keep = 1.0 - rate
    shape = (len(x), *[1] * (x.ndim - 1))
    return x / keep * (keep + torch.rand(shape, dtype=x.dtype, device=x.device)).floor()


class PatchEmbed(nn.Module):
    """Tubelets to tokens."""

    def __init__(self, size: VivitSize):
        super().__init__()
        kernel = (size.tubelet_frames, size.patch, size.patch)
        self.proj = nn.Conv3d(3, size.dim, kernel, stride=kernel)

    def forward(self, clips: Tensor) -> Tensor:
        """(B, 3, T, H, W) to (B * steps, tokens, dim)."""
        maps = self.proj(clips)
        return maps.flatten(3).permute(0, 2, 3, 1).flatten(0, 1)


class Vivit(nn.Module):
    """Factorised encoder: clips in, one feature vector a clip out."""

    def __init__(self, size: VivitSize):
        super().__init__()
        self.size = size
        rows, columns = size.grid
        n_layers = size.spatial_layers + size.temporal_layers
        rates = [size.drop_path * i / max(1, n_layers - 1) for i in range(n_layers)]
        layers = [Layer(size.dim, size.heads, size.mlp, rate) for rate in rates]
        self.patch_embed = PatchEmbed(size)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, size.dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, rows * columns + 1, size.dim))
        self.spatial = nn.ModuleList(layers[: size.spatial_layers])
        self.spatial_norm = nn.LayerNorm(size.dim, eps=_EPS)
        self.temporal_cls_token = nn.Parameter(torch.zeros(1, 1, size.dim))
        self.temporal_pos_embed = nn.Parameter(torch.zeros(1, size.steps + 1, size.dim))
        self.temporal = nn.ModuleList(layers[size.spatial_layers :])
        self.temporal_norm = nn.LayerNorm(size.dim, eps=_EPS)

    def init_weights(self) -> None:
        """Linear layers and embeddings from a normal law of 0.02 cut at two deviations, biases 0;
        the tubelet convolution keeps torch's default.
        """
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)
        for token in (
            self.cls_token,
            self.pos_embed,
            self.temporal_cls_token,
            self.temporal_pos_embed,
        ):
            nn.init.trunc_normal_(token, std=0.02)

    def forward(self, clips: Tensor) -> Tensor:
        """Clips (B, 3, T, H, W) to features (B, dim).

        T, H and W may differ from the size of training: position embeddings are then resized.
        """
        batch, grid = len(clips), _grid(clips, self.size)
        steps = clips.shape[2] // self.size.tubelet_frames
        x = self.patch_embed(clips)
        x = _with_token(x, self.cls_token) + resize_spatial(self.pos_embed, self.size.grid, grid)
        for layer in self.spatial:
            x = layer(x)
        x = self.spatial_norm(x)[:, 0].view(batch, steps, -1)
        x = _with_token(x, self.temporal_cls_token)
        x = x + resize_temporal(self.temporal_pos_embed, steps)
        for layer in self.temporal:
            x = layer(x)
        return self.temporal_norm(x)[:, 0]


def resize_spatial(embed: Tensor, old: tuple[int, int], new: tuple[int, int]) -> Tensor:
    """Position embeddings (1, 1 + rows * columns, dim) for another grid, bilinear; row 0 (of the
    class token) stays.
    """
    if old == new:
        return embed
    dim = embed.shape[-1]
    cells = embed[:, 1:].transpose(1, 2).reshape(1, dim, *old)
    resized = functional.interpolate(cells, size=new, mode="bilinear", align_corners=False)
    return torch.cat([embed[:, :1], resized.flatten(2).transpose(1, 2)], dim=1)


def resize_temporal(embed: Tensor, steps: int) -> Tensor:
    """Position embeddings (1, 1 + steps, dim) for another number of time steps, linear."""
    if embed.shape[1] == steps + 1:
        return embed
    resized = functional.interpolate(
        embed[:, 1:].transpose(1, 2), size=steps, mode="linear", align_corners=False
    )
    return torch.cat([embed[:, :1], resized.transpose(1, 2)], dim=1)


def _grid(clips: Tensor, size: VivitSize) -> tuple[int, int]:
    return clips.shape[3] // size.patch, clips.shape[4] // size.patch


def _with_token(x: Tensor, token: Tensor) -> Tensor:
    return torch.cat([token.expand(len(x), -1, -1), x], dim=1)

"""Background suppression network (BaS-Net): class activations from video labels.

Source: Lee, Uh, Byun, AAAI 2020, and Pilhyeon/BaSNet-pytorch (layers and sizes). The layer that
sees the whole video is ours: the report of the 2021 winner (arXiv 2106.11811) says that background
is modelled locally and globally and gives no wiring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class BasNetShape:
    """Sizes of the network.

    Args:
        features: F, channels of the input.
        classes: C, action classes.
        channels: of the class activation module.
        filter_channels: of the filter.
        dropout: before the last layer.
        context_heads: of the attention over the whole video; divides `channels`; 0: none.
        branches: `plain`: C outputs, no filter; `background`: C + 1, the last one background;
            `suppression`: C + 1, a filter, and a second pass over the filtered features.
    """

    features: int
    classes: int
    channels: int = 2048
    filter_channels: int = 512
    dropout: float = 0.7
    context_heads: int = 4
    branches: Literal["plain", "background", "suppression"] = "suppression"

    @property
    def outputs(self) -> int:
        """K: classes with the background, where there is one."""
        return self.classes + (self.branches != "plain")


class Activations(NamedTuple):
    """What the network says of every position.

    Args:
        base: (B, T, K) class activations, before any softmax.
        suppressed: (B, T, K), of the features that the filter let pass; None without filter.
        attention: (B, T) in 0..1, the filter: how much a position is action; None without.
    """

    base: Tensor
    suppressed: Tensor | None
    attention: Tensor | None


class BasNet(nn.Module):
    """Features (B, F, T) -> Activations. Both branches share the class activation module."""

    def __init__(self, shape: BasNetShape) -> None:
        super().__init__()
        self.shape = shape
        self.first = nn.Conv1d(shape.features, shape.channels, 3, padding=1)
        self.second = nn.Conv1d(shape.channels, shape.channels, 3, padding=1)
        self.dropout = nn.Dropout(shape.dropout)
        self.last = nn.Conv1d(shape.channels, shape.outputs, 1, bias=False)
        self.filter = None
        if shape.branches == "suppression":
            self.filter = nn.Sequential(
                nn.Conv1d(shape.features, shape.filter_channels, 1),
                nn.LeakyReLU(),
                nn.Conv1d(shape.filter_channels, 1, 1),
            )
        # Last, so that all other layers start from the same weights with and without it.
        self.context = None
        if shape.context_heads:
            self.context = ContextLayer(shape.channels, shape.context_heads)

    def forward(self, x: Tensor) -> Activations:
        base = self._activate(x)
        if self.filter is None:
            return Activations(base, None, None)
        attention = torch.sigmoid(self.filter(x))  # (B, 1, T)
        return Activations(base, self._activate(x * attention), attention.squeeze(1))

    def _activate(self, x: Tensor) -> Tensor:
        x = functional.leaky_relu(self.first(x))
        if self.context is not None:
            x = self.context(x)
        x = functional.leaky_relu(self.second(x))
        return self.last(self.dropout(x)).transpose(1, 2)  # (B, T, K)


class ContextLayer(nn.Module):
    """One pre-norm transformer layer over the positions of a video, (B, C, T) -> (B, C, T).

    Both residual parts end in a linear layer that starts at zero: an untrained layer changes
    nothing, bit for bit.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        if channels % heads:
            raise ValueError(f"{heads} heads do not divide {channels} channels")
        self.heads = heads
        self.norm = nn.LayerNorm(channels)
        self.query_key_value = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        self.feed_norm = nn.LayerNorm(channels)
        self.widen = nn.Linear(channels, 2 * channels)
        self.narrow = nn.Linear(2 * channels, channels)
        for layer in (self.out, self.narrow):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.transpose(1, 2)  # (B, T, C)
        rows = rows + self.out(self._attend(self.norm(rows)))
        rows = rows + self.narrow(functional.gelu(self.widen(self.feed_norm(rows))))
        return rows.transpose(1, 2)

    def _attend(self, rows: Tensor) -> Tensor:
        batch, positions, channels = rows.shape
        split = self.query_key_value(rows).reshape(batch, positions, 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # each (B, heads, T, C / heads)
        seen = functional.scaled_dot_product_attention(query, key, value)
        return seen.transpose(1, 2).reshape(batch, positions, channels)


def pool_top(activations: Tensor, k: int) -> Tensor:
    """(B, K) video logits: mean of the k largest values of each class over time.

    Args:
        activations: (B, T, K).
        k: at least 1 position is taken.
    """
    return activations.topk(max(1, k), dim=1).values.mean(dim=1)

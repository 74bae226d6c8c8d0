"""The transformer of CMD that foretells motion features from a clip's features."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class PredictorSize:
    """Sizes of the transformer; the defaults are the published ones."""

    width: int = 512
    heads: int = 8
    encoder_layers: int = 2
    decoder_layers: int = 4
    feedforward: int = 512
    dropout: float = 0.1


class FuturePredictor(nn.Module):
    """Encoder and decoder with learned positions, post-norm, in the manner of DETR.

    Args:
        n_channels: of the memory.
        n_memory: memory tokens.
        n_future: tokens to foretell.
        size: of the transformer.

    Positions are added to queries and keys in every attention, never to values; the decoder starts
    from zeros.
    """

    def __init__(self, n_channels: int, n_memory: int, n_future: int, size: PredictorSize) -> None:
        super().__init__()
        self.project = nn.Linear(n_channels, size.width, bias=False)
        self.memory_positions = nn.Parameter(torch.rand(n_memory, size.width))
        self.future_positions = nn.Parameter(torch.rand(n_future, size.width))
        self.encoder = nn.ModuleList(_EncoderLayer(size) for _ in range(size.encoder_layers))
        self.decoder = nn.ModuleList(_DecoderLayer(size) for _ in range(size.decoder_layers))

    def forward(self, memory: Tensor) -> Tensor:
        """Memory (B, n_memory, C) -> foretold features (B, n_future, width)."""
        memory = self.project(memory)
        for layer in self.encoder:
            memory = layer(memory, self.memory_positions)
        future = memory.new_zeros(len(memory), *self.future_positions.shape)
        for layer in self.decoder:
            future = layer(future, self.future_positions, memory, self.memory_positions)
        return future


def _attention(size: PredictorSize) -> nn.MultiheadAttention:
    return nn.MultiheadAttention(size.width, size.heads, size.dropout, batch_first=True)


def _feedforward(size: PredictorSize) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(size.width, size.feedforward),
        nn.ReLU(),
        nn.Dropout(size.dropout),
        nn.Linear(size.feedforward, size.width),
    )


class _EncoderLayer(nn.Module):
    def __init__(self, size: PredictorSize) -> None:
        super().__init__()
        self.attention, self.feedforward = _attention(size), _feedforward(size)
        self.norms = nn.ModuleList(nn.LayerNorm(size.width) for _ in range(2))
        self.dropout = nn.Dropout(size.dropout)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        placed = x + positions
        seen = self.attention(placed, placed, x, need_weights=False)[0]
        x = self.norms[0](x + self.dropout(seen))
        return self.norms[1](x + self.dropout(self.feedforward(x)))


class _DecoderLayer(nn.Module):
    def __init__(self, size: PredictorSize) -> None:
        super().__init__()
        self.own, self.across = _attention(size), _attention(size)
        self.feedforward = _feedforward(size)
        self.norms = nn.ModuleList(nn.LayerNorm(size.width) for _ in range(3))
        self.dropout = nn.Dropout(size.dropout)

    def forward(self, x: Tensor, positions: Tensor, memory: Tensor, places: Tensor) -> Tensor:
        placed = x + positions
        seen = self.own(placed, placed, x, need_weights=False)[0]
        x = self.norms[0](x + self.dropout(seen))
        seen = self.across(x + positions, memory + places, memory, need_weights=False)[0]
        x = self.norms[1](x + self.dropout(seen))
        return self.norms[2](x + self.dropout(self.feedforward(x)))

"""Proposal relation: self-attention between the proposals of one video.

Works on packed rows, one a valid cell of the score map (see `boundary_matching`): cells outside the
sequence are not there, so nothing can leak from them. Every block ends in a linear layer that
starts at zero: a network with untrained relation blocks gives bit for bit what it gives without.

Source: the proposal relation network of arXiv 2106.11812 puts self-attention over proposals into
BMN; the report gives no wiring, so position, normalisation and forms of attention are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from common.models.boundary_matching import SparseMap, SparseProduct, cell_indices

RelationKind = Literal["full", "pooled", "axial_row", "axial"]
Reach = Literal["full", "pooled", "row", "column"]

# which cells a block of each kind attends to; `axial`: every cell reaches every other in two steps
BLOCKS: dict[RelationKind, tuple[Reach, ...]] = {
    "full": ("full",),
    "pooled": ("pooled",),
    "axial_row": ("row",),
    "axial": ("row", "column"),
}


@dataclass(frozen=True, slots=True)
class RelationShape:
    """Sizes of the relation module.

    Args:
        kind: `full`, all cells; `pooled`, cells averaged `pool` x `pool`; `axial_row`, the cells of
            the same duration; `axial`, the same duration, then the same start.
        heads: attention heads; divides the channels.
        pool: side of the averaged squares, `pooled` only.
    """

    kind: RelationKind = "axial"
    heads: int = 4
    pool: int = 4


class ProposalRelation(nn.Sequential):
    """Relation blocks one after the other: rows (B, cells, C) -> rows of the same shape.

    Args:
        shape: kind and sizes.
        positions, durations: T and D of the score map.
        channels: C.
    """

    def __init__(self, shape: RelationShape, positions: int, durations: int, channels: int) -> None:
        super().__init__(
            *[
                RelationBlock(reach, positions, durations, channels, shape.heads, shape.pool)
                for reach in BLOCKS[shape.kind]
            ]
        )


class RelationBlock(nn.Module):
    """One residual step: f + out(attention(norm(f) + duration table + start table))."""

    def __init__(
        self, reach: Reach, positions: int, durations: int, channels: int, heads: int, pool: int
    ) -> None:
        super().__init__()
        if channels % heads:
            raise ValueError(f"{heads} heads do not divide {channels} channels")
        self.reach, self.positions, self.durations = reach, positions, durations
        self.heads, self.pool = heads, pool
        self.norm = nn.LayerNorm(channels)
        self.duration_table = nn.Parameter(torch.empty(durations, channels))
        self.start_table = nn.Parameter(torch.empty(positions, channels))
        self.query = nn.Linear(channels, channels)
        self.key_value = nn.Linear(channels, 2 * channels)
        self.out = nn.Linear(channels, channels)
        nn.init.normal_(self.duration_table, std=0.02)
        nn.init.normal_(self.start_table, std=0.02)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, rows: Tensor, others: Tensor | None = None) -> Tensor:
        """Rows (B, cells, C); keys and values come from `others` (same shape), or from `rows`."""
        queries = self._placed(rows)
        keys = queries if others is None else self._placed(others)
        return rows + self.out(self._attend(queries, keys))

    def _placed(self, rows: Tensor) -> Tensor:
        d, s = _cells(self.positions, self.durations, rows.device)
        return self.norm(rows) + self.duration_table[d] + self.start_table[s]

    def _attend(self, queries: Tensor, keys: Tensor) -> Tensor:
        if self.reach == "pooled":
            keys = SparseProduct.apply(
                keys,
                _pooling(self.positions, self.durations, self.pool, keys.dtype, keys.device),
            )
        q, kv = self.query(queries), self.key_value(keys)
        if self.reach in ("full", "pooled"):
            return _attention(q, kv, self.heads, None)
        return self._attend_lines(q, kv)

    def _attend_lines(self, q: Tensor, kv: Tensor) -> Tensor:
        """Attention among the cells of one duration (row) or one start (column) of the map."""
        batch, _, channels = q.shape
        d, s = _cells(self.positions, self.durations, q.device)
        size = (self.durations, self.positions)
        inside = torch.zeros(size, dtype=torch.bool, device=q.device)
        inside[d, s] = True
        index = d * self.positions + s
        if self.reach == "column":
            size, inside, index = size[::-1], inside.T, s * self.durations + d
        # (B, lines, cells of a line, C); outside the sequence lie zeros that no query may see.
        # The first cell of every line is inside, so no softmax runs over nothing.
        q_lines, kv_lines = (_spread(rows, index, size) for rows in (q, kv))
        mask = inside[:, None, None].repeat(batch, 1, 1, 1)
        attended = _attention(q_lines.flatten(0, 1), kv_lines.flatten(0, 1), self.heads, mask)
        return attended.reshape(batch, -1, channels).index_select(1, index)


def _spread(rows: Tensor, index: Tensor, size: tuple[int, ...]) -> Tensor:
    lines, length = size
    flat = rows.new_zeros(rows.shape[0], lines * length, rows.shape[2])
    return flat.index_copy(1, index, rows).view(rows.shape[0], lines, length, -1)


def _attention(q: Tensor, kv: Tensor, heads: int, mask: Tensor | None) -> Tensor:
    """Queries (B, n, C), keys and values (B, m, 2 C), mask (B, 1, 1, m) True = seen -> (B, n, C).

    torch's fused attention: the (n, m) map is never stored.
    """
    q, k, v = (x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (q, *kv.chunk(2, dim=2)))
    attended = scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return attended.transpose(1, 2).flatten(2)


@lru_cache(maxsize=16)
def _cells(positions: int, durations: int, device: torch.device) -> tuple[Tensor, Tensor]:
    d, s = cell_indices(positions, durations)
    return torch.from_numpy(d).to(device), torch.from_numpy(s).to(device)


@lru_cache(maxsize=8)
def _pooling(
    positions: int, durations: int, side: int, dtype: torch.dtype, device: torch.device
) -> SparseMap:
    """(squares, cells): mean over the valid cells of each square that holds at least one."""
    d, s = cell_indices(positions, durations)
    _, square = np.unique(d // side * positions + s // side, return_inverse=True)
    share = 1.0 / np.bincount(square)[square]
    return SparseMap.of(csr_matrix((share, (square, np.arange(len(d))))), dtype, device)

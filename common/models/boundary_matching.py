"""The boundary-matching layer and the convolution after it, without the dense mask.

Cell (d, s) of the score map is the proposal of d + 1 positions that starts at position s. The layer
reads N sample points of the sequence for every cell; the (N, 1, 1) convolution after it mixes
samples and channels. Both are linear, so the order can be swapped: project the sequence once per
sample point (one matrix product), then gather for every cell the few (position, sample) rows that
it reads (one sparse product). Only the cells inside the sequence, d + s < T, exist: results are
packed rows, one a valid cell, ordered by d, then s.

Source: Lin et al., BMN, ICCV 2019, section 4.2; the sampling rule is that of open-mmlab/mmaction2
(mmaction/models/localizers/bmn.py), including its rounding toward zero at the left edge.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class MapShape:
    """The score map and its sampling.

    Args:
        positions: T, positions of the sequence and start bins of the map.
        durations: D, duration bins; at most T.
        samples: N, sample points a cell.
        points: K, interpolated points averaged into one sample point.
        boundary_ratio: share of its length by which a proposal is widened on both sides.
    """

    positions: int
    durations: int
    samples: int
    points: int = 3
    boundary_ratio: float = 0.5

    def __post_init__(self) -> None:
        if not 1 <= self.durations <= self.positions:
            raise ValueError(f"{self.durations} durations do not fit {self.positions} positions")
        if self.samples * self.points < 2:
            raise ValueError("a cell needs at least two interpolated points")

    @property
    def n_cells(self) -> int:
        """Number of valid cells."""
        return sum(self.positions - d for d in range(self.durations))


@lru_cache(maxsize=16)
def cell_indices(positions: int, durations: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(cells,) duration index and (cells,) start index of the valid cells, in row order."""
    d, s = np.nonzero(np.add.outer(np.arange(durations), np.arange(positions)) < positions)
    return d, s


def sampling_matrix(shape: MapShape) -> csr_matrix:
    """The sampling weights: (cells, T * N) float64, column = position * N + sample.

    Points of cell (d, s): N * K values evenly spaced over [s - r L, s + d + r L], ends included,
    L = d + 1; each adds 1/K of a linear interpolation. Positions are rounded toward zero, so that a
    point in (-1, 0) counts fully for position 0; other parts outside the sequence are lost.
    """
    blocks = [_duration_block(shape, d) for d in range(shape.durations)]
    counts = np.concatenate([block[0] for block in blocks])
    columns = np.concatenate([block[1] for block in blocks])
    values = np.concatenate([block[2] for block in blocks])
    row_starts = np.concatenate([[0], np.cumsum(counts)])
    size = (shape.n_cells, shape.positions * shape.samples)
    return csr_matrix((values, columns.astype(np.int32), row_starts.astype(np.int32)), shape=size)


def _duration_block(
    shape: MapShape, d: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Entries a row, columns and values of the cells of one duration."""
    n_samples, per_sample = shape.samples, 2 * shape.points
    low, high, weight_high = _sampling_points(shape, d)
    n_starts = len(low)
    position = np.stack([low, high], axis=-1).reshape(n_starts, n_samples, per_sample)
    weight = np.stack([1.0 - weight_high, weight_high], axis=-1).reshape(position.shape)
    inside = (position >= 0) & (position < shape.positions)
    # The points of one sample lie close together: sum them in a narrow window, not over all T.
    first = position.min(axis=-1, keepdims=True)
    width = int((position - first).max()) + 1
    slot = np.arange(n_starts * n_samples).reshape(n_starts, n_samples, 1)
    key = (slot * width + position - first).ravel()
    total = np.bincount(key, np.where(inside, weight, 0.0).ravel(), slot.size * width)
    used = np.flatnonzero(total)
    row, rest = np.divmod(used, n_samples * width)
    sample, offset = np.divmod(rest, width)
    column = (first[row, sample, 0] + offset) * n_samples + sample
    order = np.lexsort((column, row))
    counts = np.bincount(row, minlength=n_starts)
    return counts, column[order], (total[used] * (1.0 / shape.points))[order]


def _sampling_points(
    shape: MapShape, d: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """(T - d, N * K): lower and upper neighbour of every point, and the weight of the upper one."""
    start = np.arange(shape.positions - d, dtype=np.float64)
    margin = (d + 1) * shape.boundary_ratio
    first, last = start - margin, start + d + margin
    n_points = shape.samples * shape.points
    step = (last - first) / (n_points - 1)
    point = first[:, None] + step[:, None] * np.arange(n_points)
    low = np.trunc(point)
    return low.astype(np.int64), np.ceil(point).astype(np.int64), point - low


@dataclass(frozen=True, slots=True)
class SparseMap:
    """A constant sparse matrix and its transpose, both row-compressed: one for each direction."""

    forward: Tensor
    backward: Tensor

    @classmethod
    def of(cls, matrix: csr_matrix, dtype: torch.dtype, device: torch.device) -> SparseMap:
        """The pair for a scipy matrix; copies it."""
        return cls(*(_to_torch(m, dtype, device) for m in (matrix, matrix.T.tocsr())))


def _to_torch(matrix: csr_matrix, dtype: torch.dtype, device: torch.device) -> Tensor:
    with warnings.catch_warnings():
        # torch calls its row-compressed layout beta; the products used here are covered by tests.
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support")
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int32)),
            torch.from_numpy(matrix.indices.astype(np.int32)),
            torch.from_numpy(matrix.data),
            matrix.shape,
            dtype=dtype,
            device=device,
            check_invariants=True,
        )


@lru_cache(maxsize=8)
def sampling_map(shape: MapShape, dtype: torch.dtype, device: torch.device) -> SparseMap:
    """The sampling weights as tensors, built once a process for all networks of this shape."""
    return SparseMap.of(sampling_matrix(shape), dtype, device)


class SparseProduct(torch.autograd.Function):
    """rows (B, n, H) -> matrix @ rows (B, m, H), item by item; the matrix has no gradient.

    Every output row is summed in the order of its columns: the result does not depend on threads.
    """

    @staticmethod
    def forward(ctx, rows: Tensor, matrix: SparseMap) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.matrix = matrix
        return _product(matrix.forward, rows)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad: Tensor):  # type: ignore[no-untyped-def]
        return _product(ctx.matrix.backward, grad), None


def _product(matrix: Tensor, rows: Tensor) -> Tensor:
    out = rows.new_empty(rows.shape[0], matrix.shape[0], rows.shape[2])
    for item, target in zip(rows, out, strict=True):
        torch.mm(matrix, item.contiguous(), out=target)
    return out


class BoundaryMatching(nn.Module):
    """Sampling and (N, 1, 1) convolution: (B, C, T) -> packed rows (B, cells, H), bias included.

    `weight` is (C, N * H), column = sample * H + output channel: the layout in which the projection
    is one product without a copy; see `kernel_to_weight`.
    """

    def __init__(self, shape: MapShape, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.shape = shape
        self.weight = nn.Parameter(torch.empty(in_channels, shape.samples * out_channels))
        self.bias = nn.Parameter(torch.empty(out_channels))
        bound = 1.0 / math.sqrt(in_channels * shape.samples)  # that of nn.Conv3d
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        batch, _, n_positions = x.shape
        if n_positions != self.shape.positions:
            raise ValueError(f"{n_positions} positions given, {self.shape.positions} expected")
        projected = x.transpose(1, 2) @ self.weight  # (B, T, N * H)
        # Mixed precision ends here: the sparse product takes the precision of the input.
        projected = projected.view(batch, n_positions * self.shape.samples, -1).to(x.dtype)
        sampling = sampling_map(self.shape, x.dtype, x.device)
        return SparseProduct.apply(projected, sampling) + self.bias


def kernel_to_weight(kernel: Tensor) -> Tensor:
    """A published Conv3d kernel (H, C, N, 1, 1) in the layout of `BoundaryMatching.weight`."""
    return kernel[..., 0, 0].permute(1, 2, 0).flatten(1)


def weight_to_kernel(weight: Tensor, samples: int) -> Tensor:
    """The inverse of `kernel_to_weight`."""
    return weight.unflatten(1, (samples, -1)).permute(2, 0, 1)[..., None, None]


def unpack(rows: Tensor, fill: Tensor, positions: int, durations: int) -> Tensor:
    """Packed rows (B, cells, C) -> map (B, C, D, T); `fill` (C,) goes to the cells outside.

    The map is channels-last in memory: rows are copied, never transposed.
    """
    batch, _, channels = rows.shape
    d, s = cell_indices(positions, durations)
    index = torch.from_numpy(d * positions + s).to(rows.device)
    flat = fill.expand(batch, durations * positions, channels).index_copy(1, index, rows)
    return flat.view(batch, durations, positions, channels).permute(0, 3, 1, 2)


def pack(full: Tensor) -> Tensor:
    """Map (B, C, D, T) -> packed rows (B, cells, C) of its valid cells."""
    d, s = cell_indices(full.shape[3], full.shape[2])
    return full[:, :, torch.from_numpy(d), torch.from_numpy(s)].transpose(1, 2)

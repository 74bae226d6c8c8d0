"""The two contrastive losses of CMD, with the keys of all workers."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import functional

TEMPERATURE = 0.1


def context_loss(queries: Tensor, keys: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """InfoNCE of clips against the I-frames of the global batch.

    Args:
        queries: (B, D) unit vectors of this worker.
        keys: (B, D) unit vectors of this worker; row i belongs to query i.
        temperature: divides the cosines.

    Source: arXiv 2104.00862, context matching.
    """
    labels = _own_row(len(keys)) + torch.arange(len(queries), device=queries.device)
    return functional.cross_entropy(queries @ gather_rows(keys).T / temperature, labels)


def motion_loss(queries: Tensor, keys: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """InfoNCE of foretold places against all places of all motion clips of the global batch.

    Args:
        queries: (B, P, D) unit vectors of this worker.
        keys: (1 + negatives, B, P, D) unit vectors of this worker. Flattened in this order, so
            that its first B * P rows belong to the queries.
        temperature: divides the cosines.

    Source: arXiv 2104.00862, motion prediction.
    """
    rows, flat = queries.flatten(0, 1), keys.flatten(0, 2)
    labels = _own_row(len(flat)) + torch.arange(len(rows), device=rows.device)
    return functional.cross_entropy(rows @ gather_rows(flat).T / temperature, labels)


def top1(queries: Tensor, keys: Tensor) -> Tensor:
    """Share of motion queries (B, P, D) whose most alike key (K, B, P, D) is the true one, or of
    context queries (B, D) among keys (B, D); this worker's keys only.
    """
    rows, flat = queries.reshape(-1, queries.shape[-1]), keys.reshape(-1, keys.shape[-1])
    found = (rows @ flat.T).argmax(dim=1)
    return (found == torch.arange(len(rows), device=found.device)).float().mean()


def gather_rows(rows: Tensor) -> Tensor:
    """The rows (n, D) of all workers, (W * n, D), in the order of their ranks.

    The gradient comes back from all of them: with the mean over workers that distributed training
    takes anyway, it is that of one process with the global batch.
    """
    if not (dist.is_available() and dist.is_initialized()):
        return rows
    return _Gather.apply(rows)


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, rows: Tensor) -> Tensor:
        context.length = len(rows)
        parts = [torch.empty_like(rows) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        gradient = gradient.contiguous()
        dist.all_reduce(gradient)
        start = dist.get_rank() * context.length
        return gradient[start : start + context.length]


def _own_row(n_rows: int) -> int:
    """Row of this worker's first key among all."""
    return dist.get_rank() * n_rows if dist.is_available() and dist.is_initialized() else 0

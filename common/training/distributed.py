"""Training by several processes: torchrun and SLURM, on GPUs or, with gloo, on CPUs."""

from __future__ import annotations

import os
from typing import Any, Literal

import torch
from mmengine.dist import get_world_size, init_dist

from common.core.errors import InputError

# Without `device_ids` mmengine names a GPU; buffers differ by process, the first one's are kept.
MODEL_WRAPPER: dict[str, Any] = {
    "type": "MMDistributedDataParallel",
    "device_ids": None,
    "broadcast_buffers": False,
}


def join_workers() -> Literal["none", "pytorch", "slurm"]:
    """Join the group of processes that torchrun or SLURM started, if one did; the launcher that
    mmengine's Runner is to be told.
    """
    launcher: Literal["none", "pytorch", "slurm"] = "none"
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        launcher = "pytorch"
    elif int(os.environ.get("SLURM_NTASKS", "1")) > 1:
        launcher = "slurm"
    if launcher != "none" and not torch.distributed.is_initialized():
        if torch.cuda.is_available():
            init_dist(launcher, backend="nccl")
        else:  # mmengine would ask for a GPU
            torch.distributed.init_process_group("gloo")
    return launcher


def batch_of_one(batch_size: int) -> int:
    """Items of a batch that one worker sees.

    Raises:
        InputError: the batch does not divide among the workers.
    """
    workers = get_world_size()
    if batch_size % workers:
        raise InputError(
            "training.workers",
            "batch_size",
            f"{batch_size} items do not divide among {workers} workers",
            "Choose a multiple.",
        )
    return batch_size // workers

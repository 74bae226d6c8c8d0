"""CMD's losses: golden values, the order of keys, and two workers that equal one."""

import math

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as processes
from torch.nn import functional

from common.training.cmd.losses import context_loss, motion_loss, top1


def unit(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(
        torch.randn(*shape, generator=generator, dtype=torch.float64), dim=-1
    )


def test_one_clip_one_place_no_negative_costs_nothing():
    one = unit(1, 1, 4)
    assert motion_loss(one, one[None]).item() == 0
    assert context_loss(one[0], one[0]).item() == 0


def test_features_all_alike_cost_the_logarithm_of_the_keys():
    alike = torch.full((2, 49, 4), 0.5)
    assert motion_loss(alike, alike.expand(4, 2, 49, 4)).item() == pytest.approx(math.log(392))
    assert math.log(4 * 49 * 2) == pytest.approx(5.971, abs=5e-4)
    assert context_loss(alike[:, 0], alike[:, 0]).item() == pytest.approx(math.log(2))


def test_a_perfect_match_of_orthonormal_keys():
    keys = torch.eye(12, dtype=torch.float64).reshape(2, 2, 3, 12)  # 1 negative, 2 clips, 3 places
    expected = math.log(1 + 11 * math.exp(-10))
    assert motion_loss(keys[0], keys).item() == pytest.approx(expected, rel=1e-9)
    assert top1(keys[0], keys) == 1


def test_only_the_true_future_of_the_same_clip_and_place_is_right():
    queries, keys = unit(2, 3, 5), unit(4, 2, 3, 5, seed=1)
    total = 0.0
    for b in range(2):
        for p in range(3):
            likeness = torch.exp(keys @ queries[b, p] / 0.1)
            total -= math.log(likeness[0, b, p] / likeness.sum())
    assert motion_loss(queries, keys).item() == pytest.approx(total / 6, rel=1e-9)


def _loss_and_gradients(queries, keys):
    queries, keys = queries.clone().requires_grad_(), keys.clone().requires_grad_()
    loss = motion_loss(queries, keys) + context_loss(queries[:, 0], keys[0, :, 0])
    loss.backward()
    return loss.detach(), queries.grad, keys.grad


def _worker(rank, store, queries, keys, answers):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    own = slice(2 * rank, 2 * rank + 2)
    found = _loss_and_gradients(queries[own], keys[:, own])
    for part, answer in zip(found, answers, strict=True):
        answer[rank] = part
    dist.destroy_process_group()


def test_two_workers_have_the_loss_and_the_gradients_of_one(tmp_path):
    queries, keys = unit(4, 3, 5), unit(2, 4, 3, 5, seed=1)
    loss, query_gradient, key_gradient = _loss_and_gradients(queries, keys)
    answers = [
        torch.zeros(2, dtype=torch.float64).share_memory_(),
        torch.zeros(2, 2, 3, 5, dtype=torch.float64).share_memory_(),
        torch.zeros(2, 2, 2, 3, 5, dtype=torch.float64).share_memory_(),
    ]
    # Not forked: a child would inherit the locks of torch's threads, held by nobody.
    processes.spawn(_worker, (str(tmp_path / "store"), queries, keys, answers), nprocs=2)
    losses, query_gradients, key_gradients = answers
    assert losses.mean().item() == pytest.approx(loss.item(), rel=1e-12)
    # Distributed training takes the mean over workers: half of each worker's gradient.
    assert torch.allclose(query_gradients.flatten(0, 1) / 2, query_gradient)
    assert torch.allclose(torch.cat(list(key_gradients), dim=1) / 2, key_gradient)

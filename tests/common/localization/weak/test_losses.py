"""Losses of weak supervision: known values, gradients, and what must not matter."""

import math

import numpy as np
import pytest
import torch

from common.core.params.weak import LocalTerms, SecondRound, WeakTraining
from common.localization.weak.losses import IGNORED, frame_loss, local_losses, video_loss, weak_loss
from common.models.basnet import Activations

LOCAL = LocalTerms(divisor=4, background=1.0, action=1.0, entropy=1.0, smoothness=1.0)


def _training(local=LOCAL, second=None):
    return WeakTraining(epochs=1, batch_size=1, local=local, second_round=second)


def test_the_video_loss_of_equal_scores_is_the_entropy_of_the_labels():
    labels = torch.tensor([[1.0, 0.0]])
    found = video_loss(torch.zeros(1, 8, 3), labels, 2, background=1.0)
    # Scores 1/3 each; labels 1/2, 0, 1/2.
    known = -np.mean([0.5 * math.log(1 / 3) + 0.5 * math.log(2 / 3), math.log(2 / 3)] * 2 + [0])
    known = -(2 * (0.5 * math.log(1 / 3) + 0.5 * math.log(2 / 3)) + math.log(2 / 3)) / 3
    assert found.item() == pytest.approx(known, rel=1e-6)


def test_only_the_best_positions_vote():
    activations = torch.zeros(1, 6, 3, requires_grad=True)
    with torch.no_grad():
        activations[0, 2, 0], activations[0, 4, 0] = 3.0, 2.0
    video_loss(activations, torch.tensor([[1.0, 0.0]]), 2, 1.0).backward()
    assert torch.nonzero(activations.grad[0, :, 0]).flatten().tolist() == [2, 4]


def test_least_attention_is_background_and_the_best_of_a_class_never():
    base = torch.zeros(1, 8, 3, requires_grad=True)
    with torch.no_grad():
        base[0, 0, 0] = base[0, 1, 0] = 5.0
    attention = torch.tensor([[0.0, 0.1, 0.2, 0.3, 0.9, 0.9, 0.9, 0.9]])
    terms = local_losses(base, attention, torch.tensor([[1.0, 0.0]]), LOCAL)
    terms["background_loss"].backward()
    # Positions 0 and 1 have the least attention, but are the class's best: 2 and 3 are taken.
    assert torch.nonzero(base.grad[0].abs().sum(dim=1)).flatten().tolist() == [2, 3]


def test_known_values_of_the_local_terms():
    base = torch.zeros(2, 8, 3)
    attention = torch.full((2, 8), 0.5)
    labels = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    terms = {k: v.item() for k, v in local_losses(base, attention, labels, LOCAL).items()}
    assert terms["background_loss"] == pytest.approx(math.log(3), rel=1e-6)
    assert terms["action_loss"] == pytest.approx(math.log(3), rel=1e-6)
    assert terms["entropy_loss"] == pytest.approx(0.0, abs=1e-6)
    assert terms["smooth_loss"] == 0.0


def test_positions_are_never_short_of_background():
    labels, base = torch.ones(1, 4), torch.randn(1, 4, 5)
    terms = local_losses(base, torch.rand(1, 4), labels, LocalTerms(divisor=1))
    assert all(torch.isfinite(value) for value in terms.values())
    assert terms["background_loss"].item() == 0.0  # all positions are the best of some class


def test_ignored_positions_teach_nothing():
    base = torch.randn(1, 4, 3, requires_grad=True)
    attention = torch.full((1, 4), 0.5)
    frame_loss(base, attention, torch.tensor([[0, IGNORED, 2, IGNORED]])).backward()
    assert (base.grad[0].abs().sum(dim=1) > 0).tolist() == [True, False, True, False]
    nothing = frame_loss(base, attention, torch.full((1, 4), IGNORED))
    assert nothing.item() == 0.0


def test_every_branch_adds_its_terms():
    labels = torch.tensor([[1.0, 0.0]])
    plain = weak_loss(Activations(torch.zeros(1, 8, 2), None, None), labels, _training(), 2)
    assert set(plain) == {"base_loss"}
    found = Activations(torch.zeros(1, 8, 3), torch.zeros(1, 8, 3), torch.full((1, 8), 0.5))
    both = weak_loss(found, labels, _training(local=None), 2)
    assert set(both) == {"base_loss", "suppressed_loss", "attention_loss"}
    assert both["attention_loss"].item() == pytest.approx(1e-4 * 4.0)
    second = _training(second=SecondRound(weight=1.0))
    frames = torch.zeros(1, 8, dtype=torch.int64)
    assert "frame_loss" in weak_loss(found, labels, second, 2, frames)

"""Losses for long tails: known values, and what each is to do."""

import math

import pytest
import torch
from torch.nn import functional

from common.training.longtail_losses import ClassStatistics, effective_weights, make_loss

COUNTS = torch.tensor([900.0, 90.0, 10.0])
STATISTICS = ClassStatistics(COUNTS, 1000)
SEVERAL = ("plain", "class_balanced", "logit_adjusted", "distribution_balanced", "focal")


def _one_hot(*labels):
    return torch.eye(3)[list(labels)]


def test_effective_weights_follow_their_formula_and_have_mean_one():
    raw = [(1 - 0.999) / (1 - 0.999**n) for n in (900, 90, 10)]
    expected = [3 * w / sum(raw) for w in raw]
    assert effective_weights(COUNTS).tolist() == pytest.approx(expected, rel=1e-4)


def test_a_class_without_instances_gets_no_weight():
    weights = effective_weights(torch.tensor([10.0, 0.0, 10.0]))
    assert weights.tolist() == pytest.approx([1.0, 0.0, 1.0])


def test_plain_is_cross_entropy_of_softmax_or_sigmoid():
    logits, truth = torch.randn(5, 3), _one_hot(0, 1, 2, 0, 1)
    expected = functional.cross_entropy(logits, truth.argmax(1))
    assert make_loss("plain", False, STATISTICS)(logits, truth) == pytest.approx(expected)
    expected = functional.binary_cross_entropy_with_logits(logits, truth)
    assert make_loss("plain", True, STATISTICS)(logits, truth) == pytest.approx(expected)


def test_logit_adjustment_is_softmax_with_the_priors_in_it():
    loss = make_loss("logit_adjusted", False, STATISTICS)
    # Equal logits: the probability of a class is its prior.
    assert loss(torch.zeros(1, 3), _one_hot(2)).item() == pytest.approx(-math.log(0.01), rel=1e-5)


@pytest.mark.parametrize("name", ["class_balanced", "logit_adjusted"])
def test_mistakes_on_the_tail_cost_more_than_on_the_head(name):
    loss = make_loss(name, False, STATISTICS)
    logits = torch.zeros(3, 3, requires_grad=True)
    loss(logits, _one_hot(0, 1, 2)).backward()
    own = -logits.grad.diagonal()
    assert own[2] > own[1] > own[0]


def test_class_balanced_weights_touch_positives_only():
    loss = make_loss("class_balanced", True, STATISTICS)
    logits = torch.zeros(1, 3)
    rare = 3 * math.log(2) / 3
    assert loss(logits, torch.zeros(1, 3)).item() == pytest.approx(rare)
    weights = effective_weights(COUNTS)
    expected = (weights[2].item() + 2) * math.log(2) / 3
    assert loss(logits, _one_hot(2)).item() == pytest.approx(expected, rel=1e-5)


def test_focal_and_asymmetric_follow_their_formulas_at_one_point():
    logits, truth = torch.tensor([[1.0, -2.0]]), torch.tensor([[1.0, 0.0]])
    p, q = torch.sigmoid(logits[0]).tolist()
    statistics = ClassStatistics(torch.tensor([5.0, 5.0]), 10)
    focal = 0.25 * (1 - p) ** 2 * -math.log(p) + 0.75 * q**2 * -math.log(1 - q)
    found = make_loss("focal", True, statistics)(logits, truth).item()
    assert found == pytest.approx(focal / 2, rel=1e-5)
    shifted = q - 0.05
    asymmetric = (1 - p) * -math.log(p) + shifted**4 * -math.log(1 - shifted)
    found = make_loss("asymmetric", True, statistics)(logits, truth).item()
    assert found == pytest.approx(asymmetric / 2, rel=1e-5)


def test_the_distribution_balanced_loss_lets_clear_negatives_go():
    loss = make_loss("distribution_balanced", True, STATISTICS)
    logits = torch.tensor([[5.0, -3.0, -3.0]], requires_grad=True)
    loss(logits, _one_hot(0)).backward()
    plain = torch.tensor([[5.0, -3.0, -3.0]], requires_grad=True)
    make_loss("plain", True, STATISTICS)(plain, _one_hot(0)).backward()
    assert logits.grad[0, 1] < 0.01 * plain.grad[0, 1]


@pytest.mark.parametrize("name", [*SEVERAL, "asymmetric"])
def test_every_loss_pushes_towards_the_truth_and_is_finite_at_extremes(name):
    loss = make_loss(name, True, STATISTICS)
    truth = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    good, bad = 4 * (2 * truth - 1), -4 * (2 * truth - 1)
    assert loss(good, truth) < loss(bad, truth)
    assert torch.isfinite(loss(30 * good, truth)) and torch.isfinite(loss(30 * bad, truth))

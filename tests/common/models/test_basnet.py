"""Background suppression network: shapes, the untrained context layer, what gradients reach."""

import pytest
import torch
from torch.nn.functional import leaky_relu

from common.models.basnet import BasNet, BasNetShape, ContextLayer, pool_top


def _network(branches="suppression", heads=0, seed=0):
    torch.manual_seed(seed)
    return BasNet(BasNetShape(6, 3, 8, 4, 0.0, heads, branches)).eval()


@pytest.mark.parametrize(
    ("branches", "outputs"), [("plain", 3), ("background", 4), ("suppression", 4)]
)
def test_shapes(branches, outputs):
    found = _network(branches)(torch.randn(2, 6, 10))
    assert found.base.shape == (2, 10, outputs)
    if branches == "suppression":
        assert found.suppressed.shape == (2, 10, 4) and found.attention.shape == (2, 10)
        assert ((found.attention > 0) & (found.attention < 1)).all()
    else:
        assert found.suppressed is None and found.attention is None


def test_the_published_sizes():
    counts = sum(p.numel() for p in BasNet(BasNetShape(2048, 20, context_heads=0)).parameters())
    filter_ = 2048 * 512 + 512 + 512 + 1
    assert counts == filter_ + 2 * (2048 * 2048 * 3 + 2048) + 2048 * 21


def test_an_untrained_context_layer_changes_nothing():
    x = torch.randn(2, 6, 10)
    with_, without = _network(heads=2), _network(heads=0)
    for a, b in zip(with_(x), without(x), strict=True):
        assert torch.equal(a, b)


def test_a_trained_context_layer_reaches_the_whole_video():
    layer = ContextLayer(8, 2)
    torch.nn.init.normal_(layer.out.weight)
    x = torch.randn(1, 8, 30)
    moved = x.clone()
    moved[:, 0, 29] += 1.0
    assert not torch.equal(layer(x)[:, :, 0], layer(moved)[:, :, 0])


def test_both_branches_share_their_layers_and_all_of_them_learn():
    network = _network(heads=2)
    found = network(torch.randn(2, 6, 10))
    (found.base.square().sum() + found.suppressed.square().sum()).backward()
    still = {n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()}
    # Behind layers that start at zero nothing learns in the first step.
    assert all(name.startswith("context.") for name in still)
    assert {"context.out.weight", "context.narrow.weight"}.isdisjoint(still)


def test_the_suppression_branch_sees_the_filtered_features():
    network, x = _network(), torch.randn(1, 6, 10)
    found = network(x)
    again = network(x * found.attention[:, None])
    assert torch.allclose(again.base, found.suppressed)
    assert leaky_relu(torch.tensor(-1.0)) == pytest.approx(-0.01)


def test_a_class_scores_by_its_best_positions():
    activations = torch.tensor([[[1.0, 0.0], [3.0, 0.0], [2.0, 9.0]]])
    assert pool_top(activations, 2).tolist() == [[2.5, 4.5]]

"""Residual 3-D networks and C3D: published sizes and costs, shapes, names of published weights."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from common.models.c3d import C3dBn
from common.models.residual3d import (
    Factorised,
    from_cmd_release,
    r2d3d_18,
    r2plus1d_10,
    r2plus1d_26,
    r3d_26,
)

BUILDERS = {
    "r2d3d_18": r2d3d_18,
    "r2plus1d_10": r2plus1d_10,
    "r2plus1d_26": r2plus1d_26,
    "r3d_26": r3d_26,
    "c3d": C3dBn,
}


@pytest.mark.parametrize(
    ("name", "parameters", "gmac", "shape"),
    [
        ("r2d3d_18", 14_057_536, 6.86, (256, 4, 4, 4)),
        ("r2plus1d_10", 14_365_477, 21.33, (512, 2, 7, 7)),
        ("r2plus1d_26", 26_507_471, 10.20, (2048, 2, 4, 4)),
        ("r3d_26", 26_498_752, 9.26, (2048, 2, 4, 4)),
        ("c3d", 27_661_440, 38.50, (512, 2, 7, 7)),
    ],
)
def test_published_parameters_cost_and_shape(name, parameters, gmac, shape):
    with torch.device("meta"):
        network = BUILDERS[name]()
        clip = torch.zeros(1, 3, 16, 112, 112)
    assert sum(p.numel() for p in network.parameters()) == parameters
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        assert network(clip).shape == (1, *shape)
    assert counter.get_total_flops() / 2e9 == pytest.approx(gmac, rel=0.005)
    assert network.n_features == shape[0]


@pytest.mark.parametrize("name", BUILDERS)
def test_small_networks_learn_in_every_layer(name):
    torch.manual_seed(0)
    network = BUILDERS[name](width=4)
    clips = torch.randn(2, 3, 8, 32, 48)
    network(clips).square().mean().backward()
    assert all(p.grad is not None for p in network.parameters())


@pytest.mark.parametrize("name", ["r2plus1d_26", "r3d_26"])
def test_bottlenecks_start_as_identities(name):
    torch.manual_seed(0)
    network = BUILDERS[name](width=4).eval()
    x = torch.rand(1, 16, 2, 4, 4)
    assert torch.equal(network.layer1[1](x), x)


def test_the_first_two_stages_of_r2d3d_see_single_frames():
    torch.manual_seed(0)
    network = r2d3d_18(width=4).eval()
    clips = torch.randn(1, 3, 8, 32, 32)
    changed = clips.clone()
    changed[:, :, 3] += 1.0
    with torch.no_grad():
        before, after = network.maps(clips), network.maps(changed)
    differs = [(a != b).flatten(3).any(dim=(0, 1, 3)) for a, b in zip(before, after, strict=True)]
    assert [i for i in range(8) if differs[1][i]] == [3]
    assert int(differs[2].sum()) > 1


def test_a_factorised_convolution_has_about_as_many_weights_as_the_full_one():
    stem = Factorised(3, 64, (3, 7, 7), (1, 2, 2), 1e-5)
    assert stem[0].out_channels == 83  # as published
    weights = sum(p.numel() for p in (stem[0].weight, stem[3].weight))
    assert weights <= 3 * 64 * 3 * 7 * 7
    assert weights == pytest.approx(3 * 64 * 3 * 7 * 7, rel=0.01)


def _released(name):
    """Our name as the authors' release writes it."""
    for ours, theirs in ((".0.", "_s."), (".3.", "_t.")):
        for i in "12":
            name = name.replace(f"conv{i}{ours}", f"conv{i}{theirs}")
    for i in "12":
        if f"conv{i}.1." in name:
            return name.replace(f"conv{i}.1.", f"bn{i}_s.")
    return name


def test_the_names_of_the_released_weights_are_mapped():
    state = r2plus1d_26(width=4).state_dict()
    released = {}
    for name, tensor in state.items():
        theirs = _released(name)
        factored = name.startswith("bn1.") or ".bn2." in name
        if factored:
            theirs = theirs.replace("bn1.", "bn1_t.").replace("bn2.", "bn2_t.")
        released[theirs] = tensor
    assert "conv1_s.weight" in released and "layer4.1.bn2_t.running_mean" in released
    assert "layer1.0.bn1.weight" in released
    released["fc.weight"] = torch.zeros(5, 128)
    found = from_cmd_release(released)
    assert set(found) == set(state)
    assert all(found[name] is tensor for name, tensor in state.items())

"""CMD's networks: published sizes, shapes, key order, and unit features."""

import pytest
import torch
from torch import nn

from common.models.cmd import CmdSize, Head, build_cmd, last_map, two_scales
from common.models.cmd_predictor import FuturePredictor, PredictorSize
from common.models.resnet10 import ResNet10

SMALL = CmdSize(PredictorSize(8, 2, 1, 1, 8, 0.0), 2, 1, 2, hidden=8, n_keys=4)


def n_parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_motion_network_has_the_published_size():
    network = ResNet10(3, 2, stem_stride=1).eval()
    assert n_parameters(network) == 14_352_384
    with torch.inference_mode():
        assert network(torch.zeros(1, 2, 8, 112, 112)).shape == (1, 512, 1, 7, 7)


def test_the_picture_network_has_the_published_size():
    network = ResNet10(2, 3).eval()
    assert n_parameters(network) == 4_905_792
    with torch.inference_mode():
        assert network(torch.zeros(1, 3, 112, 112)).shape == (1, 512, 4, 4)


def test_the_published_predictor_maps_98_tokens_to_49():
    torch.manual_seed(0)
    predictor = FuturePredictor(2048, 98, 49, PredictorSize()).eval()
    positions = predictor.memory_positions
    assert 0 <= positions.min() < 0.01 and 0.99 < positions.max() <= 1
    with torch.inference_mode():
        assert predictor(torch.zeros(2, 98, 2048)).shape == (2, 49, 512)


def test_the_two_scale_readout_stacks_even_and_odd_steps():
    third, fourth = torch.randn(1, 3, 4, 7, 7), torch.randn(1, 6, 2, 4, 4)
    memory, pooled = two_scales(third, fourth)
    assert memory.shape == (1, 6, 2, 7, 7)
    assert torch.equal(memory[0, :3, 1, 0, 0], third[0, :, 2, 0, 0] + fourth[0, :3, 1, 0, 0])
    assert torch.equal(memory[0, 3:, 1, 6, 6], third[0, :, 3, 6, 6] + fourth[0, 3:, 1, 3, 3])
    assert torch.allclose(pooled, fourth.mean(dim=(2, 3, 4)))


def small_cmd(parts=frozenset({"motion", "context"})):
    torch.manual_seed(0)
    backbone = nn.Conv3d(3, 6, 3, (2, 8, 8), 1)
    return build_cmd(
        backbone,
        lambda net, clips: last_map(net(clips)),
        (3, 4, 32, 32),
        (2, 8, 32, 32),
        SMALL,
        parts,
    )


def batch():
    torch.manual_seed(1)
    return torch.randn(2, 3, 4, 32, 32), torch.randn(2, 3, 2, 8, 32, 32), torch.randn(2, 3, 32, 32)


def test_features_are_unit_vectors_of_the_documented_shapes():
    found = small_cmd()(*batch())
    assert found.motion_queries.shape == (2, 4, 4)  # motion maps of 32x32 end in 2x2 places
    assert found.motion_keys.shape == (3, 2, 4, 4)
    assert found.context_queries.shape == found.context_keys.shape == (2, 4)
    for part in ("motion_queries", "motion_keys", "context_queries", "context_keys"):
        lengths = getattr(found, part).norm(dim=-1)
        assert torch.allclose(lengths, torch.ones_like(lengths), atol=1e-5)


def test_keys_lie_by_motion_clip_first():
    network = small_cmd().eval()
    clips, futures, frames = batch()
    keys = network(clips, futures, frames).motion_keys
    alone = network(clips[1:], futures[1:, 2:], frames[1:]).motion_keys
    assert torch.allclose(keys[2, 1], alone[0, 0], atol=1e-5)


@pytest.mark.parametrize("part", ["motion", "context"])
def test_a_branch_can_stand_alone(part):
    found = small_cmd(frozenset({part}))(*batch())
    assert (found.motion_queries is None) == (part == "context")
    assert (found.context_queries is None) == (part == "motion")


def test_a_head_works_on_any_leading_axes():
    head = Head(3, 8, 4).eval()
    x = torch.randn(2, 5, 3)
    assert torch.allclose(head(x)[1, 2], head(x[1, 2][None])[0], atol=1e-6)

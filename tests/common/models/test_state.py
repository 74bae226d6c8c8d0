"""A state that does not fit its network is refused, with the first key that differs."""

import pytest
import torch
from torch import nn

from common.core.errors import InputError
from common.models.state import load_state


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))


def test_wrong_shape_names_key_and_both_shapes(network):
    state = dict(network.state_dict())
    state["1.weight"] = torch.ones(7)
    state["2.weight"] = torch.ones(9, 9)
    message = r"tensor '1\.weight' has shape \(7,\), the network needs \(4,\)"
    with pytest.raises(InputError, match=message):
        load_state(network, state, "w.safetensors")


def test_a_missing_key_and_an_unknown_key_are_named_and_nothing_is_loaded(network):
    state = {name: torch.zeros_like(tensor) for name, tensor in network.state_dict().items()}
    bias = state.pop("2.bias")
    before = network.state_dict()["2.weight"].clone()
    with pytest.raises(InputError, match=r"w: has no tensor '2\.bias'"):
        load_state(network, state, "w")
    with pytest.raises(
        InputError, match=r"tensor '2\.biass' is unknown\. Did you mean \"2\.bias\""
    ):
        load_state(network, state | {"2.bias": bias, "2.biass": bias}, "w")
    assert torch.equal(network.state_dict()["2.weight"], before)

"""Weights: what is written is read back, and foreign files run nothing."""

import pickle

import pytest
import torch
from torch import nn

from common.core.errors import InputError
from common.core.hashing import sha256_file
from common.models.state import load_state
from common.training.weights import load_foreign, load_weights, save_weights


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))


def test_round_trip_is_exact(tmp_path, network):
    save_weights(network, tmp_path / "w.safetensors", {"network": "n", "spec": "{}"})
    state, metadata = load_weights(tmp_path / "w.safetensors")
    assert metadata == {"network": "n", "spec": "{}"}
    assert state.keys() == network.state_dict().keys()
    for name, tensor in network.state_dict().items():
        assert torch.equal(state[name], tensor)
    load_state(network, state, "w")


def test_equal_weights_give_equal_bytes(tmp_path, network):
    metadata = {name: name for name in "abcdefgh"}
    for name in ("1", "2"):
        save_weights(network, tmp_path / name, metadata)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


class Evil:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


@pytest.mark.parametrize("writer", [torch.save, lambda content, path: _pickle(content, path)])
def test_a_foreign_file_with_code_in_it_is_refused_and_not_run(tmp_path, writer):
    path, marker = tmp_path / "evil.pth", tmp_path / "it-ran"
    writer({"state_dict": {"a": torch.ones(1)}, "x": Evil(marker)}, path)
    with pytest.raises(InputError, match=r"evil\.pth: holds more than tensors"):
        load_foreign(path, sha256_file(path))
    assert not marker.exists()


def _pickle(content, path):
    path.write_bytes(pickle.dumps(content))


def test_a_foreign_file_is_hashed_before_it_is_opened(tmp_path):
    path = tmp_path / "f.pth"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match=r"its sha256 is [0-9a-f]{8}, expected 01234567\."):
        load_foreign(path, "01234567")


def test_a_hash_of_less_than_eight_digits_is_no_hash(tmp_path):
    path = tmp_path / "f.pth"
    torch.save({"a": torch.ones(1)}, path)
    with pytest.raises(InputError, match="its sha256 is"):
        load_foreign(path, sha256_file(path)[:7])


@pytest.mark.parametrize("key", ["state_dict", "model_state", "model"])
def test_published_layouts_are_understood(tmp_path, network, key):
    path = tmp_path / "f.pth"
    state = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    torch.save({key: state, "meta": {"epoch": 3}}, path)
    load_state(network, load_foreign(path, sha256_file(path)[:8]), "f.pth")


def test_a_bare_state_dict_is_understood(tmp_path, network):
    path = tmp_path / "f.pth"
    torch.save(network.state_dict(), path)
    load_state(network, load_foreign(path, sha256_file(path)), "f.pth")


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, torch.ones(2)])
def test_a_file_without_a_state_is_named(tmp_path, content):
    path = tmp_path / "f.pth"
    torch.save(content, path)
    with pytest.raises(InputError, match=r"f\.pth: no state dict"):
        load_foreign(path, sha256_file(path))


@pytest.mark.parametrize("load", [load_weights, lambda path: load_foreign(path, "0" * 64)])
def test_a_missing_file_is_named(tmp_path, load):
    with pytest.raises(InputError, match=r"gone\.safetensors: no such file"):
        load(tmp_path / "gone.safetensors")

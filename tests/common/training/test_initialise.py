"""Starting weights: named by content, whole but for the head, or refused."""

import pytest
import torch
from torch import nn

from common.core.errors import InputError
from common.core.hashing import sha256_file
from common.training.initialise import initialise
from common.training.weights import save_weights


def network(n_classes=2, width=4, body="backbone"):
    parts = {body: nn.Linear(3, width), "cls_head": nn.Linear(width, n_classes)}
    return nn.ModuleDict(parts)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "mosi.safetensors"
    save_weights(network(9), path, {})
    return path


def test_all_but_the_head_is_taken_and_what_is_left_out_is_said(source, capsys):
    fresh = network(2)
    head = fresh["cls_head"].weight.clone()
    initialise(fresh, source, sha256_file(source))
    again = network(2)
    initialise(again, source, sha256_file(source))
    assert torch.equal(fresh["backbone"].weight, again["backbone"].weight)
    assert torch.equal(fresh["cls_head"].weight, head)
    said = capsys.readouterr().err
    assert "2 tensors loaded; missing: cls_head.weight, cls_head.bias; unexpected: cls_h" in said


def test_a_head_of_the_same_shape_is_left_out_too(source):
    fresh = network(9)
    head = fresh["cls_head"].weight.clone()
    initialise(fresh, source, sha256_file(source))
    assert torch.equal(fresh["cls_head"].weight, head)


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (network(width=5), r"'backbone.(bias|weight)' has shape \(4.*needs \(5"),
        (network(body="backbones"), "has no tensor 'backbones.weight'.*Did you mean"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_untouched(source, wanted, problem):
    before = {name: tensor.clone() for name, tensor in wanted.state_dict().items()}
    with pytest.raises(InputError, match=problem) as caught:
        initialise(wanted, source, sha256_file(source))
    assert caught.value.rule == "weights.mismatch"
    assert all(torch.equal(before[name], now) for name, now in wanted.state_dict().items())


def test_another_content_is_refused(source):
    with pytest.raises(InputError, match="its sha256 is") as caught:
        initialise(network(), source, "0" * 64)
    assert caught.value.rule == "weights.sha256"


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        initialise(network(), tmp_path / "none.safetensors", "0" * 64)

"""Pretraining with MoSI: what is trained on, the losses of both layouts, weights and their list."""

import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from common.core.hashing import sha256_file
from common.core.params import load_params
from common.core.params.pretrain import Mosi, MosiFit, Pretrain, StillsFrom
from common.core.params.training import R2Plus1dSpec
from common.models.extractors import build_extractor
from common.training.fingerprint import state_sha256
from common.training.initialise import initialise
from common.training.mosi.dataset import MosiDataset
from common.training.mosi.generator import Generator
from common.training.mosi.pretrain import mosi_loss, n_logits, pretext_accuracy
from common.training.mosi.stills import Stills
from common.training.pretraining import build_pretrained, make_mosi_weights, write_weights_list
from common.training.weights import load_weights

TINY = Mosi(frames=4, crop=16, side=24, short_side=(24, 32))
SIZE = R2Plus1dSpec(
    width=4,
    blocks=[1, 1],
    stem_kernel=3,
    stem_stride=2,
    pool=False,
    dropout=0.0,
    remove_still=True,
    temporal_strides=[1, 2],
)
PARAMS = Pretrain(
    seed=1,
    network="r2plus1d",
    stills=StillsFrom(source="clips", seconds=[0.0], short_side=32),
    mosi=TINY,
    mosi_fit=MosiFit(epochs=2, passes=1, stills=3, lr=0.01, weight_decay=1e-4, warmup_epochs=0.2),
    study=load_params("sample").pretrain.study,
)


def pictures(n=3):
    return list(np.random.default_rng(0).integers(0, 256, (n, 30, 40, 3), dtype=np.uint8))


class Uniform(nn.Module):
    """Knows nothing."""

    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, clips):
        return clips, torch.zeros(len(clips), self.n)


def test_items_change_with_the_epoch_and_nothing_else():
    data = MosiDataset(Stills(pictures(), "key"), Generator(TINY), seed=1, passes=2)
    assert len(data) == 6
    first = data[4]["clips"]
    assert first.shape == (9, 3, 4, 16, 16)
    data.set_epoch(1)
    assert not torch.equal(data[4]["clips"], first)
    data.set_epoch(0)
    assert torch.equal(data[4]["clips"], first)
    assert data[0]["labels"].tolist() == list(range(9))


@pytest.mark.parametrize(
    ("layout", "width", "total"), [("joint", 9, math.log(9)), ("separate", 10, 2 * math.log(5))]
)
def test_loss_of_a_network_that_knows_nothing(layout, width, total):
    mosi = TINY.model_copy(update={"labels": layout})
    data = MosiDataset(Stills(pictures(), "key"), Generator(mosi), seed=1)
    batch = torch.utils.data.default_collate([data[0], data[1]])
    assert n_logits(mosi) == width
    terms = mosi_loss(Uniform(width), batch, torch.Generator())
    assert sum(terms.values()).item() == pytest.approx(total)


def test_accuracy_of_a_network_that_always_says_the_first_class():
    assert pretext_accuracy(Uniform(9), pictures(), Generator(TINY), 1) == pytest.approx(1 / 9)
    separate = TINY.model_copy(update={"labels": "separate"})
    # It says the fastest leftward and upward motion at once: no clip has both.
    assert pretext_accuracy(Uniform(10), pictures(), Generator(separate), 1) == 0


@pytest.fixture(scope="module")
def made(dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("pretrain")
    make_mosi_weights(PARAMS, SIZE, dataset, out / "mosi")
    return out


def test_weights_start_a_classifier_of_other_classes(made):
    write_weights_list(made)
    entry = json.loads((made / "weights.json").read_text())["weights"][0]
    assert entry["pretext"] == "mosi" and entry["network"] == "r2plus1d"
    assert entry["sha256"] == sha256_file(made / "mosi" / "mosi.safetensors")
    network = build_extractor("r2plus1d", SIZE, 3)
    initialise(network, made / "mosi" / "mosi.safetensors", entry["sha256"])
    state = load_weights(made / "mosi" / "mosi.safetensors")[0]
    assert all(
        torch.equal(tensor, state[name])
        for name, tensor in network.state_dict().items()
        if not name.startswith("cls_head.")
    )
    assert 0 <= json.loads((made / "mosi" / "mosi.json").read_text())["pretext_accuracy"] <= 1


def test_a_second_training_gives_the_same_weights(made, dataset, tmp_path):
    make_mosi_weights(PARAMS, SIZE, dataset, tmp_path)
    assert sha256_file(tmp_path / "mosi.safetensors") == sha256_file(
        made / "mosi" / "mosi.safetensors"
    )
    fresh = build_extractor("r2plus1d", SIZE, 9)
    assert state_sha256(fresh.state_dict()) != state_sha256(
        load_weights(tmp_path / "mosi.safetensors")[0]
    )


@pytest.mark.parametrize(
    ("network", "count"), [("r2d3d_18", 14_057_536), ("r2plus1d_10", 14_365_477)]
)
def test_published_networks_have_their_published_size(network, count):
    made = build_pretrained(network, SIZE, 9)
    assert sum(weight.numel() for weight in made.backbone.parameters()) == count
    assert made.cls_head["fc_cls"].weight.shape[0] == 9

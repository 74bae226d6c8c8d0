"""The stage `extractors`: what it writes, that a kill changes nothing, and published weights."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from common.core.errors import InputError
from common.core.hashing import sha256_file
from common.core.params.training import Extractors, Initialisation
from common.data import ledger
from common.data.link import link
from common.models import extractors as networks
from common.models.extractors import Published, build_extractor, restore_extractor
from common.models.vivit import VivitSize
from common.training import published
from common.training.extractors import accuracies, make_extractors
from common.training.weights import load_weights

SIZE = {
    "width": 4,
    "blocks": [1, 1],
    "stem_kernel": 3,
    "stem_stride": 2,
    "pool": True,
    "dropout": 0.1,
}
PARAMS = Extractors.model_validate(
    {
        "seed": 1,
        "train": ["slowfast", "appearance"],
        "published": [],
        "frames": 4,
        "fps": 4.0,
        "width": 48,
        "height": 32,
        "oversampling": 2,
        "workers": 2,
        "appearance": SIZE,
        "slowfast": SIZE | {"remove_still": True, "speed_ratio": 2, "channel_ratio": 2},
        "r2plus1d": SIZE | {"remove_still": False, "temporal_strides": [1, 2]},
        "vivit": {
            "dim": 24,
            "heads": 3,
            "spatial_layers": 1,
            "temporal_layers": 1,
            "tubelet_frames": 2,
            "patch": 16,
            "epochs": 2,
            "lr": 0.001,
            "drop_path": 0.1,
            "dropout": 0.1,
            "remove_still": False,
        },
        "fit": {
            "epochs": 3,
            "batch_size": 3,
            "lr": 0.01,
            "weight_decay": 0.01,
            "label_smoothing": 0.1,
        },
        "augmentation": {
            "outside_s": 0.1,
            "shift": 0.05,
            "zoom": 0.05,
            "mirror": False,
            "mirrored_labels": {},
            "light": 0.1,
            "tint": 0.0,
        },
    }
)

RUN = """
import sys
from pathlib import Path
from common.core.params.training import Extractors, Initialisation
from common.training.extractors import make_extractors
if __name__ == "__main__":
    params = Extractors.model_validate_json(sys.argv[1])
    make_extractors(params, Path(sys.argv[2]), Path(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def made(dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("extractors")
    make_extractors(PARAMS, dataset, out)
    return out


def test_the_weights_files_explain_themselves(made):
    state, metadata = load_weights(made / "slowfast.safetensors")
    assert json.loads(metadata["classes"]) == ["push box", "pull box", "background"]
    assert json.loads(metadata["clip"])["frames"] == 4
    network = restore_extractor(state, metadata, "slowfast")
    features, logits = network(torch.zeros(1, 3, 4, 32, 48))
    assert features.shape == (1, 12) and logits.shape == (1, 3)
    assert json.loads(load_weights(made / "appearance.safetensors")[1]["clip"])["frames"] == 1


def test_only_weights_and_accuracy_are_left(made):
    names = sorted(path.name for path in made.iterdir())
    assert names == [".work", "accuracy.json", "appearance.safetensors", "slowfast.safetensors"]
    assert not (made / ".work" / "clips.safetensors").exists()
    accuracy = json.loads((made / "accuracy.json").read_text())
    assert accuracy.keys() == {"appearance", "slowfast", "mean"}
    assert accuracy["mean"]["clips"] == 2


def test_a_killed_stage_resumes_to_the_same_bytes(made, dataset, tmp_path):
    """Killed after the first checkpoint; its workers end with it, and the next run goes on."""
    arguments = [sys.executable, "-c", RUN, PARAMS.model_dump_json(), str(dataset), str(tmp_path)]
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as stage:
        while stage.poll() is None and not list(tmp_path.glob(".work/*/checkpoint.pth")):
            time.sleep(0.02)
        os.kill(stage.pid, signal.SIGKILL)
    assert not (tmp_path / "accuracy.json").exists()
    make_extractors(PARAMS, dataset, tmp_path)
    for name in ("slowfast.safetensors", "appearance.safetensors", "accuracy.json"):
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes()


def test_accuracy_is_that_of_each_network_and_of_the_mean_of_scores():
    scores = torch.tensor([[0.9, 0.1], [0.6, 0.4]]).double().numpy()
    other = torch.tensor([[0.4, 0.6], [0.1, 0.9]]).double().numpy()
    labels = torch.tensor([0, 1]).numpy()
    found = accuracies({"a": (scores, labels), "b": (other, labels)})
    assert [found[name]["top1"] for name in ("a", "b", "mean")] == [0.5, 0.5, 1.0]
    assert accuracies({"a": (scores[:0], labels[:0])}) == {}


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    """A data folder in which the checkpoint of a small "published" network has been pulled."""
    spec = PARAMS.appearance
    small = build_extractor("appearance", spec, 7)

    def build_small(name, spec_, n_classes, clip=None):
        return build_extractor("appearance", spec, n_classes)

    name = "ircsn-r152-bnfrozen-ig65m-k400"
    source = published.get_source(published.read_sources(), name)
    path = tmp_path / "data" / source.file
    path.parent.mkdir(parents=True)
    torch.save({"meta": {"epoch": 58}, "state_dict": small.state_dict()}, path)
    sha256 = sha256_file(path)
    entry = ledger.PulledFile(source.file, path.stat().st_size, sha256, "test")
    ledger.record_pulled(tmp_path / "data", name, entry)
    monkeypatch.setenv("EMC2_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(published, "build_extractor", build_small)
    clip = networks.PUBLISHED["csn_r152"].clip
    monkeypatch.setitem(networks.PUBLISHED, "csn_r152", Published({}, name, clip, 8, n_classes=7))
    return path, small


def test_a_published_checkpoint_becomes_a_weights_file(zoo, tmp_path):
    path, network = zoo
    published.convert_published("csn_r152", tmp_path / "csn.safetensors")
    state, metadata = load_weights(tmp_path / "csn.safetensors")
    assert all(torch.equal(state[name], tensor) for name, tensor in network.state_dict().items())
    assert metadata["source_sha256"] == sha256_file(path)
    assert json.loads(metadata["clip"])["stride_seconds"] == pytest.approx(8 / 15)


def test_a_checkpoint_that_changed_since_it_was_pulled_is_refused(zoo, tmp_path):
    path, _ = zoo
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(InputError, match=r"its sha256 is"):
        published.convert_published("csn_r152", tmp_path / "csn.safetensors")
    assert not (tmp_path / "csn.safetensors").exists()


def test_a_checkpoint_that_was_never_pulled_says_how(zoo, tmp_path):
    with pytest.raises(InputError, match=r"emc2 data pull slowfast-r101-8x8-k400"):
        published.convert_published("slowfast_r101", tmp_path / "x.safetensors")


def test_a_supplied_vivit_checkpoint_becomes_a_weights_file(tmp_path, monkeypatch):
    size = VivitSize(frames=4, height=32, width=32, dim=12, heads=3, spatial_layers=1)
    name, clip = "vivit-fe-b16x2-k400", networks.PUBLISHED["vivit_b16x2"].clip
    small = Published(size, name, clip, n_features=12, n_classes=5)
    monkeypatch.setitem(networks.PUBLISHED, "vivit_b16x2", small)
    state = build_extractor("vivit_b16x2", None, 5).state_dict()
    torch.save({"model_state": _tada_names(state)}, tmp_path / "vivit.pth")
    monkeypatch.setenv("EMC2_DATA", str(tmp_path / "data"))
    sources = published.read_sources()
    link(name, tmp_path / "vivit.pth", sources, tmp_path / "data", None)
    published.convert_published("vivit_b16x2", tmp_path / "vivit.safetensors")
    found, metadata = load_weights(tmp_path / "vivit.safetensors")
    assert set(found) == set(state)
    assert all(torch.equal(found[key], tensor) for key, tensor in state.items())
    assert metadata["source_sha256"] == sha256_file(tmp_path / "vivit.pth")


def _tada_names(state):
    """The same tensors as TAdaConv would name them."""
    pairs = [("temporal_cls_token", "cls_token_out"), ("temporal_pos_embed", "temp_embd")]
    pairs += [("pos_embed", "pos_embd"), ("patch_embed.proj", "stem.conv1")]
    pairs += [("temporal_norm", "norm_out"), ("spatial_norm", "norm"), ("norm1", "norm")]
    pairs += [("norm2", "norm_ffn"), ("attn.qkv", "attn.to_qkv"), ("mlp.fc1", "ffn.net.0")]
    pairs += [("mlp.fc2", "ffn.net.3"), ("backbone.spatial.", "backbone.layers.")]
    pairs += [
        ("backbone.temporal.", "backbone.layers_temporal."),
        ("cls_head.fc_cls", "head.linear"),
    ]
    found = {}
    for name, tensor in state.items():
        for ours, theirs in pairs:
            name = name.replace(ours, theirs)
        found[name] = tensor
    return found


def test_a_network_starts_from_weights_that_are_named_by_content(made, dataset, tmp_path):
    source = made / "appearance.safetensors"
    start = Initialisation(file=str(source), sha256=sha256_file(source))
    params = PARAMS.model_copy(update={"train": ["appearance"], "init": {"appearance": start}})
    make_extractors(params, dataset, tmp_path / "good")
    state, metadata = load_weights(tmp_path / "good" / "appearance.safetensors")
    assert metadata["init_sha256"] == start.sha256
    assert not torch.equal(
        state["backbone.conv1.conv.weight"], load_weights(source)[0]["backbone.conv1.conv.weight"]
    )
    other = {"appearance": start.model_copy(update={"sha256": "0" * 64})}
    with pytest.raises(InputError, match="its sha256 is"):
        make_extractors(params.model_copy(update={"init": other}), dataset, tmp_path / "bad")

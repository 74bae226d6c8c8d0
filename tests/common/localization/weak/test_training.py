"""Training on video labels: it finds where the class is, gives the same bits, refuses bad input."""

from pathlib import Path

import numpy as np
import pytest
import torch

from common.core.errors import InputError
from common.core.params.weak import BasNet, LocalTerms, SecondRound, WeakTraining
from common.localization.sequences import VideoSequence
from common.localization.weak.activations import ClassActivations
from common.localization.weak.losses import IGNORED
from common.localization.weak.networks import load_network, predict_activations, save_network
from common.localization.weak.training import pool_k, pseudo_frames, train_weak

SPEC = BasNet(
    positions=16, channels=16, filter_channels=8, dropout=0.0, context_heads=2, pool_divisor=4
)
TRAINING = WeakTraining(
    epochs=10, batch_size=8, lr=5e-3, local=LocalTerms(), second_round=SecondRound(weight=0.5)
)


@pytest.fixture(scope="module")
def videos():
    """24 videos with one class of two each, 4 of 16 positions long."""
    rng = np.random.default_rng(0)
    sequences, labels = [], np.zeros((24, 2), bool)
    for i in range(24):
        x = rng.normal(0, 0.2, (6, 16)).astype(np.float32)
        x[4] += 1.0
        start = int(rng.integers(0, 12))
        x[4, start : start + 4] = 0.0
        x[i % 2, start : start + 4] += 2.0
        labels[i, i % 2] = True
        sequences.append(VideoSequence(f"v{i}", 16.0, x))
    return sequences, labels


@pytest.fixture(scope="module")
def network(videos, tmp_path_factory):
    return train_weak(*videos, SPEC, TRAINING, 1, tmp_path_factory.mktemp("work"))


def test_the_activation_is_highest_where_the_class_is(videos, network):
    sequences, labels = videos
    for one, row, found in zip(
        sequences, labels, predict_activations(network, sequences, pool_k(SPEC)), strict=True
    ):
        best = int(found.activations[:, row.argmax()].argmax())
        assert one.array[:2, best].max() > 1.0
        assert found.scores.argmax() == row.argmax()


def test_a_second_training_gives_the_same_bits(videos, network, tmp_path):
    again = train_weak(*videos, SPEC, TRAINING, 1, tmp_path)
    other = train_weak(*videos, SPEC, TRAINING, 2, tmp_path / "other")
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])
    assert not torch.equal(network.last.weight, other.last.weight)


def test_weights_on_disk_give_the_same_activations(videos, network, tmp_path):
    save_network(tmp_path / "one.safetensors", network, {"features": "x"})
    loaded = load_network(tmp_path / "one.safetensors")
    for a, b in zip(
        predict_activations(network, videos[0], 4),
        predict_activations(loaded, videos[0], 4, batch_size=24),
        strict=True,
    ):
        np.testing.assert_array_equal(a.activations, b.activations)


def test_no_videos_and_no_labels_are_refused(videos, tmp_path):
    sequences, labels = videos
    with pytest.raises(InputError, match="weak.empty"):
        train_weak([], labels[:0], SPEC, TRAINING, 1, tmp_path)
    with pytest.raises(InputError, match="v3.*weak.unlabelled"):
        train_weak(sequences[3:4], labels[3:4] & False, SPEC, TRAINING, 1, tmp_path)


def test_pseudo_labels_are_true_classes_where_both_agree():
    activations = np.array([[9.0, 9.0], [9.0, 1.0], [0.0, 9.0], [0.0, 9.0]], dtype=np.float32)
    attention = np.array([0.9, 0.3, 0.05, 0.9], dtype=np.float32)
    found = ClassActivations("v", 4.0, activations, attention, np.ones(2, np.float32))
    labels = np.array([True, False])
    frames = pseudo_frames(found, labels, SecondRound(weight=1.0))
    assert frames.tolist() == [0, IGNORED, 2, IGNORED]


def test_a_file_of_another_network_is_refused(tmp_path):
    from common.training.weights import save_weights

    path = Path(tmp_path / "x.safetensors")
    save_weights(torch.nn.Linear(2, 2), path, {"network": "bmn"})
    with pytest.raises(InputError, match="weak.weights"):
        load_network(path)

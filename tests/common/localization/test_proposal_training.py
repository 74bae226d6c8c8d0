"""Training of BMN and relation: it learns, it is repeatable, relation starts from BMN."""

import shutil

import numpy as np
import pytest
import torch

from common.core.errors import InputError
from common.core.params.localization import (
    ProposalRule,
    ProposalTraining,
    Relation,
    SoftNms,
)
from common.localization.networks import build_network, load_network, predict_maps, save_network
from common.localization.proposal_training import (
    ProposalDataset,
    ProposalVideos,
    proposal_loss,
    recipe_of,
    temporal_shift,
    train_bmn,
    train_relation,
)
from common.localization.proposals import proposals_table
from common.localization.sequences import read_sequence
from common.training.fingerprint import state_sha256

TRAINING = ProposalTraining(
    epochs=60, batch_size=4, lr=0.01, schedule="one_cycle", shift_share=0.0, clip_norm=5.0
)
SHORT = TRAINING.model_copy(update={"epochs": 1, "schedule": "constant", "shift_share": 1.0})
RELATION = Relation(kind="axial", heads=2)


@pytest.fixture(scope="module")
def data(synthetic):
    return ProposalVideos(synthetic.folders, synthetic.names, synthetic.segments)


@pytest.fixture(scope="module")
def trained(data, tiny, tmp_path_factory):
    return train_bmn(data, tiny, TRAINING, 0, tmp_path_factory.mktemp("bmn"))


def maps_of(network, data, spec):
    sequences = [read_sequence(data.folders, video, spec) for video in data.videos]
    return list(predict_maps(network, sequences, batch_size=3))


def test_it_overfits_a_handful_of_videos(trained, data, tiny):
    """Recall at 10 proposals, tIoU 0.5, on the training videos."""
    table = proposals_table(maps_of(trained, data, tiny), ProposalRule(), SoftNms(), "m")
    hits = []
    for video, segments in data.segments.items():
        best = table[table["video"] == video].head(10)
        for segment in segments:
            overlap = np.minimum(best["end"], segment.end) - np.maximum(
                best["start"], segment.start
            )
            union = np.maximum(best["end"], segment.end) - np.minimum(best["start"], segment.start)
            hits.append((overlap / union).max() >= 0.5)
    assert np.mean(hits) >= 0.95


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(data, tiny, tmp_path):
    hashes = [
        state_sha256(train_bmn(data, tiny, SHORT, seed, tmp_path / str(i)).state_dict())
        for i, seed in enumerate((1, 1, 2))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_relation_starts_as_bmn_and_slows_down_what_comes_trained(trained, data, tiny, tmp_path):
    still = SHORT.model_copy(update={"trained_lr_factor": 0.0, "weight_decay": 0.0})
    network = train_relation(trained, data, tiny, RELATION, still, 0, tmp_path)
    for name, value in trained.state_dict().items():
        assert torch.equal(network.state_dict()[name], value), name
    assert any(p.any() for p in network.relation[0].out.parameters())


def test_one_epoch_of_relation_moves_both_parts(trained, data, tiny, tmp_path):
    network = train_relation(trained, data, tiny, RELATION, SHORT, 0, tmp_path)
    assert not torch.equal(network.reduce.weight, trained.reduce.weight)
    assert not torch.equal(network.head[0].weight, trained.head[0].weight)


def test_a_network_comes_back_from_its_file(trained, data, tiny, tmp_path):
    save_network(tmp_path / "a.safetensors", trained, {"extractor": "wide"})
    found = load_network(tmp_path / "a.safetensors")
    for a, b in zip(maps_of(trained, data, tiny), maps_of(found, data, tiny), strict=True):
        assert np.array_equal(a.confidence, b.confidence)
    related = build_network(tiny, 12, RELATION, 0)
    save_network(tmp_path / "b.safetensors", related, {})
    again = load_network(tmp_path / "b.safetensors")
    assert again.relation_shape == related.relation_shape
    assert state_sha256(again.state_dict()) == state_sha256(related.state_dict())


def test_weights_of_something_else_are_refused(tmp_path):
    from common.training.weights import save_weights

    save_weights(torch.nn.Linear(2, 2), tmp_path / "x.safetensors", {"network": "linear"})
    with pytest.raises(InputError, match=r"x\.safetensors: its metadata do not describe"):
        load_network(tmp_path / "x.safetensors")


def test_maps_do_not_depend_on_the_batch(trained, data, tiny):
    sequences = [read_sequence(data.folders, video, tiny) for video in data.videos]
    for a, b in zip(
        predict_maps(trained, sequences, 1), predict_maps(trained, sequences, 8), strict=True
    ):
        assert a.video == b.video and a.duration == b.duration
        assert np.abs(a.confidence - b.confidence).max() < 1e-5


def test_items_hold_features_and_labels(data, tiny):
    item = ProposalDataset(data, tiny)[2]
    assert {name: tuple(x.shape) for name, x in item.items()} == {
        "features": (12, 16),
        "start": (16,),
        "end": (16,),
        "iou": (16, 16),
    }
    assert item["iou"].max() > 0.7 and item["start"].max() > 0.5


def test_the_fingerprint_follows_features_and_segments(data, tiny):
    first = ProposalDataset(data, tiny).fingerprint
    fewer = ProposalVideos(data.folders, data.videos, {**data.segments, "v0": []})
    assert ProposalDataset(data, tiny).fingerprint == first
    assert ProposalDataset(fewer, tiny).fingerprint != first
    one_store = ProposalVideos(data.folders[:1], data.videos, data.segments)
    assert ProposalDataset(one_store, tiny).fingerprint != first


def test_a_store_that_mixes_two_extractors_is_refused(data, tiny, tmp_path):
    shutil.copy(data.folders[0] / "v0.safetensors", tmp_path / "v0.safetensors")
    shutil.copy(data.folders[1] / "v1.safetensors", tmp_path / "v1.safetensors")
    mixed = ProposalVideos((tmp_path,), ("v0", "v1"), data.segments)
    with pytest.raises(InputError, match="v1 from narrow"):
        ProposalDataset(mixed, tiny)


def test_groups_that_do_not_divide_the_features_are_refused(tiny):
    with pytest.raises(InputError, match="4 groups do not divide 10 feature channels"):
        build_network(tiny.model_copy(update={"groups": 4}), 10, None, 0)


def test_a_shift_moves_few_channels_each_way_and_leaves_the_others():
    x = torch.arange(1.0, 9.0).repeat(2, 128, 1)
    shifted = temporal_shift(x, 64, torch.Generator().manual_seed(0))
    changed = (shifted != x).any(dim=2)[0].nonzero()[:, 0]
    assert len(changed) == 4
    forms = [shifted[0, channel].tolist() for channel in changed]
    assert sorted(forms) == 2 * [[0, 1, 2, 3, 4, 5, 6, 7]] + 2 * [[2, 3, 4, 5, 6, 7, 8, 0]]
    assert torch.equal(shifted[0], shifted[1])


def test_few_channels_are_not_shifted_at_all():
    x = torch.rand(1, 10, 6)
    assert torch.equal(temporal_shift(x, 64, torch.Generator()), x)


def test_the_loss_draws_only_from_its_generator(data, tiny):
    network = build_network(tiny, 12, None, 0)
    dataset = ProposalDataset(data, tiny)
    batch = torch.utils.data.default_collate([dataset[0], dataset[1]])
    spec = SHORT.model_copy(update={"shift_divisor": 4})
    losses = []
    for seed in (0, 0, 1):
        torch.manual_seed(len(losses))
        terms = proposal_loss(network, batch, torch.Generator().manual_seed(seed), spec)
        losses.append(sum(terms.values()).item())
    assert losses[0] == losses[1] != losses[2]


def test_the_recipe_slows_down_bmn_under_relation_only():
    assert recipe_of(SHORT, 0, has_relation=False).lr_factors == ()
    assert recipe_of(SHORT, 0, has_relation=True).lr_factors == (("", 0.1), ("relation", 1.0))
    joint = SHORT.model_copy(update={"trained_lr_factor": 1.0, "schedule": "one_cycle"})
    assert recipe_of(joint, 0, has_relation=True).lr_factors == ()
    with pytest.raises(InputError, match="one learning rate for all layers"):
        recipe_of(SHORT.model_copy(update={"schedule": "one_cycle"}), 0, has_relation=True)

"""emc2 train and emc2 classify on a few tiny clips."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from common.core.errors import InputError
from common.core.hashing import sha256_file
from common.training.recognition import run
from common.training.recognition.run import TrainRequest, classify_list, train_on_list
from common.training.recognition.scores import accuracy, mean_of_views
from common.training.recognition.train import frozen_parts
from common.training.weights import load_weights, save_weights
from common.video.encode import encode_video

FPS, N_FRAMES, SIZE = 8.0, 16, (48, 64)


def _square(colour, seed):
    ground = np.random.default_rng(seed).integers(0, 60, (*SIZE, 3), dtype=np.uint8)
    for f in range(N_FRAMES):
        frame = ground.copy()
        frame[10:34, 8 + f : 32 + f] = colour
        yield frame


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    """Red and blue squares: six clips to train on, two to test; a broken, a still one."""
    folder = tmp_path_factory.mktemp("clips")
    lines = []
    for number in range(8):
        label = ("red", "blue")[number % 2]
        colour = ((240, 30, 30), (30, 30, 240))[number % 2]
        encode_video(folder / label / f"{number}.mp4", _square(colour, number), FPS)
        lines.append(f"{label}/{number}.mp4 {label}")
    (folder / "train.txt").write_text("\n".join(lines[:6]) + "\n")
    (folder / "val.txt").write_text("\n".join(lines[6:]) + "\n")
    (folder / "broken.mp4").write_bytes(b"no video")
    still = [np.full((*SIZE, 3), 90, np.uint8)] * N_FRAMES
    encode_video(folder / "still.mp4", iter(still), FPS)
    encode_video(folder / "short.mp4", iter(still[:1]), FPS)
    bad = [f"{name}.mp4 red" for name in ("broken", "still", "short", "missing")]
    (folder / "faulty.txt").write_text("\n".join(lines[6:] + bad) + "\n")
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(run, "CACHE", tmp_path_factory.getbasetemp() / "cache")


def _train(clips, out, backbone="appearance", **options):
    request = TrainRequest(clips / "train.txt", clips, backbone, out, **options)
    return train_on_list(request)


@pytest.fixture(scope="module")
def trained(clips, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "CACHE", tmp_path_factory.getbasetemp() / "cache")
        _train(clips, out, epochs=8)
    return out


def test_a_trained_backbone_tells_the_classes_apart(clips, trained):
    done = classify_list([trained], clips / "val.txt", clips, 2, 3, None)
    assert done.accuracies["appearance"].top1 == 1.0
    assert done.accuracies["appearance"].clips == 2 and done.left_out == ()


def test_the_ensemble_is_the_mean_of_the_scores(clips, trained, tmp_path):
    _train(clips, tmp_path / "other", epochs=1, seed=5)
    both = [trained, tmp_path / "other"]
    done = classify_list(both, clips / "val.txt", clips, 1, 1, tmp_path / "scores.csv")
    assert list(done.accuracies)[-1] == "ensemble" and len(done.accuracies) == 3
    rows = (tmp_path / "scores.csv").read_text().splitlines()
    assert rows[0] == "clip,blue,red" and rows[1].startswith("red/6.mp4,")
    assert sum(map(float, rows[1].split(",")[1:])) == pytest.approx(1.0)


def test_clips_that_cannot_be_used_are_named(clips, trained):
    done = classify_list([trained], clips / "faulty.txt", clips, 1, 1, None)
    assert done.accuracies["appearance"].clips == 2
    rules = {Path(entry.item).stem: entry.rule for entry in done.left_out}
    assert rules == {
        "broken": "video.undecodable",
        "still": "clip.still",
        "short": "clip.short",
        "missing": "video.missing",
    }
    assert "left out: still.mp4" in done.as_text()


def test_equal_trainings_write_equal_bytes(clips, trained, tmp_path):
    _train(clips, tmp_path, epochs=8)
    name = "weights.safetensors"
    assert sha256_file(tmp_path / name) == sha256_file(trained / name)


def test_pretrained_weights_fill_all_but_the_head(clips, trained, tmp_path, capsys):
    start = trained / "weights.safetensors"
    _train(clips, tmp_path, epochs=1, init=start)
    assert "cls_head.fc_cls.weight" in capsys.readouterr().err
    _, metadata = load_weights(tmp_path / "weights.safetensors")
    assert metadata["init_sha256"] == sha256_file(start)


def test_pretrained_weights_of_another_size_name_the_tensor(clips, trained, tmp_path):
    with pytest.raises(InputError, match="tensor 'backbone") as caught:
        _train(clips, tmp_path, "slowfast", epochs=1, init=trained / "weights.safetensors")
    assert caught.value.rule == "weights.mismatch"


def test_a_class_that_was_not_trained_is_refused_before_decoding(clips, trained, tmp_path):
    (tmp_path / "list.txt").write_text("red/6.mp4 green\n")
    with pytest.raises(InputError) as caught:
        classify_list([trained], tmp_path / "list.txt", clips, 1, 1, None)
    assert caught.value.rule == "recognition.classes"


def test_backbones_of_other_classes_do_not_form_an_ensemble(clips, trained, tmp_path):
    state, metadata = load_weights(trained / "weights.safetensors")
    network = torch.nn.Module()
    network.state_dict = lambda: state  # type: ignore[method-assign]
    save_weights(network, tmp_path / "x.safetensors", metadata | {"classes": '["red", "blue"]'})
    with pytest.raises(InputError, match="tells") as caught:
        classify_list([trained, tmp_path / "x.safetensors"], clips / "val.txt", clips, 1, 1, None)
    assert caught.value.rule == "recognition.classes"


def test_an_unknown_backbone_gets_the_nearest_name(clips, tmp_path):
    with pytest.raises(InputError, match='Did you mean "slowfast"'):
        _train(clips, tmp_path, "slowfats")


def test_every_view_must_be_there_once():
    rows = {0: np.array([0.2, 0.8]), 2: np.array([0.4, 0.6])}
    with pytest.raises(InputError, match=r"missing \[1\]"):
        mean_of_views(rows, 3)
    assert mean_of_views({0: rows[0], 1: rows[2]}, 2).tolist() == pytest.approx([0.3, 0.7])


def test_accuracies_of_known_scores():
    scores = np.eye(6)[[0, 1, 2, 3]] + np.linspace(0, 0.5, 6)
    found = accuracy(scores, np.array([0, 1, 0, 3]))
    assert (found.top1, found.top5, found.mean_class) == (0.75, 0.75, pytest.approx(2.5 / 3))
    assert json.dumps(found.to_dict())


def test_freezing_begins_at_the_input():
    assert frozen_parts("r2plus1d", 0) == ()
    assert frozen_parts("r2plus1d", 1) == ("backbone.conv1", "backbone.bn1", "backbone.layer1.")
    assert "backbone.spatial.0." in frozen_parts("vivit", 1)
    assert "backbone.fast_path.layer1." in frozen_parts("slowfast", 1)

"""Embeddings: the published pipeline's shapes and means, own networks by their metadata."""

import json
import re

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from common.core.clips import ClipSpec, Fit
from common.core.errors import InputError
from common.core.params.training import R2Plus1dSpec
from common.models.extractors import build_extractor
from common.models.residual3d import Residual3d, r2plus1d_26, r3d_26
from common.training.embedding import (
    embed_clips,
    embed_video,
    fit_picture,
    list_videos,
    sample_clips,
)
from common.training.embedding_weights import Embedder, Sampling, load_embedder
from common.training.weights import save_weights
from common.video.encode import encode_video
from tests.common.video.pans import pan

SPEC = R2Plus1dSpec(
    width=4,
    blocks=[1, 1],
    stem_kernel=3,
    stem_stride=2,
    pool=False,
    dropout=0.0,
    remove_still=False,
    temporal_strides=[1, 2],
)
CLIP = ClipSpec(4, 5.0, Fit(16, 16, short_side=20))
METADATA = {"network": "r2plus1d", "spec": SPEC.model_dump_json(), "clip": CLIP.to_json()}


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("embed") / "pan.mp4"
    encode_video(path, pan(70, (1, 0), 48, 64), 25)
    return path


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights")
    torch.save(released(r2plus1d_26()), folder / "pytorch_model.bin")
    return folder


def released(network: Residual3d, prefix: str = "") -> dict[str, torch.Tensor]:
    """Its state under the names of the published checkpoints, with a classifier."""
    state = {"fc.weight": torch.zeros(101, 2048), "fc.bias": torch.zeros(101)}
    for name, tensor in network.state_dict().items():
        for ours, theirs in ((r"\bconv(\d)\.0\.", r"conv\1_s."), (r"\bconv(\d)\.1\.", r"bn\1_s.")):
            name = re.sub(ours, theirs, name)
        split = re.sub(r"\bconv(\d)\.3\.", r"conv\1_t.", name)
        if network.size.factorised:
            split = re.sub(r"(^|\.\d\.)bn([12])\.", r"\1bn\2_t.", split)
            split = re.sub(r"(\.\d\.)bn1_t\.", r"\1bn1.", split)  # blocks split their second kernel
        state[f"{prefix}{split}"] = tensor
    return state


def small():
    torch.manual_seed(1)
    return build_extractor("r2plus1d", SPEC, 3)


def test_the_published_embedding_has_2048_numbers(video, published):
    embedder = load_embedder(published)
    assert embedder.sampling == Sampling()
    clips = sample_clips(video, embedder.sampling)
    assert clips.shape == (10, 16, 112, 112, 3)
    embedding = embed_clips(clips[:2, :, 40:72, 40:72], embedder)  # a patch, for speed
    assert (embedding.shape, embedding.dtype) == ((2048,), np.float32)


def test_ten_identical_clips_have_the_embedding_of_one(video, published):
    embedder = load_embedder(published)
    clip = sample_clips(video, embedder.sampling)[:1, :8, 40:72, 40:72]
    one = embed_clips(clip, embedder)
    assert np.array_equal(embed_clips(clip.repeat(10, axis=0), embedder), one)


def test_the_embedding_is_the_mean_over_clips(video):
    embedder = Embedder(small().eval(), Sampling(4, 2, fit=Fit(16, 16, 20), crops=3), "")
    clips = sample_clips(video, embedder.sampling)
    each = [embed_clips(clips[i : i + 1], embedder) for i in range(3)]
    assert np.allclose(embed_video(video, embedder), np.mean(each, axis=0), atol=1e-6)


def test_clips_are_taken_by_frame_number(tmp_path):
    shades = [np.full((32, 32, 3), 2 * i, np.uint8) for i in range(100)]
    encode_video(tmp_path / "x.mp4", shades, 25, crf=1)
    clips = sample_clips(tmp_path / "x.mp4", Sampling(fit=Fit(32, 32, 32)))
    found = np.round(clips.mean(axis=(2, 3, 4)) / 2).astype(int)
    assert found[:, 0] == pytest.approx(np.array([1, 5, 9, 13, 17, 21, 25, 29, 33, 37]), abs=1)
    assert np.diff(found, axis=1) == pytest.approx(4, abs=1)


def test_pictures_are_scaled_by_pillow_and_cut_at_the_centre():
    image = np.random.default_rng(0).integers(0, 255, (90, 131, 3), np.uint8)
    expected = Image.fromarray(image).resize((186, 128), Image.Resampling.BILINEAR)
    expected = expected.crop((37, 8, 149, 120))
    assert np.array_equal(fit_picture(image, Fit(112, 112, short_side=128)), np.asarray(expected))


def test_a_configuration_beside_the_checkpoint_counts(published, tmp_path):
    data = {
        "video_frames": 8,
        "video_stride": 2,
        "scale_size": 64,
        "crop_size": 56,
        "multi_crop": 3,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
    }
    (tmp_path / "pytorch_model.bin").symlink_to(published / "pytorch_model.bin")
    (tmp_path / "configuration.json").write_text(json.dumps({"DATA": data}))
    sampling = load_embedder(tmp_path).sampling
    assert sampling == Sampling(8, 2, 0.0, Fit(56, 56, 64), 3, (127.5,) * 3, (63.75,) * 3)
    (tmp_path / "configuration.json").write_text(json.dumps({"DATA": data | {"std": [0, 1, 1]}}))
    with pytest.raises(InputError, match=r"configuration\.json: its DATA does not describe"):
        load_embedder(tmp_path)


def test_an_own_network_is_fed_as_its_file_says(video, tmp_path):
    save_weights(small(), tmp_path / "x.safetensors", METADATA | {"classes": '["a", "b", "c"]'})
    embedder = load_embedder(tmp_path / "x.safetensors")
    assert (embedder.sampling.frames, embedder.sampling.fit) == (4, CLIP.fit)
    assert sample_clips(video, embedder.sampling).shape == (10, 4, 16, 16, 3)
    assert embed_video(video, embedder).shape == (8,)


def test_pretrained_weights_give_the_features_of_their_extractor(video, tmp_path):
    network = small()
    save_weights(network, tmp_path / "whole.safetensors", METADATA | {"classes": '["a","b","c"]'})
    save_weights(network, tmp_path / "pretext.safetensors", METADATA)  # a head of a pretext
    embeddings = [
        embed_video(video, load_embedder(tmp_path / f"{name}.safetensors"))
        for name in ("whole", "pretext")
    ]
    assert np.array_equal(*embeddings)


@pytest.mark.parametrize("prefix", ["", "backbone."])
@pytest.mark.parametrize("make", [r2plus1d_26, r3d_26])
def test_published_states_load_with_and_without_prefix(tmp_path, make, prefix):
    network = make()
    torch.save(released(network, prefix), tmp_path / "x.pth")
    loaded = load_embedder(tmp_path / "x.pth").network
    assert loaded.size == network.size
    for name, tensor in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name


def test_stills_and_broken_files_are_refused_by_name(tmp_path):
    embedder = Embedder(nn.Identity(), Sampling(4, 2, fit=Fit(16, 16, 16)), "")
    picture = np.full((32, 32, 3), 90, np.uint8)
    encode_video(tmp_path / "still.mp4", [picture] * 30, 10)
    (tmp_path / "text.mp4").write_text("no video")
    for name, rule in (("still", "embed.still"), ("text", "video.undecodable")):
        with pytest.raises(InputError, match=rf"{name}\.mp4") as caught:
            embed_video(tmp_path / f"{name}.mp4", embedder)
        assert caught.value.rule == rule


def test_a_folder_stands_for_its_videos(tmp_path):
    for name in ("b/y.MP4", "a/x.avi", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    alone = tmp_path / "a" / "notes.txt"
    found = list_videos([tmp_path, alone])
    assert found == [tmp_path / "a" / "x.avi", tmp_path / "b" / "y.MP4", alone]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no video below"):
        list_videos([tmp_path / "empty"])


@pytest.mark.parametrize(
    ("names", "problem"),
    [([], "holds 0 weights files"), (["a.bin", "b.pth"], "holds 2 weights files")],
)
def test_a_folder_must_hold_one_weights_file(tmp_path, names, problem):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=problem):
        load_embedder(tmp_path)

"""`emc2 embed`: many videos in one call, broken ones named, exit codes."""

import json

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from common.cli.embed import app
from common.core.clips import ClipSpec, Fit
from common.core.params.training import R2Plus1dSpec
from common.models.extractors import build_extractor
from common.training.weights import save_weights
from common.video.encode import encode_video
from tests.common.video.pans import pan


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("embed")
    for name, velocity in (("a", (1, 0)), ("b", (0, 2))):
        encode_video(folder / "good" / f"{name}.mp4", pan(12, velocity, 32, 32), 10)
    (folder / "mixed").mkdir()
    (folder / "mixed" / "broken.mp4").write_text("no video")
    (folder / "mixed" / "a.mp4").write_bytes((folder / "good" / "a.mp4").read_bytes())
    spec = R2Plus1dSpec(
        width=4,
        blocks=[1],
        stem_kernel=3,
        stem_stride=2,
        pool=False,
        dropout=0.0,
        remove_still=False,
        temporal_strides=[1],
    )
    torch.manual_seed(0)
    network = build_extractor("r2plus1d", spec, 2)
    clip = ClipSpec(4, 5.0, Fit(16, 16))
    metadata = {"network": "r2plus1d", "spec": spec.model_dump_json(), "clip": clip.to_json()}
    save_weights(network, folder / "w.safetensors", metadata)
    return folder


def call(folder, videos, *options):
    arguments = [str(folder / videos), "--weights", str(folder / "w.safetensors"), *options]
    return CliRunner().invoke(app, arguments)


def test_json_holds_one_vector_a_video(folder):
    result = call(folder, "good", "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["ok"], answer["left_out"]) == (0, True, [])
    assert [row["video"].rpartition("/")[2] for row in answer["videos"]] == ["a.mp4", "b.mp4"]
    assert {len(row["embedding"]) for row in answer["videos"]} == {4}


def test_the_array_and_the_lines_hold_the_same_numbers(folder, tmp_path):
    result = call(folder, "good", "--out", str(tmp_path / "x.npy"))
    assert result.exit_code == 0
    assert len(result.stdout.split()) == 2
    rows = np.load(tmp_path / "x.npy")
    assert (rows.shape, rows.dtype) == ((2, 4), np.float32)
    lines = call(folder, "good").stdout.splitlines()
    printed = [[float(value) for value in line.split("\t")[1].split()] for line in lines]
    assert np.allclose(rows, printed, rtol=1e-5)


def test_a_broken_video_is_named_and_the_others_are_embedded(folder):
    result = call(folder, "mixed", "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["ok"]) == (1, False)
    assert [row["video"].rpartition("/")[2] for row in answer["videos"]] == ["a.mp4"]
    assert [row["rule"] for row in answer["left_out"]] == ["video.undecodable"]
    plain = call(folder, "mixed")
    assert plain.exit_code == 1
    assert "left out: " in plain.stderr and "broken.mp4" in plain.stderr


def test_the_array_must_be_named_as_one(folder):
    result = call(folder, "good", "--out", "x.csv")
    assert result.exit_code == 2

"""Retrieval: recalls by hand, chance, and clips of real lists with one that is broken."""

import json
import shutil

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from common.cli.retrieve import app
from common.core.clips import ClipSpec, Fit
from common.core.params.training import R2Plus1dSpec
from common.models.extractors import build_extractor
from common.training.retrieval import chance_at, recall_at
from common.training.weights import save_weights
from common.video.encode import encode_video
from tests.common.video.pans import pan


def test_recalls_by_hand():
    gallery = np.float32([[1, 0], [0.9, 0.1], [0, 1], [-1, 0]])
    queries = np.float32([[5, 0.1], [0, -1], [-3, 0.1]])
    found = recall_at(queries, ["b", "c", "a"], gallery, ["a", "b", "a", "c"], ranks=(1, 2, 4, 9))
    # nearest first: a b a c | equal a, c tie at 0, then b, a | c a b a
    assert found == {1: 0.0, 2: pytest.approx(1.0), 4: 1.0, 9: 1.0}


def test_a_class_that_the_gallery_lacks_is_never_found():
    found = recall_at(
        np.eye(2, dtype=np.float32), ["a", "x"], np.eye(2, dtype=np.float32), ["a", "b"]
    )
    assert set(found.values()) == {0.5}


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.integers(1, 6))
def test_chance_is_the_mean_over_random_orders(labels, k):
    rng = np.random.default_rng(0)
    hits = [("a" in rng.permutation(labels)[:k]) for _ in range(600)]
    assert chance_at(["a"], labels, (k,))[k] == pytest.approx(np.mean(hits), abs=0.1)


@given(st.integers(0, 1000), st.permutations(range(6)))
def test_recalls_do_not_depend_on_order_or_length_of_vectors(seed, order):
    rng = np.random.default_rng(seed)
    queries, gallery = rng.normal(size=(4, 3)), rng.normal(size=(6, 3))
    labels = np.array(list("aabbcc"))
    first = recall_at(queries.astype(np.float32), list("abca"), gallery.astype(np.float32), labels)
    scaled = (gallery * rng.uniform(0.5, 2, (6, 1)))[order].astype(np.float32)
    second = recall_at(queries.astype(np.float32), list("abca"), scaled, labels[order])
    assert first == second


@pytest.fixture
def clips(tmp_path):
    """Two classes, right and down; three source videos each, one of them asks."""
    (tmp_path / "classes.csv").write_text("class,label,role\nRight,0,target\nDown,1,target\n")
    lists = {"train.txt": "", "val.txt": ""}
    for label, (name, velocity) in enumerate({"Right": (3, 0), "Down": (0, 3)}.items()):
        for group in range(3):
            path = f"videos/v_{name}_g{group:02d}_c01.mp4"
            encode_video(tmp_path / path, pan(12, velocity, 32, 32, seed=group), 10)
            lists["val.txt" if group == 2 else "train.txt"] += f"{path} {label}\n"
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def weights(tmp_path):
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
    clip = ClipSpec(4, 5.0, Fit(16, 16))
    metadata = {"network": "r2plus1d", "spec": spec.model_dump_json(), "clip": clip.to_json()}
    save_weights(build_extractor("r2plus1d", spec, 2), tmp_path / "w.safetensors", metadata)
    return str(tmp_path / "w.safetensors")


def call(folder, weights, *options):
    lists = ["--gallery", "train.txt", "--queries", "val.txt", "--weights", weights]
    return CliRunner().invoke(app, [str(folder), *lists, *options])


def test_the_command_gives_recalls_and_chance(clips, weights):
    answer = json.loads(call(clips, weights, "--json").stdout)
    assert (answer["n_queries"], answer["n_gallery"], answer["left_out"]) == (2, 4, [])
    assert set(answer["recall"]) == {weights}
    recall = answer["recall"][weights]
    assert recall["5"] == recall["50"] == 1 >= recall["1"]
    assert answer["chance"]["1"] == pytest.approx(0.5)
    text = call(clips, weights).stdout.splitlines()
    assert text[0] == "2 queries, 4 clips to find"
    assert text[2].split() == ["chance", "50.0", "100.0", "100.0", "100.0", "100.0"]


def test_a_broken_clip_is_named_and_left_out(clips, weights):
    (clips / "videos" / "v_Down_g00_c01.mp4").write_text("no video")
    result = call(clips, weights, "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (answer["ok"], answer["n_gallery"]) == (False, 3)
    assert answer["left_out"][0]["item"] == "videos/v_Down_g00_c01.mp4"


def test_a_source_video_on_both_sides_is_refused(clips, weights):
    shutil.copy(clips / "videos" / "v_Down_g00_c01.mp4", clips / "videos" / "v_Down_g00_c02.mp4")
    with (clips / "val.txt").open("a") as stream:
        stream.write("videos/v_Down_g00_c02.mp4 1\n")
    result = call(clips, weights)
    assert getattr(result.exception, "rule", None) == "clips.group"

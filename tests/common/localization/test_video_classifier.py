"""The classifier of whole videos on synthetic features whose channels say what occurs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.errors import InputError
from common.core.params.temporal_track import WholeVideos
from common.core.records import LabelledSegment, Video
from common.core.timebase import grid_for
from common.features.store import Features, write_features
from common.localization.splits import AnnotatedVideos, Split
from common.localization.video_classifier import (
    describe,
    train_on_video_labels,
    train_video_classifier,
    whole_video_scores,
)

CLASSES = ("clap", "jump", "wave")
SETTINGS = {"hidden": 0, "steps": 150, "head_steps": 50, "batch_size": 32, "lr": 0.01}
SETTINGS |= {"weight_decay": 0.01, "taus": [0.0, 1.0]}


def _spec(method="joint"):
    return WholeVideos(method=method, crops=4, settings=SETTINGS)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """24 videos with two of three classes each: the third is what a video lacks."""
    folder, rng = tmp_path_factory.mktemp("features"), np.random.default_rng(0)
    videos, segments = {}, {}
    for i in range(24):
        name, grid = f"v{i:02d}", grid_for(20.0, 1.0)
        array = rng.normal(0, 0.3, (grid.n_snippets, 6)).astype(np.float32)
        found = []
        for k in range(2):
            label, start = (i + k) % 3, 2.0 + 9.0 * k
            inside = (grid.centers() >= start) & (grid.centers() < start + 5.0)
            array[inside, label] += 2.0
            found.append(LabelledSegment(name, start, start + 5.0, CLASSES[label]))
        subset = "train" if i < 16 else "validation"
        videos[name] = Video(name, subset, 20.0)
        segments[name] = tuple(found)
        features = Features(
            name, array, None, None, grid, 20.0, 12.0, "one", "0" * 64, "1" * 64, "key"
        )
        write_features(folder, features)
    annotated = AnnotatedVideos(videos, segments, CLASSES)
    split = Split(annotated.of_subset("train"), annotated.of_subset("validation"))
    return folder, annotated, split


@pytest.mark.parametrize("method", ["joint", "crt", "class_balanced_loss", "asymmetric"])
def test_new_videos_get_all_their_classes(world, method):
    folder, annotated, split = world
    classifier = train_video_classifier(folder, annotated, split, _spec(method), 1)
    table = whole_video_scores(classifier, folder, split.fold, CLASSES)
    for video, rows in table.groupby("video"):
        best = set(rows.nlargest(2, "score")["label"])
        assert best == {segment.label for segment in annotated.segments[video]}


def test_one_seed_one_classifier(world):
    folder, annotated, split = world
    one, same = (train_video_classifier(folder, annotated, split, _spec(), 3) for _ in range(2))
    other = train_video_classifier(folder, annotated, split, _spec(), 4)
    assert (one.weight == same.weight).all()
    assert not (one.weight == other.weight).all()


@given(st.integers(1, 9), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_a_description_does_not_depend_on_the_order_of_snippets(n, channels, seed):
    rng = np.random.default_rng(seed)
    array = rng.normal(size=(n, channels))
    np.testing.assert_allclose(describe(array), describe(rng.permutation(array)), atol=1e-12)
    assert describe(array).shape == (2 * channels,)


def test_video_labels_alone_teach_it_too(world):
    folder, annotated, split = world
    truth = np.array(
        [
            [c in {s.label for s in annotated.segments[video]} for c in CLASSES]
            for video in split.train
        ]
    )
    spec = _spec("asymmetric")
    one, same = (
        train_on_video_labels(folder, split.train, truth, spec.method, spec.settings, 1)
        for _ in range(2)
    )
    assert (one.weight == same.weight).all()
    table = whole_video_scores(one, folder, split.fold, CLASSES)
    for video, rows in table.groupby("video"):
        best = set(rows.nlargest(2, "score")["label"])
        assert best == {segment.label for segment in annotated.segments[video]}


def test_no_video_to_learn_from_is_refused(world):
    spec = _spec()
    with pytest.raises(InputError, match="classify.empty"):
        train_on_video_labels(world[0], (), np.zeros((0, 3), bool), "joint", spec.settings, 1)

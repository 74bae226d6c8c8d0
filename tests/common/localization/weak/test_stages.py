"""The stages of a weak track on a handful of synthetic videos."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from common.core.errors import InputError
from common.core.params.localization import Ensemble
from common.core.params.weak import (
    ActivationProposals,
    BasNet,
    LabelClassifier,
    WeakTrack,
    WeakTraining,
)
from common.core.timebase import grid_for
from common.features.store import Features, write_features
from common.localization.track_files import TrackFiles
from common.localization.weak.labels import read_video_labels
from common.localization.weak.stages import WeakRun, detect, make_labels, score, train

MEMBERS = ("one", "two")
LABELS = ["clap", "jump", "wave"]
OFFICIAL = {"train": "training", "validation": "validation", "test": "testing"}
PARAMS = WeakTrack(
    seed=1,
    networks=1,
    workers=1,
    subset="test",
    basnet=BasNet(positions=16, channels=8, filter_channels=4, dropout=0.0, context_heads=0),
    training=WeakTraining(epochs=3, batch_size=8, lr=5e-3, local=None),
    proposals=ActivationProposals(thresholds=[0.0, 0.5], upsampling=2, most_classes=2),
    classes_by="mean",
    classifier=LabelClassifier(
        method="class_balanced_loss",
        settings={
            "hidden": 0, "steps": 60, "head_steps": 1, "batch_size": 8, "lr": 0.01,
            "weight_decay": 0.0, "taus": [0.0],
        },
    ),
    ensemble=Ensemble(folds=2),
    floor_proposals=20,
)  # fmt: skip


def _world(root, rng):
    """16 videos of 20 s; the features of a segment carry its class."""
    database, truth = {}, {}
    for i in range(16):
        subset = "train" if i < 8 else "validation" if i < 12 else "test"
        video, duration = f"v{i:02d}", 20.0
        found = [(LABELS[(i + k) % 3], 2.0 + 9.0 * k, 7.0 + 9.0 * k) for k in range(2)]
        annotations = [{"label": label, "segment": [s, e]} for label, s, e in found]
        entry = {"duration": duration, "subset": OFFICIAL[subset]}
        database[video] = entry | {"annotations": [] if subset == "test" else annotations}
        if subset == "test":
            truth[video] = entry | {"annotations": annotations}
        grid = grid_for(duration, 1.0)
        for member in MEMBERS:
            array = rng.normal(0, 0.3, (grid.n_snippets, 8)).astype(np.float32)
            for label, start, end in found:
                inside = (grid.centers() >= start) & (grid.centers() < end)
                array[inside, LABELS.index(label)] += 2.0
            features = Features(
                video, array, None, None, grid, duration, 12.0, member, "0" * 64, "1" * 64, "key"
            )
            write_features(root / "features" / member, features)
    for path, videos in (("annotations.json", database), ("truth/annotations.json", truth)):
        target = root / "world" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = {"version": "VERSION 1.3", "taxonomy": [], "database": videos}
        target.write_text(json.dumps(content))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("weak")
    _world(root, np.random.default_rng(0))
    one = WeakRun(TrackFiles(root / "world", root / "features", root / "weak"), MEMBERS, PARAMS)
    make_labels(one)
    train(one)
    detect(one)
    score(one, (5, 2))
    return one


def test_the_scores_cover_the_test_videos(run):
    metrics = json.loads((run.files.own / "metrics.json").read_text())
    assert metrics["videos"] == {"listed": 4, "with_features": 4}
    assert 0.0 < metrics["average_map"] <= 1.0
    assert set(metrics["floors"]) == {"uniform random", "sliding windows"}
    assert set(metrics["members"]) == {*MEMBERS, "uniform mean", "fitted weights"}
    assert metrics["top1"] > 0.5


def test_without_any_segment_the_result_has_the_same_bytes(run, tmp_path):
    """Training and detection run where no annotation file is; only the video labels are."""
    shutil.copytree(run.files.features, tmp_path / "features")
    own = tmp_path / "weak"
    own.mkdir()
    shutil.copy(run.labels, own)
    blind = replace(run, files=TrackFiles(tmp_path / "no world", tmp_path / "features", own))
    train(blind)
    detect(blind)
    made = sorted(p.relative_to(own) for p in own.rglob("*") if p.is_file())
    assert len(made) >= 8
    for path in made:
        assert (own / path).read_bytes() == (run.files.own / path).read_bytes(), path


def test_a_segment_file_in_place_of_the_labels_is_refused(run, tmp_path):
    own = tmp_path / "weak"
    own.mkdir()
    shutil.copy(run.files.annotations, own / "video_labels.json")
    wrong = replace(run, files=replace(run.files, own=own))
    with pytest.raises(InputError, match=r"video_labels.json.*weak.segments"):
        train(wrong)
    assert not wrong.networks.exists()


def test_no_features_of_any_video_is_refused(run, tmp_path):
    empty = replace(run, files=replace(run.files, features=tmp_path))
    with pytest.raises(InputError, match=r"train videos.*weak.absent"):
        empty.videos()


def test_hidden_labels_stay_hidden(run):
    known = read_video_labels(run.labels)
    assert all(known.labels[name] == () for name in known.of_subset("test"))

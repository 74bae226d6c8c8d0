"""The stages of the recognition track on synthetic features, down to the leaderboard file."""

import csv
import json
from importlib import import_module

import numpy as np
import pytest
import yaml

from common.core.errors import InputError
from common.core.params import read_params_file
from common.core.params.reader import ROOT
from common.core.timebase import grid_for
from common.data.epic_tables import convert_dataset
from common.features.store import Features, write_features
from common.submission.recognition_stages import recognition_run

MEMBERS = ["one", "two"]
VERBS, NOUNS = ["push", "pull", "lift"], ["box", "ball"]
# Class of each segment in turn: one verb and one noun are rare, in every subset.
ORDER = (0, 2, 0, 2, 0, 2, 0, 2, 1, 3, 4, 0)
MODULES = ["pool_clips", "train_heads", "ensemble", "score"]


def _params(path):
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["profile"] = "sample"
    params["features"]["names"] = MEMBERS
    track = params["epic_recognition"]
    for task in ("verb", "noun"):
        track[task]["compared"] = ["joint", "crt"]
        track[task]["settings"] |= {"steps": 60, "head_steps": 60, "lr": 0.05}
    path.write_text(yaml.safe_dump(params))


def _world(root, rng):
    """24 videos of 20 s with two segments each; their features carry verb and noun."""
    world = root / "world"
    (world / "truth").mkdir(parents=True)
    classes = [(v, n, i, j) for i, v in enumerate(VERBS) for j, n in enumerate(NOUNS)]
    rows = [f"{v} {n},{v},{n},{i},{j}" for v, n, i, j in classes]
    (world / "classes.csv").write_text("label,verb,noun,verb_id,noun_id\n" + "\n".join(rows))
    videos, shown, hidden = [], [], []
    for number in range(24):
        subset = "train" if number < 12 else "validation" if number < 18 else "test"
        video, grid = f"v{number:02d}", grid_for(20.0, 1.0)
        videos.append(f"{video},{subset},20.0,12,160,120,240")
        arrays = {name: rng.normal(0, 0.3, (20, 6)).astype(np.float32) for name in MEMBERS}
        for k in range(2):
            v, n, i, j = classes[ORDER[(2 * number + k) % len(ORDER)]]
            start = 2 + 9 * k
            (hidden if subset == "test" else shown).append(f"{video},{start},{start + 5},{v} {n},,")
            for array in arrays.values():
                array[start : start + 5, i] += 2.0
                array[start : start + 5, 3 + j] += 2.0
        for name, array in arrays.items():
            store = root / "features" / name
            write_features(
                store,
                Features(
                    video, array, None, None, grid, 20.0, 12.0, name, "0" * 64, "1" * 64, "key"
                ),
            )
    header = "video,start,end,label,verb,noun\n"
    (world / "segments.csv").write_text(header + "\n".join(shown) + "\n")
    (world / "truth" / "segments.csv").write_text(header + "\n".join(hidden) + "\n")
    columns = "video,subset,duration,fps,width,height,frames\n"
    (world / "videos.csv").write_text(columns + "\n".join(videos) + "\n")
    convert_dataset(world, root / "epic" / "annotations", root / "epic" / "truth")


@pytest.fixture(scope="module")
def track(tmp_path_factory):
    """The folder of the track after all its stages; the working folder is that of the run."""
    root = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("EMC2_PARAMS", str(root / "params.yaml"))
        _params(root / "params.yaml")
        _world(root / "artifacts" / "sample", np.random.default_rng(0))
        for module in MODULES:
            import_module(f"tracks.epic_recognition.{module}").main()
        yield root / "artifacts" / "sample" / "epic_recognition"
    read_params_file.cache_clear()


def test_the_features_carry_the_classes_and_the_heads_find_them(track):
    metrics = json.loads((track / "metrics.json").read_text())
    assert metrics["segments"] == {"reported": 12, "train": 24}
    assert metrics["top1"]["action"] > metrics["floors"]["majority class"]["action"]
    assert set(metrics["members"]) == {*MEMBERS, "uniform mean", "fitted weights"}
    assert set(metrics["classifiers"]["verb"]) == {"joint", "crt"}


def test_every_way_to_make_actions_is_reported(track):
    metrics = json.loads((track / "metrics.json").read_text())
    assert len(metrics["actions"]["fitted weights"]) == 7
    assert list(metrics["pairs"]) == ["one and two"]


def test_every_stage_left_its_cost(track):
    stages = json.loads((track / "run.json").read_text())["stages"]
    assert set(stages) == {"clips", "heads", "ensemble", "score"}


def test_a_second_training_gives_the_same_bytes(track):
    path = track / "heads" / "verb" / "crt" / "one.safetensors"
    before = path.read_bytes()
    import_module("tracks.epic_recognition.train_heads").main()
    assert path.read_bytes() == before


def test_a_video_without_features_is_named_by_file_and_line(track):
    store = track.parent / "features" / "two"
    path, kept = store / "v19.safetensors", store / "v19.kept"
    path.rename(kept)
    try:
        with pytest.raises(InputError, match=r"test_timestamps\.csv line 4: v19_0 .* two has no"):
            recognition_run().data  # noqa: B018
    finally:
        kept.rename(path)


def test_the_tables_list_every_narration_once(track):
    path = track.parent / "epic" / "annotations" / "EPIC_100_train.csv"
    with path.open() as stream:
        ids = [row["narration_id"] for row in csv.DictReader(stream)]
    assert len(ids) == len(set(ids)) == 24

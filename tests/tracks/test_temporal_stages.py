"""The stages of the temporal tracks, one after the other, on a handful of synthetic feature
sequences.
"""

import json
from importlib import import_module

import numpy as np
import pytest
import yaml

from common.core.params import read_params_file
from common.core.params.reader import ROOT
from common.core.timebase import grid_for
from common.features.store import Features, write_features

MEMBERS = ["one", "two"]
MODULES = ["train_proposals", "infer_maps", "classify", "ensemble", "score"]
LABELS = ["clap", "jump", "wave"]
OFFICIAL = {"train": "training", "validation": "validation", "test": "testing"}


def _params(path, name):
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["profile"] = "sample"
    params["features"]["names"] = MEMBERS
    track = params[name]
    track["bmn"] |= {"positions": 16, "durations": 16, "samples": 8}
    track["bmn"] |= {"hidden_1d": 16, "proposal_channels": 8, "hidden_3d": 16, "hidden_2d": 8}
    track["bmn_training"]["epochs"] = track["relation_training"]["epochs"] = 2
    track["classify"]["compared"] = ["joint", "crt"]
    track["classify"]["settings"] |= {"steps": 60, "head_steps": 30}
    path.write_text(yaml.safe_dump(params))


def _world(root, rng):
    """16 videos of 20 s; the features of a segment carry its class."""
    database, truth = {}, {}
    for i in range(16):
        subset = "train" if i < 8 else "validation" if i < 12 else "test"
        video, duration = f"v{i:02d}", 20.0
        found = [(LABELS[(i + k) % 3], 2.0 + 9.0 * k, 7.0 + 9.0 * k) for k in range(2)]
        annotations = [{"label": label, "segment": [s, e]} for label, s, e in found]
        entry = {"duration": duration, "subset": OFFICIAL[subset]}
        hidden = [] if subset == "test" else annotations
        database[video] = entry | {"annotations": hidden}
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


@pytest.fixture(scope="module", params=["activitynet", "hacs"])
def run(tmp_path_factory, request):
    """The folder of the track after all its stages."""
    root = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("EMC2_PARAMS", str(root / "params.yaml"))
        _params(root / "params.yaml", request.param)
        _world(root / "artifacts" / "sample", np.random.default_rng(0))
        for stage in MODULES:
            import_module(f"tracks.{request.param}.{stage}").main()
        yield root / "artifacts" / "sample" / request.param
    read_params_file.cache_clear()


def test_the_scores_cover_the_test_videos(run):
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["subset"] == "test"
    assert metrics["videos"] == {"listed": 4, "with_features": 4}
    assert 0.0 < metrics["average_map"] <= 1.0
    assert set(metrics["floors"]) == {"uniform random", "sliding windows"}
    assert set(metrics["members"]) == {*MEMBERS, "uniform mean", "fitted weights"}


def test_all_classifiers_are_compared(run):
    classifiers = json.loads((run / "metrics.json").read_text())["classifiers"]
    assert set(classifiers) == {"joint", "crt"}
    assert classifiers["joint"]["overall"] > 0.5  # a third by chance; the features carry the class


def test_weights_sum_to_one_and_the_fold_is_the_validation_subset(run):
    document = json.loads((run / "ensemble.json").read_text())
    assert sum(document["weights"].values()) == pytest.approx(1.0)
    assert len(document["fold"]["single"]) == 2


def test_every_stage_left_its_cost(run):
    stages = json.loads((run / "run.json").read_text())["stages"]
    assert set(stages) == {"proposals", "maps", "classify", "ensemble", "score"}


def test_a_second_training_gives_the_same_bytes(run):
    path = run / "proposals" / "one.safetensors"
    before = path.read_bytes()
    path.unlink()
    import_module(f"tracks.{run.name}.train_proposals").main()
    assert path.read_bytes() == before

"""The whole track on eight made-up videos: tables and features in, packaged file and scores out."""

import json

import numpy as np
import pytest

from common.core.errors import InputError
from common.core.params import load_params
from common.core.timebase import grid_for
from common.features.store import Features, write_features
from common.localization.windows.stages import EpicRun, classify, detect, submit, train_proposals

HEAD = (
    "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,"
    "start_frame,stop_frame"
)
DURATION = 20.0


def clock(t):
    return f"00:00:{t:05.2f}"


def table(path, videos, starts, labelled):
    lines = [HEAD + (",verb_class,noun_class" if labelled else "")]
    for video in videos:
        for i, (start, length, kind) in enumerate(starts[video]):
            times = f"{clock(start)},{clock(start + length)}"
            row = f"{video}_{i},P01,{video},00:00:00.00,{times},1,2"
            lines.append(row + (f",{kind},{kind + 5}" if labelled else ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def features(folder, video, actions, seed):
    grid = grid_for(DURATION, 0.25)
    array = np.random.default_rng(seed).normal(0, 0.05, (grid.n_snippets, 4)).astype(np.float32)
    for start, length, kind in actions:
        inside = (grid.centers() >= start) & (grid.centers() < start + length)
        array[inside, kind] += 1.0
    write_features(
        folder, Features(video, array, None, None, grid, DURATION, 10.0, "x", "w", "s", video)
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    base = tmp_path_factory.mktemp("artifacts")
    rng = np.random.default_rng(1)
    names = [f"P01_{i:02d}" for i in range(16)]
    starts = {
        v: [(t + rng.uniform(0, 2), rng.uniform(2, 4), int(rng.integers(0, 2))) for t in (2, 11)]
        for v in names
    }
    train, test = names[:12], names[12:]
    table(base / "epic" / "annotations" / "EPIC_100_train.csv", train, starts, True)
    times = base / "epic" / "annotations" / "EPIC_100_test_timestamps.csv"
    table(times, [*test, "P09_99"], starts | {"P09_99": [(1.0, 2.0, 0)]}, False)
    table(base / "epic" / "truth" / "EPIC_100_test_timestamps.csv", test, starts, True)
    for i, v in enumerate(names):
        features(base / "features" / "one", v, starts[v], i)
    params = load_params().epic_detection
    params = params.model_copy(
        update={
            "bmn": params.bmn.model_copy(
                update=dict(positions=24, durations=12, samples=4, hidden_1d=16, hidden_2d=8)
                | dict(proposal_channels=16, hidden_3d=16)
            ),
            "windows": params.windows.model_copy(update={"step": 8}),
            "training": params.training.model_copy(update={"epochs": 25, "shift_share": 0.0}),
        }
    )
    return EpicRun(base, params, ["one"])


def test_from_tables_and_features_to_the_file_of_the_server(run):
    train_proposals(run)
    assert not (run.own / "proposals" / ".work").exists()
    classify(run)
    detect(run)
    assert json.loads((run.own / "skipped.json").read_text()) == {}
    submit(run)
    metrics = json.loads((run.own / "metrics.json").read_text())
    assert metrics["action_map_avg"] > 30 and metrics["counts"]["videos"] == 4
    assert (run.own / "test.zip").is_file()


def test_a_damaged_video_stops_no_other(run):
    path = run.base / "features" / "one" / "P01_13.safetensors"
    whole = path.read_bytes()
    broken = bytearray(whole)
    broken[-8:] = b"\xff" * 8
    path.write_bytes(broken)
    detect(run)
    skipped = json.loads((run.own / "skipped.json").read_text())
    path.write_bytes(whole)
    assert list(skipped) == ["P01_13"] and "features.finite" in skipped["P01_13"]


def test_no_features_of_the_annotated_videos(run, tmp_path):
    features(tmp_path / "features" / "one", "other", [], 0)
    (tmp_path / "epic").symlink_to(run.base / "epic")
    with pytest.raises(InputError, match="windows.videos"):
        detect(EpicRun(tmp_path, run.params, ["one"]))

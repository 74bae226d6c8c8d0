"""Composed datasets, whole: tables, truth, resume, quarantine."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from common.challenges.activitynet.annotations import read_annotations
from common.core.errors import InputError
from common.data.compose import compose_dataset
from common.data.compose_render import frames_at_times


def _files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def recipe(recipe_with):
    return recipe_with()


@pytest.fixture(scope="module")
def made(clip_folder, recipe, tmp_path_factory):
    """A dataset that tests read and do not change."""
    out = tmp_path_factory.mktemp("made") / "dataset"
    return out, compose_dataset(clip_folder, recipe, 1, 2, out)


def test_the_tables_have_the_columns_of_a_dataset(made):
    out, _ = made
    columns = {name: list(pd.read_csv(out / f"{name}.csv")) for name in ("videos", "segments")}
    assert columns["videos"] == "video subset duration fps width height frames".split()
    assert columns["segments"] == "video start end label verb noun".split()
    assert (
        list(pd.read_csv(out / "clips.csv")) == "clip path label verb noun group start end".split()
    )
    classes = pd.read_csv(out / "classes.csv")
    assert list(classes) == "label verb noun verb_id noun_id".split()
    assert list(classes["label"]) == ["Jump", "Run"]


def test_every_video_is_there_with_the_frames_it_promises(made):
    out, summary = made
    table = pd.read_csv(out / "videos.csv")
    assert table["subset"].value_counts().to_dict() == {"train": 3, "validation": 2, "test": 2}
    for row in table.itertuples():
        shown = list(frames_at_times(out / "videos" / f"{row.video}.mp4", [0.0, 99.0], (32, 24)))
        assert len(shown) == 2
        assert row.frames == round(row.duration * row.fps)
    assert {path.stem for path in (out / "videos").iterdir()} == set(table["video"])
    assert {name: counts["videos"] for name, counts in summary.subsets.items()} == {
        "train": 3,
        "validation": 2,
        "test": 2,
    }


def test_the_pixels_are_those_of_the_clips_that_the_plan_names(made, grey_of):
    out, _ = made
    pieces = pd.concat([pd.read_csv(out / "pieces.csv"), pd.read_csv(out / "truth" / "pieces.csv")])
    for video, rows in pieces.groupby("video"):
        times = np.concatenate([rows["start"] + 0.01, rows["end"] - 0.01])
        order = np.argsort(times)
        frames = frames_at_times(out / "videos" / f"{video}.mp4", times[order], (32, 24))
        greys = np.array([frame.mean() for frame in frames])
        expected = np.array([grey_of(clip) for clip in [*rows["clip"], *rows["clip"]]])[order]
        assert np.abs(greys - expected).max() < 6


def test_segments_are_the_joined_pieces_of_an_instance(made):
    out, _ = made
    pieces, segments = pd.read_csv(out / "pieces.csv"), pd.read_csv(out / "segments.csv")
    for row in segments.itertuples():
        inside = pieces[
            (pieces["video"] == row.video)
            & (pieces["start"] >= row.start - 1e-9)
            & (pieces["end"] <= row.end + 1e-9)
        ]
        assert set(inside["label"]) == {row.label}
        assert (inside["end"] - inside["start"]).sum() == pytest.approx(row.end - row.start)


def test_the_truth_of_test_videos_stands_in_its_own_folder_alone(made):
    out, _ = made
    shown, truth = read_annotations(out), read_annotations(out / "truth" / "annotations.json")
    tested = {video.video for video in shown.videos if video.subset == "test"}
    assert {video.video for video in truth.videos} == tested
    assert not {segment.video for segment in shown.segments} & tested
    assert {segment.video for segment in truth.segments} == tested
    assert set(pd.read_csv(out / "truth" / "segments.csv")["video"]) == tested
    outside = [path for path in out.rglob("*.csv") if "truth" not in path.parts]
    found = [path.name for path in outside if "test_000" in path.read_text()]
    assert found == ["videos.csv"]
    assert "test" not in json.loads((out / "compose.json").read_text())["subsets"]


def test_trimmed_clips_are_those_of_train_byte_for_byte(made, clip_folder):
    out, _ = made
    clips = pd.read_csv(out / "clips.csv")
    listed = (clip_folder / "train.txt").read_text().split("\n")[:-1]
    assert list(clips["clip"]) == [Path(line.split()[0]).stem for line in listed]
    assert set(clips["label"]) == {"Jump", "Run", "background"}
    for row, line in zip(clips.itertuples(), listed, strict=True):
        original = (clip_folder / line.split()[0]).read_bytes()
        assert (out / row.path).read_bytes() == original
    assert (clips["end"] == 2.0).all()


def test_groups_keep_to_their_subset(made):
    out, _ = made
    groups = {}
    for path in (out / "pieces.csv", out / "truth" / "pieces.csv"):
        table = pd.read_csv(path)
        for subset, rows in table.groupby(table["video"].str.split("_").str[0]):
            groups[subset] = set(rows["group"])
    assert not groups["train"] & groups["validation"]
    assert not groups["validation"] & groups["test"]
    assert not groups["train"] & groups["test"]


def test_a_second_run_keeps_everything_and_changes_no_byte(made, clip_folder, recipe, tmp_path):
    out, first = made
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    again = compose_dataset(clip_folder, recipe, 1, 1, copy)
    assert (again.reused, first.reused) == (7, 0)
    assert _files(copy) == _files(out)


def test_a_damaged_and_a_missing_video_are_made_again(made, clip_folder, recipe, tmp_path):
    out, _ = made
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    (copy / "videos" / "train_001.mp4").write_bytes(b"damaged")
    (copy / "videos" / "test_000.mp4").unlink()
    (copy / "clips" / "stranger.mp4").touch()
    for half in (".part-1.csv", "truth/.part-2.json", "videos/.part-3.mp4", ".keys/.part-4.json"):
        (copy / half).touch()
    assert compose_dataset(clip_folder, recipe, 1, 1, copy).reused == 5
    assert _files(copy) == _files(out)


def test_another_plan_replaces_what_changed(made, clip_folder, recipe_with, tmp_path):
    out, _ = made
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    fewer = recipe_with(videos={"train": 2, "validation": 2, "test": 2})
    compose_dataset(clip_folder, fewer, 2, 1, copy)
    fresh = tmp_path / "fresh"
    compose_dataset(clip_folder, fewer, 2, 1, fresh)
    assert _files(copy) == _files(fresh)
    assert not (copy / "videos" / "train_002.mp4").exists()


def test_a_killed_run_goes_on_and_equals_an_uninterrupted_one(made, clip_folder, tmp_path):
    out, _ = made
    program = (
        "import sys, json; from pathlib import Path\n"
        "from common.core.params.composed import Composed\n"
        "from common.data.compose import compose_dataset\n"
        "recipe = Composed.model_validate(json.loads(sys.argv[1])['params'])\n"
        "compose_dataset(Path(sys.argv[2]), recipe, 1, 1, Path(sys.argv[3]))\n"
    )
    target = tmp_path / "killed"
    settings = (out / "compose.json").read_text()
    command = [sys.executable, "-c", program, settings, str(clip_folder), str(target)]
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(target.glob(".keys/*_0*.json")) and run.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert not (target / "videos.csv").exists()  # a reader sees that it is not whole
    subprocess.run(command, stderr=subprocess.DEVNULL, check=True, timeout=120)
    assert _files(target) == _files(out)


@pytest.fixture
def broken_folder(clip_folder, tmp_path):
    """The clip folder with one clip cut in the middle and one empty."""
    folder = tmp_path / "broken"
    shutil.copytree(clip_folder, folder)
    cut = folder / "videos" / "Jump" / "v_Jump_g01_c02.mp4"
    cut.write_bytes(cut.read_bytes()[:700])
    (folder / "videos" / "Idle" / "v_Idle_g02_c01.mp4").write_bytes(b"")
    return folder


def test_unreadable_clips_are_named_with_list_and_line(broken_folder, recipe, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(InputError, match="2 clips cannot be read whole, at most 0 may") as error:
        compose_dataset(broken_folder, recipe, 1, 1, out)
    assert error.value.rule == "clips.unreadable"
    assert error.value.where.endswith("train.txt line 2")
    assert "train.txt line 23: videos/Idle/v_Idle_g02_c01.mp4 is empty" in error.value.problem
    assert not out.exists()


def test_unreadable_clips_are_left_out_where_the_params_allow_it(
    broken_folder, recipe_with, tmp_path
):
    made = compose_dataset(broken_folder, recipe_with(max_broken=2), 1, 1, tmp_path / "out")
    assert set(made.left_out) == {
        "videos/Jump/v_Jump_g01_c02.mp4",
        "videos/Idle/v_Idle_g02_c01.mp4",
    }
    used = (tmp_path / "out" / "pieces.csv").read_text()
    assert "v_Jump_g01_c02" not in used and "v_Idle_g02_c01" not in used
    assert json.loads((tmp_path / "out" / "compose.json").read_text())["left_out"] == made.left_out


def test_a_folder_that_holds_something_else_is_not_touched(clip_folder, recipe, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match="was not made by this command"):
        compose_dataset(clip_folder, recipe, 1, 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_one_list_alone_gives_one_subset(clip_folder, recipe_with, tmp_path):
    recipe = recipe_with(lists={"validation": ["val.txt"]}, videos={"validation": 2})
    made = compose_dataset(clip_folder, recipe, 5, 1, tmp_path / "out")
    assert list(made.subsets) == ["validation"]
    assert not (tmp_path / "out" / "truth").exists()
    assert pd.read_csv(tmp_path / "out" / "clips.csv").empty


def test_clips_that_match_no_group_are_counted(clip_folder, recipe_with, tmp_path):
    recipe = recipe_with(
        group_pattern="(nothing)", lists={"train": ["train.txt"]}, videos={"train": 1}
    )
    assert compose_dataset(clip_folder, recipe, 1, 1, tmp_path / "out").lone_clips == 30

"""The rendered dataset folder, on a small world."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from common.core.errors import InputError
from common.core.hashing import sha256_folder
from common.core.seeds import rng_for
from common.video.clips import read_all
from common.world.boxes import BOX_COLUMNS, boxes_of
from common.world.cast import POSES
from common.world.direct import direct
from common.world.film import Film
from common.world.render import render_world
from common.world.script import write_scripts


def test_the_same_params_give_the_same_bytes_whatever_the_workers(small, world, tmp_path):
    again = tmp_path / "again"
    render_world(small.model_copy(update={"workers": 1}), again)
    assert sha256_folder(again) == sha256_folder(world)


def test_the_folder_holds_all_that_the_layout_promises(world):
    videos = pd.read_csv(world / "videos.csv")
    assert list(videos.columns) == "video subset duration fps width height frames".split()
    assert videos["subset"].value_counts().to_dict() == {"train": 3, "validation": 1, "test": 1}
    classes = pd.read_csv(world / "classes.csv", keep_default_na=False)
    assert list(classes.columns) == ["label", "verb", "noun", "verb_id", "noun_id"]
    clips = pd.read_csv(world / "clips.csv", keep_default_na=False)
    assert list(clips.columns) == "clip path label verb noun group start end".split()
    assert set(clips["group"]) <= set(videos[videos["subset"] == "train"]["video"])
    assert "background" in set(clips["label"])
    for path in clips["path"]:
        assert (world / path).is_file()
    assert len(list((world / "stills").glob("*.jpg"))) == 4
    assert {p.name for p in (world / "broken").iterdir()} == {
        "truncated.mp4", "zero_bytes.mp4", "no_video.mp4",
    }  # fmt: skip


def test_videos_and_clips_have_the_frames_that_the_tables_say(world):
    for row in pd.read_csv(world / "videos.csv").itertuples():
        frames, times = read_all(world / "videos" / f"{row.video}.mp4")
        assert frames.shape == (row.frames, row.height, row.width, 3)
        assert abs(times[-1] + 1 / row.fps - row.duration) < 1e-6
    clip = pd.read_csv(world / "clips.csv").iloc[0]
    frames, _ = read_all(world / clip["path"])
    assert len(frames) == round((clip["end"] - clip["start"]) * 12)
    video, _ = read_all(world / "videos" / f"{clip['group']}.mp4")
    first = round(clip["start"] * 12)
    difference = np.abs(frames.astype(int) - video[first : first + len(frames)].astype(int))
    assert difference.mean() < 6  # the same pictures, encoded twice


def test_annotations_hide_the_test_videos_and_the_truth_shows_them(world):
    open_file = json.loads((world / "annotations.json").read_text())
    truth = json.loads((world / "truth" / "annotations.json").read_text())
    assert set(open_file) == {"version", "taxonomy", "database"}
    assert open_file["version"] == "VERSION 1.3"
    subsets = {entry["subset"] for entry in open_file["database"].values()}
    assert subsets == {"training", "validation", "testing"}
    for video, entry in open_file["database"].items():
        hidden = entry["subset"] == "testing"
        assert (entry["annotations"] == []) == hidden
        if hidden:
            assert truth["database"][video]["annotations"]
    leaves = {node["nodeName"] for node in open_file["taxonomy"]}
    leaves -= {node["parentName"] for node in open_file["taxonomy"]}
    assert leaves == set(pd.read_csv(world / "classes.csv")["label"])
    assert set(truth["database"]) == {
        video for video, entry in open_file["database"].items() if entry["subset"] == "testing"
    }


@pytest.mark.parametrize("folder", [".", "truth"])
def test_segments_agree_with_the_annotations_and_lie_inside_the_videos(world, folder):
    segments = pd.read_csv(world / folder / "segments.csv")
    assert list(segments.columns) == ["video", "start", "end", "label", "verb", "noun"]
    durations = pd.read_csv(world / "videos.csv").set_index("video")["duration"]
    assert (segments["start"] >= 0).all()
    assert (segments["start"] < segments["end"]).all()
    assert (segments["end"].to_numpy() <= durations[segments["video"]].to_numpy()).all()
    database = json.loads((world / folder / "annotations.json").read_text())["database"]
    listed = [
        (video, *item["segment"], item["label"])
        for video, entry in database.items()
        for item in entry["annotations"]
    ]
    columns = ["video", "start", "end", "label"]
    assert sorted(listed) == sorted(segments[columns].itertuples(index=False, name=None))


@pytest.mark.parametrize("folder", [".", "truth"])
def test_boxes_are_fractions_of_living_entities_with_one_pose_each(world, folder):
    boxes = pd.read_csv(world / folder / "boxes.csv", keep_default_na=False)
    assert list(boxes.columns) == BOX_COLUMNS
    assert ((boxes[["x1", "y1"]] >= 0) & (boxes[["x1", "y1"]] < 1)).all(axis=None)
    assert (boxes["x1"] < boxes["x2"]).all()
    assert (boxes["y1"] < boxes["y2"]).all()
    assert (boxes[["x2", "y2"]] <= 1).all(axis=None)
    known = set(pd.read_csv(world / "actions.csv")["action"])
    for row in boxes.itertuples():
        actions = row.actions.split("|") if row.actions else []
        if row.kind == "person":
            assert actions[0] in POSES
            assert set(actions) <= known
        else:
            assert actions == []
    kinds = boxes.groupby(["video", "entity"])["noun"].nunique()
    assert (kinds == 1).all()


def test_boxes_enclose_their_masks_and_ids_belong_to_what_is_there(small):
    script = write_scripts(small.rendered, small.seed)[0]
    scene = direct(script, small.rendered, small.seed)
    film = Film(scene, 160, 120, rng_for(small.seed, "film", script.video))
    alive = {p.entity for p in scene.persons} | {p.entity for p in scene.props}
    assert len(alive) == len(scene.persons) + len(scene.props)
    for frame in range(0, scene.n_frames, 24):
        _, ids = film.frame(frame, with_ids=True)
        assert set(np.unique(ids)) - {0} <= alive
        for row in boxes_of(ids, scene, frame, script.video, 0):
            mask = (ids == row[6]).astype(np.uint8)
            x, y, w, h = cv2.boundingRect(mask)
            found = np.array(row[2:6]) * (160, 120, 160, 120)
            assert np.abs(found - (x, y, x + w, y + h)).max() <= 1


def test_a_picture_does_not_depend_on_whether_masks_are_drawn(small):
    script = write_scripts(small.rendered, small.seed)[1]
    scene = direct(script, small.rendered, small.seed)
    film = Film(scene, 160, 120, rng_for(small.seed, "film", script.video))
    for frame in (0, scene.n_frames // 2):
        with_ids, ids = film.frame(frame, with_ids=True)
        assert ids is not None
        assert (film.frame(frame)[0] == with_ids).all()


def test_mask_sequences_are_laid_out_as_davis_and_hide_the_truth_of_test(world):
    masks = world / "masks"
    sets = masks / "ImageSets" / "2017"
    n_frames = 8
    for split in ("train", "val", "test"):
        (name,) = (sets / f"{split}.txt").read_text().split()
        images = sorted((masks / "JPEGImages" / "480p" / name).iterdir())
        shown = sorted((masks / "Annotations" / "480p" / name).iterdir())
        assert [p.stem for p in images] == [f"{i:05d}" for i in range(n_frames)]
        assert len(shown) == (1 if split == "test" else n_frames)
        base = world / "truth" / "masks" if split == "test" else masks
        entities = pd.read_csv(base / "entities" / f"{name}.csv", keep_default_na=False)
        seen = set()
        for path in sorted((base / "Annotations" / "480p" / name).iterdir()):
            with Image.open(path) as picture:
                assert picture.mode == "P"
                assert picture.size == (160, 120)
                seen |= set(np.unique(np.array(picture))) - {0}
        assert seen == set(entities["id"]) == set(range(1, len(entities) + 1))


def test_a_world_that_is_not_rendered_or_has_unknown_classes_is_refused(small, tmp_path):
    with pytest.raises(InputError, match="not 'rendered'"):
        render_world(small.model_copy(update={"kind": "composed"}), tmp_path / "x")
    for labels, message in (
        (["push box", "pick up bal"], "did you mean|Did you mean"),
        (["push box", "carry ball"], "needs 'pick up ball'"),
    ):
        rendered = small.rendered.model_copy(update={"classes": labels})
        with pytest.raises(InputError, match=message):
            render_world(small.model_copy(update={"rendered": rendered}), tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_scripts_of_videos_do_not_depend_on_each_other(small):
    """Rendering one video alone gives what it is in the whole: any worker can take it."""
    scripts = write_scripts(small.rendered, small.seed)
    one = direct(scripts[2], small.rendered, small.seed)
    direct(scripts[0], small.rendered, small.seed)
    other = direct(replace(scripts[2]), small.rendered, small.seed)
    assert (one.persons[0].pose == other.persons[0].pose).all()
    assert (one.camera_x == other.camera_x).all()


def test_the_folder_is_replaced_as_a_whole(small, world, tmp_path):
    assert not list(Path(world.parent).glob(".part-*"))

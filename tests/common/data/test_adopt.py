"""Annotated folders become datasets; what is missing or broken is named and counted."""

import json

import numpy as np
import pandas as pd
import pytest

from common.challenges.activitynet.annotations import read_annotations
from common.core.errors import InputError
from common.core.params.adopted import ClipCuts
from common.data.adopt import Adoption, adopt_dataset, read_labels, read_subsets
from common.video.clips import read_all
from common.video.encode import encode_video

AS_IS = {"train": "train", "validation": "validation", "test": "test"}


def _entry(subset, *segments, duration=2.0):
    found = [{"label": label, "segment": [start, end]} for label, start, end in segments]
    return {"duration": duration, "subset": subset, "annotations": found}


def _write(folder, database, names=None):
    """Two-second videos under `names` (default: the ids), and the annotation file."""
    document = {"version": "VERSION test", "taxonomy": [], "database": database}
    folder.mkdir(exist_ok=True)
    (folder / "annotations.json").write_text(json.dumps(document))
    for name in database if names is None else names:
        frames = [np.zeros((16, 16, 3), np.uint8)] * 20
        encode_video(folder / "videos" / f"{name}.mp4", frames, 10)
    return folder


def _adopt(folder, out, **changes):
    rules = Adoption(**{"subsets": AS_IS, **changes})
    return adopt_dataset(folder, folder / "videos", out, rules, 1, 60.0)


@pytest.fixture
def folder(tmp_path):
    """One video of each subset."""
    return _write(
        tmp_path / "mine",
        {
            "a": _entry("training", ("Walk", 0.0, 1.0), ("Sit", 0.5, 9.0), ("Sit", 3.0, 4.0)),
            "b": _entry("validation", ("Walk", 0.2, 0.8)),
            "c": _entry("testing"),
        },
    )


def test_an_annotated_folder_becomes_a_dataset(folder, tmp_path):
    made = _adopt(folder, tmp_path / "out")
    assert made.videos == {"train": 1, "validation": 1, "test": 1}
    videos = pd.read_csv(tmp_path / "out" / "videos.csv")
    assert list(videos["video"]) == ["a", "b", "c"]
    assert list(videos["duration"]) == [2.0, 2.0, 2.0]
    assert list(pd.read_csv(tmp_path / "out" / "classes.csv")["label"]) == ["Sit", "Walk"]
    assert (tmp_path / "out" / "videos" / "a.mp4").read_bytes() == (
        folder / "videos" / "a.mp4"
    ).read_bytes()


def test_segments_are_fitted_for_training_and_kept_as_published_for_scoring(folder, tmp_path):
    made = _adopt(folder, tmp_path / "out")
    assert (made.segments, made.segments_cut, made.segments_dropped) == (3, 1, 1)
    table = pd.read_csv(tmp_path / "out" / "segments.csv")
    assert table[["video", "start", "end"]].values.tolist() == [
        ["a", 0.0, 1.0],
        ["a", 0.5, 2.0],
        ["b", 0.2, 0.8],
    ]
    published = read_annotations(tmp_path / "out")
    assert [(s.start, s.end) for s in published.segments if s.video == "a"] == [
        (0.0, 1.0),
        (0.5, 9.0),
        (3.0, 4.0),
    ]


def test_subsets_can_be_mapped_and_left_out(folder, tmp_path):
    subsets = read_subsets(["validation=test", "testing=none"])
    made = _adopt(folder, tmp_path / "out", subsets=subsets)
    assert made.videos == {"train": 1, "test": 1}
    assert list(pd.read_csv(tmp_path / "out" / "truth" / "segments.csv")["video"]) == ["b"]
    assert "b" not in set(pd.read_csv(tmp_path / "out" / "segments.csv")["video"])
    assert {s.video for s in read_annotations(tmp_path / "out").segments} == {"a"}


@pytest.mark.parametrize("word", ["valid=test", "training", "training=val", "=test"])
def test_a_faulty_map_is_refused(word):
    with pytest.raises(InputError, match="is not OFFICIAL=OURS"):
        read_subsets([word])


def test_missing_and_broken_videos_are_named_counted_and_stay_listed(folder, tmp_path):
    (folder / "videos" / "b.mp4").unlink()
    (folder / "videos" / "c.mp4").write_bytes(b"not a video")
    made = _adopt(folder, tmp_path / "out")
    assert made.states == {"present": 1, "missing": 1, "corrupt": 1}
    assert set(made.left_out) == {"b", "c"}
    manifest = pd.read_csv(tmp_path / "out" / "manifest.csv", keep_default_na=False)
    assert dict(zip(manifest["video"], manifest["state"], strict=True)) == {
        "a": "present",
        "b": "missing",
        "c": "corrupt",
    }
    assert list(pd.read_csv(tmp_path / "out" / "videos.csv")["video"]) == ["a"]
    assert set(pd.read_csv(tmp_path / "out" / "segments.csv")["video"]) == {"a"}
    listed = read_annotations(tmp_path / "out")
    assert [video.video for video in listed.videos] == ["a", "b", "c"]
    assert "b" in {segment.video for segment in listed.segments}


def test_too_many_broken_videos_are_an_error(folder, tmp_path):
    (folder / "videos" / "b.mp4").unlink()
    with pytest.raises(
        InputError, match=r"1 of 3 videos are missing .* at most 0 .*b: no such file"
    ):
        _adopt(folder, tmp_path / "out", max_broken=0)
    assert not (tmp_path / "out" / "videos.csv").exists()


def test_a_folder_without_any_of_the_videos_is_an_error(folder, tmp_path):
    with pytest.raises(InputError, match="3 of 3 videos are missing"):
        adopt_dataset(folder, tmp_path / "none", tmp_path / "out", Adoption(AS_IS), 1, 60.0)


def test_another_duration_than_annotated_is_told_and_the_measured_one_counts(tmp_path):
    folder = _write(tmp_path / "mine", {"a": _entry("training", ("Walk", 0, 1), duration=60.0)})
    assert _adopt(folder, tmp_path / "out").states == {"duration_mismatch": 1}
    assert pd.read_csv(tmp_path / "out" / "videos.csv")["duration"][0] == 2.0


def test_the_prefix_of_file_names_is_taken_off_once(tmp_path):
    database = {name: _entry("training", ("Walk", 0, 1)) for name in ("abc", "v_abc", "vx")}
    folder = _write(tmp_path / "mine", database, ["v_abc", "v_v_abc", "v_vx"])
    made = _adopt(folder, tmp_path / "out")
    assert made.states == {"present": 3}
    files = pd.read_csv(tmp_path / "out" / "manifest.csv").set_index("video")["file"]
    assert files.to_dict() == {"abc": "v_abc.mp4", "v_abc": "v_v_abc.mp4", "vx": "v_vx.mp4"}
    assert {path.stem for path in (tmp_path / "out" / "videos").iterdir()} == set(database)


def test_two_files_of_one_id_are_refused(folder, tmp_path):
    (folder / "videos" / "a.mkv").touch()
    with pytest.raises(InputError, match=r"a\.mp4: a\.mkv has the same id"):
        _adopt(folder, tmp_path / "out")


def test_a_pinned_class_list_keeps_its_order_and_refuses_strangers(folder, tmp_path):
    pinned = tmp_path / "classes.csv"
    pinned.write_text("label,verb\nWalk,\nRun,\nSit,\n")
    _adopt(folder, tmp_path / "out", labels=read_labels(pinned))
    assert list(pd.read_csv(tmp_path / "out" / "classes.csv")["label"]) == ["Walk", "Run", "Sit"]
    with pytest.raises(InputError, match="'Sit' is not in the class list") as error:
        _adopt(folder, tmp_path / "two", labels=("Walk", "Sitt"))
    assert 'Did you mean "Sitt"' in str(error.value)
    with pytest.raises(InputError, match="is no class list"):
        read_labels(folder / "annotations.json")


def test_links_point_at_the_videos_and_copies_replace_them(folder, tmp_path):
    _adopt(folder, tmp_path / "out", symlink=True)
    target = tmp_path / "out" / "videos" / "a.mp4"
    assert target.is_symlink() and target.resolve() == folder / "videos" / "a.mp4"
    _adopt(folder, tmp_path / "out")
    assert not target.is_symlink()
    assert target.read_bytes() == (folder / "videos" / "a.mp4").read_bytes()


def test_a_second_run_takes_up_a_change(folder, tmp_path):
    out = tmp_path / "out"
    _adopt(folder, out)
    document = json.loads((folder / "annotations.json").read_text())
    del document["database"]["c"]
    (folder / "annotations.json").write_text(json.dumps(document))
    _adopt(folder, out)
    assert {path.name for path in (out / "videos").iterdir()} == {"a.mp4", "b.mp4"}


def test_no_video_in_the_chosen_subsets_is_an_error(folder, tmp_path):
    nothing = dict.fromkeys(AS_IS, None)
    with pytest.raises(InputError, match="no video is in the chosen subsets"):
        _adopt(folder, tmp_path / "out", subsets=nothing)


def test_a_folder_that_holds_something_else_is_not_touched(folder, tmp_path):
    with pytest.raises(InputError, match="was not made by this command"):
        _adopt(folder, tmp_path)


def test_the_home_videos_are_adopted_whole(shared_data, tmp_path):
    made = _adopt(shared_data / "gmdcsa24", tmp_path / "out")
    assert made.states == {"present": 18}
    assert made.videos == {"train": 13, "validation": 5}
    assert (made.segments, made.segments_cut) == (35, 0)
    assert len(pd.read_csv(tmp_path / "out" / "classes.csv")) == 9


def test_official_videos_with_their_prefix_are_adopted(shared_data, tmp_path):
    made = _adopt(shared_data / "activitynet_2videos", tmp_path / "out")
    assert made.states == {"present": 2}
    assert made.segments_cut == 1  # it was published 0.05 s longer than the picture
    assert any("published are 10,024" in warning for warning in made.warnings)


def test_clips_are_cut_from_train_segments_and_from_where_nothing_is(tmp_path):
    own = {
        "a": _entry("training", ("Walk", 0.0, 0.9), ("Sit", 0.5, 0.9)),
        "b": _entry("validation", ("Walk", 0.2, 0.8)),
    }
    folder = _write(tmp_path / "mine", own)
    spec = ClipCuts(seconds=0.5, least=2, backgrounds=1, fps=10, width=16, height=16, crf=20)
    _adopt(folder, tmp_path / "out", clips=spec)
    table = pd.read_csv(tmp_path / "out" / "clips.csv")
    assert sorted(table["label"]) == ["Sit", "Sit", "Walk", "Walk", "background"]
    assert set(table["group"]) == {"a"}
    assert ((table["end"] - table["start"]) <= 0.5 + 1e-9).all()
    assert table.loc[table["label"] == "background", "start"].item() >= 0.9
    frames, _ = read_all(tmp_path / "out" / table["path"][0])
    assert frames.shape == (5, 16, 16, 3)
    _adopt(folder, tmp_path / "out")
    assert not list((tmp_path / "out" / "clips").glob("*.mp4"))

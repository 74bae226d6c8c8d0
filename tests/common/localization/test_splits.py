"""Who may see which videos."""

import json

import pytest

from common.core.errors import InputError
from common.core.params.localization import Fold
from common.localization.splits import read_annotated, split_videos


@pytest.fixture
def annotated(tmp_path):
    database = {
        f"v{i:02d}": {
            "duration": 20.0,
            "subset": "training" if i < 40 else "validation",
            "annotations": [{"label": "wave" if i % 2 else "clap", "segment": [1.0, 5.0]}],
        }
        for i in range(50)
    }
    database["t1"] = {"duration": 9.0, "subset": "testing", "annotations": []}
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps({"version": "VERSION 1.3", "taxonomy": [], "database": database}))
    return read_annotated(path)


def test_classes_are_sorted_and_hidden_videos_have_no_segments(annotated):
    assert annotated.classes == ("clap", "wave")
    assert annotated.segments["t1"] == ()
    assert annotated.of_subset("test") == ("t1",)


def test_the_fold_of_train_is_disjoint_and_about_a_fifth(annotated):
    split = split_videos(annotated, Fold(source="train"))
    assert set(split.train) | set(split.fold) == set(annotated.of_subset("train"))
    assert not set(split.train) & set(split.fold)
    assert 3 <= len(split.fold) <= 14


def test_each_video_is_in_exactly_one_fold(annotated):
    folds = [split_videos(annotated, Fold(source="train", index=i)).fold for i in range(5)]
    assert sorted(name for fold in folds for name in fold) == list(annotated.of_subset("train"))


def test_the_validation_subset_can_be_the_fold(annotated):
    split = split_videos(annotated, Fold(source="validation"))
    assert split.fold == annotated.of_subset("validation")
    assert split.train == annotated.of_subset("train")


def test_an_empty_fold_is_an_error(annotated):
    with pytest.raises(InputError, match="0 in the fold"):
        split_videos(annotated, Fold(source="train", index=7))


def test_classes_are_counted_in_the_videos_asked_for(annotated):
    assert annotated.class_counts(("v00", "v01", "v02")) == {"clap": 2, "wave": 1}

"""The file of video labels: what it keeps of annotations, and what it refuses."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.errors import InputError
from common.core.records import LabelledSegment, Video
from common.localization.splits import AnnotatedVideos
from common.localization.weak.labels import (
    read_video_labels,
    reduce_annotations,
    write_video_labels,
)

CLASSES = ("clap", "jump", "wave")


def annotated(shift=0.0):
    """Two videos; the segments lie elsewhere for another `shift`."""
    found = {
        "b": (LabelledSegment("b", 1.0 + shift, 2.0 + 2 * shift, "wave"),) * 2,
        "a": (LabelledSegment("a", shift, 5.0 + shift, "clap"),),
        "hidden": (),
    }
    subsets = {"b": "train", "a": "validation", "hidden": "test"}
    videos = {name: Video(name, subsets[name], 20.0) for name in found}
    return AnnotatedVideos(videos, found, CLASSES)


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "labels.json"
    write_video_labels(path, reduce_annotations(annotated()))
    known = read_video_labels(path)
    assert known.classes == CLASSES
    assert known.labels == {"a": ("clap",), "b": ("wave",), "hidden": ()}
    assert known.of_subset("train") == ("b",)
    assert known.matrix(("a", "b")).tolist() == [[True, False, False], [False, False, True]]
    assert known.videos["a"].duration == 20.0


@given(st.floats(0.0, 9.0))
def test_the_file_does_not_know_where_segments_are(tmp_path_factory, shift):
    folder = tmp_path_factory.mktemp("labels")
    for name, moved in (("one", 0.0), ("other", shift)):
        write_video_labels(folder / name, reduce_annotations(annotated(moved)))
    assert (folder / "one").read_bytes() == (folder / "other").read_bytes()


@pytest.mark.parametrize(
    "document",
    [
        {"database": {"a": {"subset": "training", "annotations": [], "duration": 1.0}}},
        {
            "classes": ["clap"],
            "videos": {
                "a": {"subset": "train", "duration": 9.0, "labels": [], "segments": [[0, 1]]}
            },
        },
    ],
)
def test_a_file_with_segments_is_refused(tmp_path, document):
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError) as caught:
        read_video_labels(path)
    assert caught.value.rule == "weak.segments"
    assert str(path) in str(caught.value)


def _entry(**changes):
    return {"subset": "train", "duration": 9.0, "labels": ["clap"]} | changes


@pytest.mark.parametrize(
    ("entry", "rule", "said"),
    [
        (_entry(labels=["clpa"]), "weak.label", 'Did you mean "clap"?'),
        (_entry(times=[0, 1]), "weak.labels", "times"),
        (_entry(duration="x"), "weak.labels", "duration"),
        (_entry(duration=-1.0), "record.duration", "a"),
    ],
)
def test_a_faulty_entry_is_named(tmp_path, entry, rule, said):
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"classes": ["clap"], "videos": {"a": entry}}))
    with pytest.raises(InputError) as caught:
        read_video_labels(path)
    assert caught.value.rule == rule and said in str(caught.value)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="weak.labels"):
        read_video_labels(tmp_path / "none.json")

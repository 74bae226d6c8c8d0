"""The dataset in the tables of EPIC-KITCHENS-100."""

import csv
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.challenges.epic.annotations import clock_seconds, read_segments, read_tail
from common.challenges.epic.ground_truth import read_truth
from common.challenges.formats import Settings
from common.core.errors import InputError
from common.data.epic_tables import clock, convert_dataset, copy_official, tail_classes
from common.data.epic_videos import read_epic

CLASSES = "label,verb,noun,verb_id,noun_id\npush box,push,box,0,0\npull box,pull,box,1,0\n"
VIDEOS = "video,subset,duration,fps,width,height,frames\n" + "".join(
    f"{name},{subset},30.5,12,160,120,366\n"
    for name, subset in (("a", "train"), ("b", "validation"), ("c", "test"))
)
HEADER = "video,start,end,label,verb,noun\n"


@pytest.fixture
def world(tmp_path):
    folder = tmp_path / "world"
    (folder / "truth").mkdir(parents=True)
    (folder / "classes.csv").write_text(CLASSES)
    (folder / "videos.csv").write_text(VIDEOS)
    rows = ["a,9.0,11.5,pull box,,", "a,1.25,3.5,push box,,", "b,0.0,2.0,push box,,"]
    (folder / "segments.csv").write_text(HEADER + "\n".join(rows) + "\n")
    (folder / "truth" / "segments.csv").write_text(HEADER + "c,4.0,5.0,pull box,,\n")
    return folder


def convert(world):
    out = world.parent / "annotations", world.parent / "truth"
    convert_dataset(world, *out)
    return out


def test_segments_keep_times_and_classes_in_the_order_of_time(world):
    annotations, _ = convert(world)
    first, second = read_segments(annotations / "EPIC_100_train.csv")
    assert (first.narration, first.start, first.end) == ("a_0", 1.25, 3.5)
    assert (first.verb, first.noun, second.verb) == (0, 0, 1)


def test_the_classes_of_the_test_segments_lie_apart(world):
    annotations, truth = convert(world)
    settings = Settings(subset="test")
    assert read_truth(annotations, settings).segments[0].verb is None
    assert read_truth(truth, settings).segments[0].verb == 1
    assert "pull" not in (annotations / "EPIC_100_test_timestamps.csv").read_text()


def test_a_dataset_without_verbs_is_refused_by_line(world):
    (world / "classes.csv").write_text("label,verb,noun,verb_id,noun_id\nArchery,,,,\n")
    with pytest.raises(InputError, match=r"classes\.csv line 2: class 'Archery' is no verb"):
        convert(world)


def test_the_tables_are_those_of_an_official_data_set(world):
    annotations, _ = convert(world)
    read = read_epic(annotations)
    assert [(v.video, v.subset) for v in read.videos] == [
        ("a", "train"),
        ("b", "validation"),
        ("c", "test"),
    ]
    assert [s.label for s in read.segments] == ["push box", "pull box", "push box"]
    copy_official(annotations, world / "copy", world / "copied_truth")
    assert (world / "copy" / "EPIC_100_train.csv").read_bytes() == (
        annotations / "EPIC_100_train.csv"
    ).read_bytes()
    (annotations / "EPIC_100_train.csv").unlink()
    with pytest.raises(InputError, match="has no EPIC_100_train.csv"):
        copy_official(annotations, world / "copy", world / "copied_truth")


@given(st.integers(0, 359_999))
def test_clocks_read_back_to_the_hundredth(hundredths):
    assert round(100 * clock_seconds(clock(hundredths / 100))) == hundredths


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_the_tail_holds_at_most_its_share_and_no_larger_class_than_the_rest(counts):
    tail = tail_classes(counts)
    assert sum(counts[number] for number in tail) <= 0.2 * sum(counts)
    rest = [count for number, count in enumerate(counts) if count and number not in tail]
    assert all(counts[number] <= count for number in tail for count in rest)
    assert all(counts[number] for number in tail)


def test_the_published_counts_give_the_published_tail_lists(shared_data):
    folder = shared_data / "reference" / "epic-kitchens-100"
    counts = {"verb": Counter(), "noun": Counter()}
    with (folder / "train_pair_counts.csv").open() as stream:
        for row in csv.DictReader(stream):
            for task, found in counts.items():
                found[int(row[f"{task}_class"])] += int(row["train_segments"])
    for task, size in (("verb", 97), ("noun", 300)):
        official = read_tail(folder / f"EPIC_100_tail_{task}s.csv")
        assert tail_classes([counts[task][n] for n in range(size)]) == sorted(official)

import gzip
import json

import numpy as np
import pytest

from common.challenges.activitynet.annotations import read_annotations
from common.challenges.activitynet.ground_truth import read_ground_truth
from common.core.errors import InputError
from common.core.records import LabelledSegment, Video
from tests.common.challenges.temporal_files import ANNOTATIONS, write_truth


def changed(tmp_path, change):
    document = json.loads(json.dumps(ANNOTATIONS))
    change(document)
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps(document))
    return path


def test_records_come_out_in_file_order(tmp_path):
    result = read_annotations(write_truth(tmp_path, "activitynet-detection"))
    assert result.videos[0] == Video("vid_one", "validation", 60.0)
    assert result.segments[2] == LabelledSegment("v_two", 2.0, 9.75, "Long jump")
    assert result.classes == ("Rope skipping", "Long jump", "Javelin throw")


def test_hacs_durations_are_text(tmp_path):
    result = read_annotations(write_truth(tmp_path, "hacs-detection"))
    assert result.version is None
    assert [video.duration for video in result.videos] == [60.0, 42.5, 30.0, 20.0]


def test_another_number_of_videos_than_published_is_a_warning(tmp_path):
    findings = read_annotations(write_truth(tmp_path, "activitynet-detection")).findings
    assert [f.rule for f in findings.warnings] == ["anet.counts"] * 3
    assert "2 validation videos, published are 4,926" in findings.warnings[1].problem


def test_segments_that_are_no_records_are_named_and_left_out(tmp_path):
    def reverse(document):
        document["database"]["vid_one"]["annotations"][1]["segment"] = [9.0, 9.0]

    result = read_annotations(changed(tmp_path, reverse))
    assert len(result.segments) == 3
    named = [f.place for f in result.findings.warnings if f.rule == "segment.order"]
    assert named == ['$.database["vid_one"].annotations[1]']


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d.pop("database"), "$.database"),
        (lambda d: d.update(version=3), "$.version"),
        (lambda d: d["database"].update(x=[]), '$.database["x"]'),
        (lambda d: d["database"]["v_two"].pop("subset"), '$.database["v_two"].subset'),
        (lambda d: d["database"]["v_two"].update(duration="a"), '$.database["v_two"].duration'),
        (
            lambda d: d["database"]["v_two"].update(annotations={}),
            '$.database["v_two"].annotations',
        ),
        (
            lambda d: d["database"]["v_two"]["annotations"][0].pop("label"),
            '$.database["v_two"].annotations[0].label',
        ),
        (
            lambda d: d["database"]["v_two"]["annotations"][0].update(segment=[1]),
            '$.database["v_two"].annotations[0].segment',
        ),
        (
            lambda d: d["database"]["v_two"]["annotations"][0].update(segment=[1, float("nan")]),
            '$.database["v_two"].annotations[0].segment[1]',
        ),
    ],
)
def test_a_file_of_another_layout_is_refused_with_the_place(tmp_path, change, place):
    with pytest.raises(InputError) as caught:
        read_annotations(changed(tmp_path, change))
    assert caught.value.where.endswith(f" {place}")


def test_all_places_at_fault_are_named(tmp_path):
    def spoil(document):
        document["database"]["vid_one"]["annotations"][1].pop("label")
        document["database"]["v_two"].update(duration="a", subset=3)

    with pytest.raises(InputError) as caught:
        read_annotations(changed(tmp_path, spoil))
    assert caught.value.where.endswith(' $.database["vid_one"].annotations[1].label')
    others = '$.database["v_two"].subset, $.database["v_two"].duration'
    assert f"(2 more malformed entries: {others})" in caught.value.problem


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"v_two": {', '"vid_one": {"subset": "testing"}, "v_two": {', '$.database["vid_one"]'),
        ('"duration": 42.5', '"duration": 1, "duration": 42.5', '$.database["v_two"].duration'),
        ('"version"', '"version": "VERSION 1.2", "version"', "$.version"),
        # An escape must not hide it.
        ('"v_two": {', '"v_\\u0074wo": {"subset": "x\\u003a"}, "v_two": {', '$.database["v_two"]'),
    ],
)
def test_a_video_stands_once(tmp_path, old, new, place):
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps(ANNOTATIONS).replace(old, new))
    with pytest.raises(InputError, match="more than once") as caught:
        read_annotations(path)
    assert caught.value.rule == "json.duplicate"
    assert caught.value.where.endswith(f" {place}")


def test_an_escaped_colon_is_no_repeated_key(tmp_path):
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps(ANNOTATIONS).replace("Long jump", "Long\\u003a jump"))
    assert read_annotations(path).classes[1] == "Long: jump"


def test_a_cut_off_file_names_the_line(tmp_path):
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps(ANNOTATIONS, indent=1)[:200])
    with pytest.raises(InputError, match=r"line \d+"):
        read_annotations(path)


def test_the_ground_truth_holds_one_subset(tmp_path):
    truth = read_ground_truth(write_truth(tmp_path, "activitynet-detection"), "validation")
    assert list(truth.videos) == ["vid_one", "v_two"]
    assert truth.elsewhere == {"training1": "training", "testing1": "testing"}
    assert truth.instances.video.tolist() == [0, 0, 1]
    assert np.array_equal(truth.instances.end, [21.5, 44.0, 9.75])
    assert list(truth.classes) == ["Rope skipping", "Long jump"]


def test_a_hidden_test_set_has_the_classes_of_the_whole_file(tmp_path):
    truth = read_ground_truth(write_truth(tmp_path, "activitynet-detection"), "test")
    assert len(truth.classes) == 3
    with pytest.raises(InputError, match="have no annotation"):
        truth.require_annotations()


def test_blocked_videos_are_left_out(tmp_path):
    path = write_truth(tmp_path, "activitynet-detection")
    assert list(read_ground_truth(path, "validation", ["v_two"]).videos) == ["vid_one"]


def test_the_official_reader_wants_version_and_taxonomy(tmp_path):
    path = write_truth(tmp_path, "hacs-detection")
    with pytest.raises(InputError, match="no version"):
        read_ground_truth(path, "validation")
    assert read_ground_truth(path, "validation", needs_version=False).version is None


def test_a_folder_is_searched_for_official_names(tmp_path):
    packed = gzip.compress(json.dumps(ANNOTATIONS).encode())
    (tmp_path / "activity_net.v1-3.min.json.gz").write_bytes(packed)
    assert len(read_annotations(tmp_path).videos) == 4
    (tmp_path / "activity_net.v1-3.min.json.gz").unlink()
    with pytest.raises(InputError, match="holds none of"):
        read_annotations(tmp_path)


def test_the_real_reduced_set_is_read(shared_data):
    folder = shared_data / "golden" / "activitynet-detection" / "real-sample"
    result = read_annotations(folder / "gt.json.gz")
    rules = [finding.rule for finding in result.findings.warnings]
    assert (len(result.videos), len(result.classes)) == (4_728, 200)
    assert len(result.segments) + rules.count("segment.order") == 7_293

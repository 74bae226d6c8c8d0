"""Detection tables to leaderboard files and back."""

import json

import numpy as np
import pandas as pd
import pytest

from common.challenges.activitynet.writer import ExternalData
from common.core.errors import InputError
from common.submission.leaderboard import detection_file, read_detections

NO_EXTERNAL = ExternalData(False, "")


def test_official_layout(make_truth):
    truth, _ = make_truth(2)
    document = json.loads(detection_file(truth.assign(score=0.5), ExternalData(True, "Kinetics")))
    assert set(document) == {"version", "results", "external_data"}
    assert document["external_data"] == {"used": True, "details": "Kinetics"}
    first = document["results"]["video_0000"][0]
    assert set(first) == {"label", "score", "segment"}


def test_round_trip_keeps_every_number(tmp_path, make_truth, make_detections):
    truth, durations = make_truth(4)
    found = make_detections(truth, durations, per_video=20)
    (tmp_path / "a.json").write_bytes(detection_file(found, NO_EXTERNAL))
    again = read_detections(tmp_path / "a.json")
    order = ["video", "score", "start", "end", "label"]
    expected = found.sort_values(order).reset_index(drop=True)
    got = again.sort_values(order).reset_index(drop=True)
    pd.testing.assert_frame_equal(got[order], expected[order], check_exact=True, check_dtype=False)
    best_first = again.groupby("video")["score"].apply(lambda s: (s.diff().dropna() <= 0).all())
    assert best_first.all()


def test_the_order_of_rows_does_not_change_the_bytes(make_truth, make_detections):
    truth, durations = make_truth(3)
    found = make_detections(truth, durations, per_video=15)
    found["score"] = found["score"].round(1)
    shuffled = found.sample(frac=1, random_state=0)
    assert detection_file(found, NO_EXTERNAL) == detection_file(shuffled, NO_EXTERNAL)


def test_videos_without_a_detection_appear(tmp_path, make_truth):
    truth, _ = make_truth(1)
    data = detection_file(truth.assign(score=1.0), NO_EXTERNAL, videos=["b_empty", "video_0000"])
    assert list(json.loads(data)["results"]) == ["b_empty", "video_0000"]
    (tmp_path / "a.json").write_bytes(data)
    assert set(read_detections(tmp_path / "a.json")["video"]) == {"video_0000"}


def test_no_detection_at_all(tmp_path, make_truth):
    truth, _ = make_truth(1)
    none = truth.assign(score=1.0).iloc[:0]
    (tmp_path / "a.json").write_bytes(detection_file(none, NO_EXTERNAL, videos=["v"]))
    table = read_detections(tmp_path / "a.json")
    assert len(table) == 0 and table["start"].dtype == np.float64


def test_what_is_no_number_is_refused(make_truth):
    truth, _ = make_truth(1)
    with pytest.raises(InputError, match="score is nan"):
        detection_file(truth.assign(score=np.nan), NO_EXTERNAL)


def test_a_file_of_another_layout_is_refused(tmp_path):
    (tmp_path / "a.json").write_text('{"results": {"v": [{"score": 1}]}}')
    with pytest.raises(InputError, match=r"a\.json"):
        read_detections(tmp_path / "a.json")

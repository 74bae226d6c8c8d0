"""Which videos are shown, and which of their frames."""

import pandas as pd
import pytest

from common.submission.analysis.matching import ERROR_KINDS, KIND_NAME, Kind, match_detections
from common.submission.report.video_choice import choose_videos, key_frame_times, summarise


@pytest.fixture(scope="module")
def summaries(make_truth, make_detections):
    truth, durations = make_truth(60)
    matches = match_detections(truth, make_detections(truth, durations, per_video=40))
    return summarise(matches, sorted(durations), 20)


def test_a_perfect_and_an_empty_video():
    truth = pd.DataFrame(
        [("a", 0.0, 5.0, "x"), ("b", 0.0, 5.0, "x")], columns=["video", "start", "end", "label"]
    )
    matches = match_detections(truth, truth[:1].assign(score=0.5))
    perfect, empty, without = summarise(matches, ["a", "b", "c"], 20)
    assert (perfect.found, perfect.right, perfect.n_truth) == (1.0, 1, 1)
    assert (empty.found, empty.rows) == (0.0, ())
    assert without.n_truth == 0
    shown = choose_videos([perfect, empty, without], 40, 0)
    assert shown[0][0].video in ("b", "c")
    assert perfect.counts[Kind.TRUE_POSITIVE] == 1


def test_all_kinds_of_reasons_and_no_video_twice(summaries):
    chosen = choose_videos(summaries, 40, seed=0)
    names = [item.video for item, _ in chosen]
    assert len(names) == len(set(names)) == 40
    reasons = " ".join(why for _, whys in chosen for why in whys)
    assert "among the worst" in reasons and "drawn at random" in reasons
    present = [k for k in ERROR_KINDS if any(s.counts[k] for s in summaries)]
    assert sum(f"typical: {KIND_NAME[k]}" in reasons for k in present) >= len(present) - 1


def test_the_worst_are_the_worst(summaries):
    chosen = choose_videos(summaries, 40, seed=0)
    worst = [item.found for item, why in chosen if "among the worst" in why]
    assert len(worst) == 10
    assert max(worst) <= sorted(s.found for s in summaries)[10]


def test_the_seed_alone_decides_the_random_ones(summaries):
    names = [[item.video for item, _ in choose_videos(summaries, 20, seed)] for seed in (0, 0, 1)]
    assert names[0] == names[1] != names[2]


def test_key_frames_are_middles_first_then_starts_then_spread():
    truth = pd.DataFrame({"start": [10.0, 50.0], "end": [20.0, 60.0]})
    assert key_frame_times(truth, 100.0, 2) == [15.0, 55.0]
    assert key_frame_times(truth, 100.0, 4) == [10.0, 15.0, 50.0, 55.0]
    assert len(key_frame_times(truth, 100.0, 8)) == 8
    assert key_frame_times(truth.iloc[:0], 100.0, 4) == [12.5, 37.5, 62.5, 87.5]
    assert key_frame_times(truth, 100.0, 0) == []

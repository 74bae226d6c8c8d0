"""The picture of one video."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from common.submission.timeline import WIDTH, KeyFrame, _places, draw_timeline


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.fixture
def video(make_truth, make_detections):
    truth, durations = make_truth(3)
    found = make_detections(truth, durations)
    name = "video_0001"
    return durations[name], found[found["video"] == name], truth[truth["video"] == name]


def red(time):
    return KeyFrame(time, np.full((60, 80, 3), (255, 0, 0), dtype=np.uint8))


def pixels(picture, colour):
    return np.argwhere((picture == colour).all(axis=-1))


def test_same_input_same_bytes(video):
    duration, found, truth = video
    one = draw_timeline("a.mp4", duration, found, truth, [red(1.0)])
    shuffled = found.sample(frac=1, random_state=1)
    assert draw_timeline("a.mp4", duration, shuffled, truth, [red(1.0)]) == one


def test_a_detection_stands_where_it_happens():
    found = pd.DataFrame({"start": [25.0], "end": [75.0], "label": ["push"], "score": [0.9]})
    picture = opened(draw_timeline("a.mp4", 100.0, found))
    x = pixels(picture, (0x00, 0x72, 0xB2))[:, 1]
    # The square beside the class name has the same colour at the left margin.
    bar = x[x > 60]
    assert bar.min() == pytest.approx(28 + 0.25 * (WIDTH - 56), abs=4)
    assert bar.max() == pytest.approx(28 + 0.75 * (WIDTH - 56), abs=4)


def test_a_lower_score_is_paler():
    found = pd.DataFrame(
        {"start": [0.0, 50.0], "end": [40.0, 90.0], "label": "push", "score": [0.9, 0.3]}
    )
    picture = opened(draw_timeline("a.mp4", 100.0, found))
    bar = pixels(picture, (0x00, 0x72, 0xB2))
    row = bar[bar[:, 1] > 200][0, 0]
    strong, pale = picture[row, 400], picture[row, 1000]
    assert pale.sum() > strong.sum() + 60


def test_truth_and_frames_are_drawn_only_where_given(video):
    duration, found, truth = video
    bare = opened(draw_timeline("a.mp4", duration, found))
    full = opened(draw_timeline("a.mp4", duration, found, truth, [red(2.0), red(9.0)]))
    assert not len(pixels(bare, (0x44, 0x44, 0x44))) and not len(pixels(bare, (255, 0, 0)))
    assert len(pixels(full, (0x44, 0x44, 0x44))) > 500
    assert len(pixels(full, (255, 0, 0))) == pytest.approx(2 * 120 * 90, rel=0.02)
    assert full.shape[0] > bare.shape[0]


def test_frames_keep_their_order_and_never_overlap():
    frames = [red(t) for t in (1.0, 1.1, 1.2, 99.0, 99.9)]
    lefts = _places(frames, 100.0)
    assert all(b - a >= 168 for a, b in zip(lefts, lefts[1:], strict=False))
    assert lefts[0] >= 28 and lefts[-1] + 160 <= WIDTH - 28


def test_many_frames_are_thinned(video):
    duration, found, _ = video
    frames = [red(t) for t in np.linspace(0, duration, 50)]
    picture = opened(draw_timeline("a.mp4", duration, found, None, frames))
    assert len(pixels(picture, (255, 0, 0))) == pytest.approx(8 * 120 * 90, rel=0.02)


def test_nothing_found_is_said(video):
    duration, found, truth = video
    none = draw_timeline("a.mp4", duration, found.iloc[:0])
    assert opened(none).shape[1] == WIDTH
    assert none != draw_timeline("a.mp4", duration, found.iloc[:0], truth)


def test_odd_names_and_segments_outside_the_video_are_drawn():
    found = pd.DataFrame(
        {"start": [-3.0, 5.0], "end": [400.0, 5.0], "label": ["<b>" * 60, "é"], "score": 0.0}
    )
    assert opened(draw_timeline("x" * 300, 10.0, found)).shape[1] == WIDTH


def test_the_score_of_a_short_bar_at_the_end_of_the_video_is_whole():
    found = pd.DataFrame({"start": [99.5], "end": [100.0], "label": ["push"], "score": [0.9]})
    short = opened(draw_timeline("a.mp4", 100.0, found))
    assert (short[:, -4:] == 255).all()  # nothing runs over the edge
    row = pixels(short, (0x00, 0x72, 0xB2))[:, 0].max() - 9
    assert (short[row, WIDTH - 70 : WIDTH - 38] < 200).any()  # the text stands left of the bar

"""Correlation of the members' errors."""

import numpy as np
import pytest

from common.core.records import LabelledSegment
from common.localization.diversity import error_correlation
from common.localization.labels import iou_map
from common.localization.maps import ScoreMaps

SEGMENTS = {"v": [LabelledSegment("v", 2.0, 5.0, "x")], "w": []}
T = 16


def member(noise_of) -> list[ScoreMaps]:
    maps = []
    for i, video in enumerate(("v", "w")):
        boxes = np.array([[s.start, s.end] for s in SEGMENTS[video]]).reshape(-1, 2) / 10.0
        truth = iou_map(boxes, T, T) + noise_of(i)
        confidence = np.stack([truth, truth]).astype(np.float32)
        maps.append(ScoreMaps(video, 10.0, np.zeros(T), np.zeros(T), confidence))
    return maps


def noise(seed, scale=0.1):
    return lambda i: np.random.default_rng([seed, i]).normal(0, scale, (T, T))


def test_errors_of_the_same_source_correlate_and_others_do_not():
    shared, own = noise(1), noise(2, 0.05)
    members = [
        member(shared),
        member(lambda i: shared(i) + own(i)),
        member(noise(3)),
    ]
    found = error_correlation(members, SEGMENTS)
    assert np.allclose(np.diag(found), 1.0) and np.allclose(found, found.T)
    assert found[0, 1] == pytest.approx(1 / np.sqrt(1 + 0.25), abs=0.05)
    assert abs(found[0, 2]) < 0.2


def test_different_videos_are_refused():
    with pytest.raises(ValueError, match="videos differ"):
        error_correlation([member(noise(1)), member(noise(2))[::-1]], SEGMENTS)

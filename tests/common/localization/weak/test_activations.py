"""Class activations -> segments, against slow loops and on sequences with a known answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from common.core.params.weak import ActivationProposals
from common.localization.weak.activations import (
    ClassActivations,
    chosen_classes,
    class_segments,
    detections_of,
    hard_nms,
    scale,
)

SPEC = ActivationProposals(thresholds=[0.0, 0.3, 0.6], upsampling=4, most_classes=2, nms_tiou=0.6)
values = st.floats(0, 1, width=16)
sequences = st.integers(1, 40).flatmap(lambda n: arrays(np.float64, n, elements=values))


def slow_segments(fine, spec):
    """Runs and their contrast, position by position."""
    found = {}
    for threshold in spec.thresholds:
        start = None
        for i in range(len(fine) + 1):
            inside = i < len(fine) and fine[i] >= threshold and fine[i] > 0
            if inside and start is None:
                start = i
            if not inside and start is not None:
                margin = int(spec.margin * (i - start))
                outer = [
                    fine[j]
                    for j in [*range(start - margin, start), *range(i, i + margin)]
                    if 0 <= j < len(fine)
                ]
                inner = [fine[j] for j in range(start, i)]
                contrast = sum(inner) / len(inner) - (sum(outer) / len(outer) if outer else 0.0)
                found[start, i] = contrast
                start = None
    return found


@given(sequences)
def test_segments_equal_those_of_a_slow_loop(fine):
    segments, contrast = class_segments(fine, SPEC)
    slow = slow_segments(fine, SPEC)
    assert [tuple(row) for row in segments.astype(int).tolist()] == sorted(slow)
    np.testing.assert_allclose(contrast, [slow[key] for key in sorted(slow)], atol=1e-12)


@given(arrays(np.float64, (9, 2), elements=st.floats(-4, 4, width=16)))
def test_scaled_activations_reach_one_at_the_peak_and_stay_below(x):
    scaled = scale(x)
    assert (scaled <= 1.0 + 1e-12).all()
    for c in range(2):
        if x[:, c].max() > max(x[:, c].min(), 0.0):
            assert scaled[x[:, c].argmax(), c] == pytest.approx(1.0)


boxes = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 10)), min_size=1, max_size=12)


@given(boxes, st.randoms(use_true_random=False))
def test_nms_equals_a_slow_loop(pairs, random):
    segments = np.array([(s, s + n) for s, n in pairs], dtype=np.float64)
    scores = np.array([random.random() for _ in pairs])
    kept = []
    for i in sorted(range(len(pairs)), key=lambda i: -scores[i]):
        if all(_tiou(segments[i], segments[j]) <= 0.5 for j in kept):
            kept.append(i)
    assert hard_nms(segments, scores, 0.5).tolist() == kept


def _tiou(a, b):
    overlap = max(0.0, min(a[1], b[1]) - max(a[0], b[0]))
    return overlap / (a[1] - a[0] + b[1] - b[0] - overlap)


def _one_video(activations, scores=(0.9, 0.1)):
    n = len(activations)
    array = np.asarray(activations, dtype=np.float32)
    return ClassActivations(
        "v", float(n), array, np.ones(n, np.float32), np.array(scores, dtype=np.float32)
    )


def test_a_plateau_is_found_where_it_lies():
    activations = np.zeros((20, 2))
    activations[5:10, 0] = 4.0
    found = detections_of([_one_video(activations)], ("a", "b"), SPEC)
    assert set(found["label"]) == {"a"}
    best = found.iloc[0]
    assert best[["start", "end"]].tolist() == pytest.approx([5.0, 10.0], abs=0.3)
    assert found["score"].is_monotonic_decreasing


def test_a_class_that_is_nowhere_positive_is_nowhere():
    found = detections_of([_one_video(np.full((20, 2), -1.0))], ("a", "b"), SPEC)
    assert len(found) == 0


def test_no_videos_give_an_empty_table():
    assert len(detections_of([], ("a", "b"), SPEC)) == 0


def test_the_best_class_is_always_chosen_and_others_above_the_limit():
    assert chosen_classes(np.array([0.1, 0.2, 0.05]), SPEC) == [1]
    assert chosen_classes(np.array([0.3, 0.4, 0.3]), SPEC) == [1, 0]  # two at most

"""Labels of BMN: the golden example, borders, emptiness, shifts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.records import LabelledSegment
from common.localization.labels import inside, map_labels, relative_segments

BOXES = np.array([[0.2, 0.5], [0.55, 0.6]])


def test_the_iou_map_of_the_golden_example():
    """Values of mmaction2 1.2.0, BMN.generate_labels, T = 100. They were made with boxes in single
    precision, where 0.2 is 0.200000003: that decides which cells lie just above 0.9.
    """
    boxes = BOXES.astype(np.float32).astype(np.float64)
    iou, valid = map_labels(boxes, 100, 100).iou, inside(100, 100)
    assert iou.sum(dtype=np.float64) == pytest.approx(1704.269347, abs=2e-5)
    assert iou[29, 20] == pytest.approx(1.0, abs=1e-6)
    assert iou[4, 55] == pytest.approx(1.0, abs=1e-6)
    assert iou[0, 20] == pytest.approx(1 / 30, abs=1e-7)
    assert ((iou > 0.9) & valid).sum() == 25
    assert ((iou > 0.7) & valid).sum() == 237
    assert ((iou > 0.3) & (iou <= 0.7) & valid).sum() == 2_163
    assert ((iou > 0) & (iou <= 0.3) & valid).sum() == 1_645
    assert ((iou == 0) & valid).sum() == 1_005
    assert ((iou > 0) & ~valid).sum() == 1_830


def test_the_boundary_labels_of_the_golden_example():
    golden = map_labels(BOXES, 100, 100)
    for labels, first in ((golden.start, (18, 53)), (golden.end, (48, 58))):
        expected = np.zeros(100)
        for i in first:
            expected[i : i + 4] = [0.5, 1, 1, 0.5]
        assert np.abs(labels - expected).max() < 1e-6


def test_labels_equal_mmaction2s_on_the_golden_example():
    pytest.importorskip("mmaction")
    import torch

    from common.models.mmaction import build

    config = dict(type="BMN", temporal_dim=20, boundary_ratio=0.5, num_samples=2, feat_dim=8)
    config |= dict(num_samples_per_bin=1, soft_nms_alpha=0.4, post_process_top_k=1)
    config |= dict(soft_nms_low_threshold=0.5, soft_nms_high_threshold=0.9)
    network = build(config | dict(hidden_dim_1d=8, hidden_dim_2d=2, hidden_dim_3d=2))
    boxes = np.array([[0.0, 0.31], [0.423, 0.9], [0.77, 1.0]])
    wanted = network.generate_labels([torch.from_numpy(boxes)])
    ours = map_labels(boxes, 20, 20)
    for found, expected in zip((ours.iou, ours.start, ours.end), wanted, strict=True):
        assert np.abs(found - expected[0].numpy()).max() < 1e-6


def test_a_video_without_segments_has_zero_maps():
    labels = map_labels(np.zeros((0, 2)), 10, 6)
    assert labels.iou.shape == (6, 10)
    assert not labels.iou.any() and not labels.start.any() and not labels.end.any()


@given(start=st.integers(3, 12), length=st.integers(2, 8), step=st.integers(1, 6), n=st.just(30))
def test_moving_all_boxes_by_one_position_moves_the_maps_by_one_column(start, length, step, n):
    box = np.array([[start, start + length]]) / n
    here, there = map_labels(box, n, 10), map_labels(box + step / n, n, 10)
    assert np.allclose(here.iou[:, : n - step], there.iou[:, step:], atol=1e-6)
    assert np.allclose(here.start[: n - step], there.start[step:], atol=1e-5)


def test_segments_are_clipped_to_the_covered_time_and_empty_ones_dropped():
    segments = [
        LabelledSegment("v", 0.0, 5.0, "a"),
        LabelledSegment("v", 8.0, 12.0, "a"),
        LabelledSegment("v", 10.5, 11.0, "b"),  # wholly after the covered time
    ]
    assert relative_segments(segments, 10.0).tolist() == [[0.0, 0.5], [0.8, 1.0]]
    assert relative_segments([], 10.0).shape == (0, 2)

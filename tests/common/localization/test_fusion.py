"""Fusing maps, proposals and class scores."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from common.core.errors import InputError
from common.core.params.localization import SoftNms
from common.localization.fusion import (
    fuse_class_scores,
    fuse_maps,
    fuse_proposals,
    pool_proposals,
    proposal_scale,
    vote_segments,
)
from common.localization.maps import ScoreMaps
from common.localization.tables import CLASS_SCORE_COLUMNS, PROPOSAL_COLUMNS, make_table


def maps(seed: int, video="v", positions=10) -> ScoreMaps:
    rng = np.random.default_rng(seed)
    confidence = rng.random((2, positions, positions)).astype(np.float32)
    boundaries = rng.random((2, positions)).astype(np.float32)
    return ScoreMaps(video, 20.0, *boundaries, confidence)


def table(segments, scores, video="v", member="m") -> pd.DataFrame:
    segments = np.asarray(segments, dtype=float)
    columns = {"video": [video] * len(scores), "start": segments[:, 0], "end": segments[:, 1]}
    return make_table(PROPOSAL_COLUMNS, columns | {"score": scores, "member": member})


def test_fused_maps_are_the_weighted_mean():
    a, b = maps(0), maps(1)
    fused = fuse_maps([a, b], [3.0, 1.0])
    assert np.allclose(fused.confidence, 0.75 * a.confidence + 0.25 * b.confidence, atol=1e-7)
    assert np.allclose(fused.start, 0.75 * a.start + 0.25 * b.start, atol=1e-7)


def test_all_weight_on_one_member_gives_its_maps_bit_for_bit():
    fused = fuse_maps([maps(0), maps(1)], [0.0, 2.0])
    assert np.array_equal(fused.confidence, maps(1).confidence)
    assert np.array_equal(fused.end, maps(1).end)


def test_members_of_another_size_are_resized():
    fused = fuse_maps([maps(0), maps(1, positions=25)], [0.5, 0.5])
    assert fused.confidence.shape == (2, 10, 10)


def test_maps_of_different_videos_and_weights_without_sum_are_refused():
    with pytest.raises(InputError, match="are different videos"):
        fuse_maps([maps(0), maps(0, video="w")], [1, 1])
    with pytest.raises(InputError, match="positive sum"):
        fuse_maps([maps(0), maps(1)], [0.0, 0.0])


def test_the_scale_is_the_mean_of_the_best_proposals_of_each_video():
    both = pd.concat(
        [table([[0, 1]] * 3, [0.9, 0.1, 0.5]), table([[0, 1]] * 2, [0.3, 0.7], video="w")]
    )
    assert proposal_scale(both, top_k=2) == pytest.approx((0.9 + 0.5 + 0.7 + 0.3) / 4)


def test_members_are_pooled_by_weight_and_scale_in_an_order_of_their_own():
    members = {"a": table([[0, 2], [3, 4]], [0.8, 0.4]), "b": table([[0, 2]], [8.0])}
    pooled = pool_proposals(members, {"a": 0.25, "b": 0.75}, {"a": 0.5, "b": 10.0})
    assert pooled["score"].tolist() == pytest.approx([0.6, 0.4, 0.2])
    assert pooled["member"].tolist() == ["b", "a", "a"]
    swapped = {name: members[name] for name in ("b", "a")}
    pd.testing.assert_frame_equal(
        pooled, pool_proposals(swapped, {"a": 0.25, "b": 0.75}, {"a": 0.5, "b": 10.0})
    )


def test_a_member_without_weight_is_left_out():
    members = {"a": table([[0, 2]], [0.8]), "b": table([[0, 2]], [8.0])}
    pooled = pool_proposals(members, {"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 1.0})
    assert pooled["member"].tolist() == ["a"]


def test_joint_soft_nms_lowers_what_two_members_found_twice():
    pooled = table([[0, 4], [0, 4.1], [10, 12]], [0.9, 0.8, 0.5])
    fused = fuse_proposals(pooled, {"v": 20.0}, SoftNms())
    assert fused["start"].tolist() == [0.0, 10.0, 0.0]
    assert fused["score"].iloc[2] < 0.15
    assert set(fused["member"]) == {"ensemble"}


def test_the_threshold_depends_on_the_width_relative_to_the_video():
    """tIoU 0.8: above the threshold of a proposal that fills a tenth of the video (0.54), below
    that of one that fills nearly all of it (0.86).
    """
    pooled = table([[0, 9.0], [0, 7.2]], [0.9, 0.8])
    short = fuse_proposals(pooled, {"v": 90.0}, SoftNms())
    whole = fuse_proposals(pooled, {"v": 10.0}, SoftNms())
    assert short["score"].iloc[1] < 0.8 and whole["score"].iloc[1] == 0.8


def test_voting_takes_the_weighted_mean_of_close_segments():
    kept = np.array([[0.0, 10.0], [30.0, 31.0]])
    pool = np.array([[0.0, 10.0], [0.2, 10.2], [5.0, 10.0]])
    voted = vote_segments(kept, pool, np.array([3.0, 1.0, 9.0]), 0.9)
    assert voted.tolist() == [pytest.approx([0.05, 10.05]), [30.0, 31.0]]


def test_voting_is_part_of_the_fusion_when_asked_for():
    pooled = table([[0.0, 10.0], [0.2, 10.2]], [3.0, 1.0])
    fused = fuse_proposals(pooled, {"v": 20.0}, SoftNms(), voting_tiou=0.9)
    assert fused["start"].iloc[0] == pytest.approx(0.05)


def test_no_proposals_stay_no_proposals():
    empty = table([[0, 1]], [1.0]).head(0)
    assert len(fuse_proposals(empty, {}, SoftNms())) == 0


def class_scores(values) -> pd.DataFrame:
    columns = {"video": ["b", "b", "a", "a"], "label": ["x", "y"] * 2, "score": values}
    return make_table(CLASS_SCORE_COLUMNS, columns)


def test_class_scores_are_averaged_whatever_the_order_of_their_rows():
    members = {"m": class_scores([0.2, 0.8, 0.6, 0.4]), "n": class_scores([0.4, 0.6, 1, 0])[::-1]}
    fused = fuse_class_scores(members, {"m": 1.0, "n": 3.0})
    assert fused["video"].tolist() == ["a", "a", "b", "b"]
    assert fused["score"].to_numpy() == pytest.approx([0.9, 0.1, 0.35, 0.65])


def test_class_scores_of_other_videos_are_refused():
    other = class_scores([0.1] * 4).replace({"b": "c"})
    with pytest.raises(InputError, match="n: scores other videos"):
        fuse_class_scores({"m": class_scores([0.1] * 4), "n": other}, {"m": 1.0, "n": 1.0})


def test_maps_of_another_duration_are_read_by_seconds():
    longer = replace(maps(1), duration=22.0)
    fused = fuse_maps([maps(0), longer], [0.0, 1.0])
    assert fused.duration == 20.0
    assert not np.array_equal(fused.start, longer.start)

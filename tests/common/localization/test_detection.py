"""Proposals times class scores."""

import numpy as np
import pandas as pd
import pytest

from common.core.errors import InputError
from common.core.params.localization import Detection
from common.localization.detection import ProposalScores, detect
from common.localization.tables import (
    CLASS_SCORE_COLUMNS,
    DETECTION_COLUMNS,
    PROPOSAL_COLUMNS,
    make_table,
)


def proposals() -> pd.DataFrame:
    columns = {
        "video": ["b", "b", "a"],
        "start": [0.0, 1.0, 2.0],
        "end": [5.0, 6.0, 7.0],
        "score": [0.8, 0.5, 0.25],
        "member": "m",
    }
    return make_table(PROPOSAL_COLUMNS, columns)


def video_scores(a=(0.1, 0.7, 0.2), b=(0.6, 0.3, 0.1)) -> pd.DataFrame:
    columns = {
        "video": ["a"] * 3 + ["b"] * 3,
        "label": ["jump", "run", "sit"] * 2,
        "score": [*a, *b],
    }
    return make_table(CLASS_SCORE_COLUMNS, columns)


def rows(frame: pd.DataFrame) -> list[tuple]:
    return list(frame[["video", "start", "label", "score"]].itertuples(index=False, name=None))


def test_every_proposal_takes_the_best_classes_of_its_video():
    found = detect(proposals(), video_scores(), None, Detection(top_k=2))
    assert tuple(found.columns) == DETECTION_COLUMNS
    expected = [
        ("b", 0.0, "jump", 0.48),
        ("b", 1.0, "jump", 0.30),
        ("b", 0.0, "run", 0.24),
        ("b", 1.0, "run", 0.15),
        ("a", 2.0, "run", 0.175),
        ("a", 2.0, "sit", 0.05),
    ]
    assert [row[:3] for row in rows(found)] == [row[:3] for row in expected]
    assert found["score"].to_numpy() == pytest.approx([row[3] for row in expected])


def test_the_power_changes_the_proposals_share():
    found = detect(proposals(), video_scores(), None, Detection(top_k=1, score_power=0.5))
    assert found["score"].iloc[0] == pytest.approx(0.8**0.5 * 0.6)


def test_proposal_scores_are_mixed_geometrically_and_choose_the_classes():
    scores = np.array([[0.01, 0.01, 0.98], [0.9, 0.05, 0.05], [0.2, 0.3, 0.5]])
    own = ProposalScores(("jump", "run", "sit"), scores)
    found = detect(proposals(), video_scores(), own, Detection(top_k=1, video_weight=0.3))
    best = found.set_index(["video", "start"])
    assert best.loc[("b", 0.0), "label"] == "sit"
    assert best.loc[("b", 0.0), "score"] == pytest.approx(0.8 * 0.1**0.3 * 0.98**0.7)
    assert best.loc[("b", 1.0), "label"] == "jump"


def test_the_order_of_the_labels_of_proposal_scores_does_not_matter():
    scores = np.random.default_rng(0).dirichlet(np.ones(3), size=3)
    a = ProposalScores(("jump", "run", "sit"), scores)
    b = ProposalScores(("sit", "jump", "run"), scores[:, [2, 0, 1]])
    found = [detect(proposals(), video_scores(), own, Detection()) for own in (a, b)]
    pd.testing.assert_frame_equal(*found)


def test_all_weight_on_the_video_ignores_the_proposals_classes():
    own = ProposalScores(("jump", "run", "sit"), np.full((3, 3), 1 / 3))
    spec = Detection(video_weight=1.0)
    with_scores = detect(proposals(), video_scores(), own, spec)
    pd.testing.assert_frame_equal(with_scores, detect(proposals(), video_scores(), None, spec))


def test_equal_classes_keep_the_alphabet():
    found = detect(proposals(), video_scores(b=(0.4, 0.4, 0.4)), None, Detection(top_k=1))
    assert set(found.loc[found["video"] == "b", "label"]) == {"jump"}


def test_top_k_beyond_the_classes_gives_all_of_them():
    assert len(detect(proposals(), video_scores(), None, Detection(top_k=9))) == 9


def test_no_proposals_give_no_detections():
    found = detect(proposals().head(0), video_scores(), None, Detection())
    assert len(found) == 0 and tuple(found.columns) == DETECTION_COLUMNS


def test_a_video_without_class_scores_is_named():
    scores = video_scores().query("video == 'b'")
    with pytest.raises(InputError, match="a: has proposals but no class scores"):
        detect(proposals(), scores, None, Detection())


def test_a_missing_class_and_differing_labels_are_named():
    with pytest.raises(InputError, match="a: lacks the score of a class"):
        detect(proposals(), video_scores().drop(index=0), None, Detection())
    other = ProposalScores(("jump", "run", "swim"), np.ones((3, 3)))
    with pytest.raises(InputError, match="'sit'"):
        detect(proposals(), video_scores(), other, Detection())

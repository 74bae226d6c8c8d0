"""Ensemble weights: found where they help, refused where they do not."""

import numpy as np
import pandas as pd
import pytest

from common.core.errors import InputError
from common.core.params.localization import Ensemble
from common.localization.weight_fitting import fit_weights, member_gains, split_parts

VIDEOS = tuple(f"v{i}" for i in range(20))


class Problem:
    """Detections carry the weights; a video's score falls with their distance from its optimum."""

    def __init__(self, optimum_of):
        self.optimum = {video: np.asarray(optimum_of(i)) for i, video in enumerate(VIDEOS)}
        self.fused = 0

    def fuse(self, weights):
        self.fused += 1
        assert sum(weights) == pytest.approx(1.0) and min(weights) >= 0
        return pd.DataFrame({"video": VIDEOS, "weights": [weights] * len(VIDEOS)})

    def score(self, detections, videos):
        assert set(detections["video"]) == set(videos)
        distance = [
            np.abs(np.asarray(row.weights) - self.optimum[row.video]).sum()
            for row in detections.itertuples()
        ]
        return 0.5 - 0.1 * float(np.mean(distance))


def test_a_true_optimum_is_found_accepted_and_pulled_half_way_to_uniform():
    problem = Problem(lambda _: (0.8, 0.2, 0.0))
    fit = fit_weights(("a", "b", "c"), problem.fuse, problem.score, VIDEOS, Ensemble())
    assert fit.accepted and fit.best_single == "a"
    assert fit.weights == fit.fitted
    halfway = [(w + 1 / 3) / 2 for w in (0.8, 0.2, 0.0)]
    assert fit.weights == pytest.approx(halfway, abs=0.03)
    assert sum(fit.weights) == pytest.approx(1.0)
    assert fit.mean_gain > 1.0 and len(fit.gains) == 5
    assert fit.fitted_score > fit.uniform


def test_without_shrinking_the_optimum_itself_is_used():
    problem = Problem(lambda _: (0.75, 0.25))
    fit = fit_weights(("a", "b"), problem.fuse, problem.score, VIDEOS, Ensemble(shrink=0.0))
    assert fit.weights == pytest.approx((0.75, 0.25))


def test_members_of_equal_worth_keep_uniform_weights():
    problem = Problem(lambda _: (0.5, 0.5))
    fit = fit_weights(("a", "b"), problem.fuse, problem.score, VIDEOS, Ensemble())
    assert not fit.accepted and fit.weights == (0.5, 0.5)
    assert fit.gains == (0.0,) * 5


def test_a_gain_in_few_parts_only_is_refused():
    """A few videos gain enormously from the first member, all others lose a little."""
    parts = split_parts(VIDEOS, Ensemble())
    problem = Problem(lambda i: (9.0, -8.0) if VIDEOS[i] in parts[0] else (0.5, 0.5))
    fit = fit_weights(("a", "b"), problem.fuse, problem.score, VIDEOS, Ensemble())
    assert not fit.accepted and fit.weights == (0.5, 0.5)


def test_every_weight_vector_is_fused_once():
    problem = Problem(lambda _: (0.6, 0.3, 0.1))
    fit = fit_weights(("a", "b", "c"), problem.fuse, problem.score, VIDEOS, Ensemble())
    assert problem.fused == fit.n_evaluated < 120


def test_a_single_member_has_all_the_weight():
    problem = Problem(lambda _: (1.0,))
    fit = fit_weights(("a",), problem.fuse, problem.score, VIDEOS, Ensemble())
    assert fit.weights == (1.0,) and not fit.accepted


def test_parts_are_disjoint_complete_and_do_not_depend_on_the_order():
    parts = split_parts(VIDEOS, Ensemble(folds=3))
    assert sorted(v for part in parts for v in part) == sorted(VIDEOS)
    assert {len(part) for part in parts} == {6, 7}
    assert parts == split_parts(VIDEOS[::-1], Ensemble(folds=3))
    assert parts != split_parts(VIDEOS, Ensemble(folds=3, seed=1))


def test_one_video_is_not_enough():
    with pytest.raises(InputError, match="1 videos, at least 2"):
        split_parts(VIDEOS[:1], Ensemble())


def test_what_a_member_adds_is_measured_against_the_others():
    worth = {(0.5, 0.5): 0.7, (0.0, 1.0): 0.4, (1.0, 0.0): 0.6}
    gains = member_gains(("a", "b"), worth.__getitem__)
    assert gains == pytest.approx({"a": 0.3, "b": 0.1})

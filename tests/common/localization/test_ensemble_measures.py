"""What every member of an ensemble is worth."""

import numpy as np
import pandas as pd
import pytest

from common.core.errors import InputError
from common.core.params.localization import Ensemble
from common.localization.ensemble_measures import measure_ensemble, segment_error_correlation

VIDEOS = tuple(f"v{i}" for i in range(10))
# What a unit of each member's weight is worth; more than 0.6 of one member is worth no more.
WORTH = {"good": 0.6, "fair": 0.5, "noise": 0.1}


def _fuse(weights):
    score = sum(w * v for w, v in zip(weights, WORTH.values(), strict=True))
    score += 0.2 * (1 - sum(w * w for w in weights))
    return pd.DataFrame({"video": VIDEOS, "score": score})


def _score(table, videos):
    return float(table["score"].mean())


def _measured(**spec):
    return measure_ensemble(
        list(WORTH), _fuse, _score, VIDEOS, np.eye(3), Ensemble(**spec), measure="x", level="maps"
    )


def test_alone_added_and_left_out():
    good, fair, noise = _measured().members
    assert [m.alone for m in (good, fair, noise)] == pytest.approx([0.6, 0.5, 0.1])
    assert good.gain_added == pytest.approx(0.65 - 0.6)
    assert noise.gain_added == pytest.approx(0.45 - 0.6)
    uniform, without_noise = 0.4 + 0.2 * 2 / 3, 0.55 + 0.1
    assert noise.loss_left_out == pytest.approx(uniform - without_noise)


def test_the_fitted_weights_are_those_that_params_take():
    found = _measured()
    assert found.fit.accepted
    weights = found.params("hacs")["hacs"]["ensemble"]["weights"]
    assert Ensemble.model_validate({"level": "maps", "weights": weights}).weights == weights
    assert weights["good"] > weights["noise"]
    again = _measured(weights=weights)
    assert again.fit.weights == pytest.approx(found.fit.weights, abs=1e-5)


def test_weights_of_other_members_are_refused():
    with pytest.raises(InputError) as error:
        _measured(weights={"good": 1.0})
    assert error.value.rule == "ensemble.weights"


def test_a_single_member_gains_nothing():
    found = measure_ensemble(
        ["one"],
        lambda w: pd.DataFrame({"video": VIDEOS, "score": w[0]}),
        _score,
        VIDEOS,
        np.ones((1, 1)),
        Ensemble(),
        measure="x",
        level="maps",
    )
    assert found.members[0].gain_added is None
    assert found.members[0].weight == 1.0


def test_equal_errors_correlate_fully_and_opposite_ones_inversely():
    truth = pd.DataFrame(
        {"video": ["a", "b", "c"], "start": 0.0, "end": 10.0, "label": ["x", "x", "y"]}
    )

    def member(*ends):
        return pd.DataFrame({"video": ["a", "b", "c"], "start": 0.0, "end": ends, "score": 1.0})

    tables = {"one": member(9.0, 5.0, 1.0), "same": member(9.0, 5.0, 1.0)}
    tables["other"] = member(1.0, 5.0, 9.0)
    found = segment_error_correlation(tables, truth)
    assert found[0] == pytest.approx([1.0, 1.0, -1.0])


def test_a_member_with_labels_is_only_right_in_its_class():
    truth = pd.DataFrame({"video": ["a", "b"], "start": 0.0, "end": 10.0, "label": ["x", "y"]})
    both = pd.DataFrame({"video": ["a", "b"], "start": 0.0, "end": 10.0, "score": 1.0})
    labelled = both.assign(label=["x", "x"])
    half = both.assign(end=[10.0, 1.0])
    found = segment_error_correlation({"labelled": labelled, "half": half}, truth)
    assert found[0, 1] == pytest.approx(1.0)

"""Verbs x nouns of proposals, up to a file that the validator of C2 passes."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.challenges.epic.detection_checks import check_bytes
from common.challenges.epic.writer import SupervisionLevels, detection_bytes
from common.challenges.findings import Findings
from common.core.errors import InputError
from common.core.timebase import SnippetGrid
from common.features.rows import open_features
from common.features.store import Features, write_features
from common.localization.tables import PROPOSAL_COLUMNS, empty_table, make_table
from common.localization.windows.action_pairs import (
    ACTION_COLUMNS,
    PairRule,
    action_detections,
    best_pairs,
)
from common.localization.windows.grid import WindowGrid

GRID = WindowGrid(12, 5, 5, 0.5, 0.2)
DURATION = 17.3


def logits(folder, channels, truth):
    """Logits that name class `truth(time)` at every time."""
    grid = SnippetGrid(0.125, 0.25, int((DURATION - 0.125) / 0.25) + 1)
    array = np.zeros((grid.n_snippets, channels), np.float32)
    array[np.arange(len(array)), [truth(t) for t in grid.centers()]] = 9.0
    write_features(
        folder, Features("P01_11", array, None, None, grid, DURATION, 50.0, "x", "w", "s", "k")
    )
    return open_features(folder, "P01_11")


def proposals(*rows):
    start, end, score = np.array(rows).T
    columns = {"start": start, "end": end, "score": score}
    return make_table(PROPOSAL_COLUMNS, columns | {"video": ["P01_11"] * len(rows), "member": "m"})


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    root = tmp_path_factory.mktemp("logits")
    return (
        logits(root / "verb", 97, lambda t: 3 if t < 8 else 96),
        logits(root / "noun", 300, lambda t: 17 if t < 8 else 299),
    )


@given(
    seed=st.integers(0, 1000),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)),
    pairs=st.integers(1, 5),
)
def test_the_best_pairs_are_those_of_all_products(seed, sizes, pairs):
    n, n_verbs, n_nouns = sizes
    rng = np.random.default_rng(seed)
    verbs, nouns = rng.random((n, n_verbs)), rng.random((n, n_nouns))
    verb, noun, product = best_pairs(verbs, nouns, PairRule(pairs, pairs, pairs))
    for i in range(n):
        every = sorted(
            ((verbs[i, v] * nouns[i, m], v, m) for v in range(n_verbs) for m in range(n_nouns)),
            key=lambda one: -one[0],
        )[:pairs]
        assert product[i].tolist() == [p for p, _, _ in every]
        assert list(zip(verb[i], noun[i], strict=True)) == [(v, m) for _, v, m in every]


def test_equal_scores_are_ordered_by_class():
    verb, noun, _ = best_pairs(np.full((1, 4), 0.25), np.full((1, 3), 1 / 3), PairRule(pairs=4))
    assert list(zip(verb[0], noun[0], strict=True)) == [(0, 0), (0, 1), (0, 2), (1, 0)]


def test_five_pairs_a_proposal_with_the_action_of_its_time_first(stores):
    table = proposals([0.5, 2.0, 0.8], [15.0, DURATION, 0.9])
    found = action_detections(table, [stores[0]], [stores[1]], GRID)
    assert tuple(found.columns) == ACTION_COLUMNS and len(found) == 10
    assert found["score"].is_monotonic_decreasing
    best = found.groupby("start").first()
    assert best.loc[0.5, ["verb", "noun"]].tolist() == [3, 17]
    assert best.loc[15.0, ["verb", "noun"]].tolist() == [96, 299]
    assert best.loc[15.0, "end"] == DURATION
    share = np.exp(9) / (np.exp(9) + 96) * np.exp(9) / (np.exp(9) + 299)
    assert best.loc[0.5, "score"] == pytest.approx(0.8 * share, rel=1e-4)


def test_the_power_weighs_the_pair_against_the_proposal(stores):
    table = proposals([0.5, 2.0, 0.8])
    plain, squared = (
        action_detections(table, [stores[0]], [stores[1]], GRID, PairRule(power=p))["score"]
        for p in (1.0, 2.0)
    )
    assert np.allclose(squared, plain**2 / 0.8)


def test_the_rows_make_a_file_that_passes(stores):
    table = proposals([0.5, 2.0, 0.8], [7.0, 9.5, 0.7], [15.0, DURATION, 0.9])
    found = action_detections(table, [stores[0]], [stores[1]], GRID)
    data = detection_bytes(found, SupervisionLevels(2, 3, 3))
    findings = Findings()
    check_bytes(data, None, findings)
    assert not findings.defects
    assert len(json.loads(data)["results"]["P01_11"]) == 15


def test_no_proposal_gives_no_row(stores):
    found = action_detections(empty_table(PROPOSAL_COLUMNS), [stores[0]], [stores[1]], GRID)
    assert isinstance(found, pd.DataFrame) and tuple(found.columns) == ACTION_COLUMNS
    assert len(found) == 0


def test_logits_of_other_classes_are_refused(stores):
    with pytest.raises(
        InputError, match=r"300 classes, the challenge has 97 verbs.*pairs\.classes"
    ):
        action_detections(proposals([0.5, 2.0, 0.8]), [stores[1]], [stores[1]], GRID)

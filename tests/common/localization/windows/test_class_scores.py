"""Class scores by sparse sampling: against BMN's own sampling, and against slow loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.core.timebase import SnippetGrid
from common.features.rows import open_features
from common.features.store import Features, write_features
from common.localization.windows.class_scores import sampled_scores, window_class_scores
from common.localization.windows.grid import WindowGrid
from common.localization.windows.sequences import window_rows
from common.models.boundary_matching import MapShape, cell_indices, sampling_matrix

GRID = WindowGrid(12, 5, 5, 0.5, 0.2)


def probabilities(logits):
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def logit_store(folder, duration, seed, channels=7):
    grid = SnippetGrid(0.125, 0.25, int((duration - 0.125) / 0.25) + 1)
    array = np.random.default_rng(seed).normal(0, 2, (grid.n_snippets, channels)).astype(np.float32)
    write_features(
        folder, Features("v", array, None, None, grid, duration, 10.0, "x", "w", "s", "k")
    )
    return open_features(folder, "v")


@pytest.mark.parametrize(("positions", "durations"), [(9, 9), (20, 7), (1, 1)])
def test_the_samples_are_those_of_boundary_matching_without_context(positions, durations):
    logits = np.random.default_rng(0).normal(0, 3, (positions, 5))
    d, s = cell_indices(positions, durations)
    matrix = sampling_matrix(MapShape(positions, durations, 6, 3, 0.0)).toarray()
    samples = matrix.reshape(len(d), positions, 6).transpose(0, 2, 1) @ logits
    expected = probabilities(samples).mean(axis=1)
    assert np.allclose(sampled_scores(logits, np.stack([s, s + d + 1], 1)), expected, atol=1e-12)


def test_a_proposal_of_one_position_has_the_scores_of_that_position():
    logits = np.random.default_rng(1).normal(size=(4, 3))
    found = sampled_scores(logits, np.array([[2, 3], [3, 4]]))
    assert np.allclose(found, probabilities(logits[2:]))


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    root = tmp_path_factory.mktemp("logits")
    return [logit_store(root / str(seed), 17.3, seed) for seed in range(3)]


@settings(max_examples=40)
@given(
    cells=st.lists(st.tuples(st.integers(0, 34), st.integers(1, 5)), min_size=1, max_size=12),
)
def test_a_proposal_gets_the_mean_over_crops_and_windows(crops, cells):
    size = GRID.n_positions(17.3)
    spans = np.array([(s, min(s + length, size)) for s, length in cells])
    found = np.full((len(spans), 7), np.nan)
    for rows, scores in window_class_scores(crops, GRID, spans):
        assert np.isnan(found[rows]).all()
        found[rows] = scores
    for (first, stop), scores in zip(spans, found, strict=True):
        parts = []
        for k in range(GRID.n_windows(17.3, "v")):
            if first >= k * 5 and stop <= k * 5 + 12:
                for crop in crops:
                    logits = window_rows(crop, GRID, k, "ends")
                    parts.append(sampled_scores(logits, np.array([[first, stop]]) - k * 5)[0])
        assert scores == pytest.approx(np.mean(parts, axis=0), abs=1e-12)
        assert scores.sum() == pytest.approx(1.0)


def test_no_proposal_reads_nothing(crops):
    assert not list(window_class_scores(crops, GRID, np.zeros((0, 2), dtype=np.int64)))

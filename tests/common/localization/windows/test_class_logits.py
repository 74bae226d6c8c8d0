"""Classifiers of segments, and their logits along a video."""

import numpy as np
import pytest

from common.core.params.classifiers import ClassifierSettings
from common.core.params.epic_detection import ActionClassifier
from common.core.timebase import grid_for
from common.features.rows import open_features
from common.features.store import Features, read_features, write_features
from common.localization.pooling import pool_intervals
from common.localization.windows import class_logits
from common.localization.windows.class_logits import (
    pooled,
    train_action_classifier,
    write_logits,
)

SETTINGS = ClassifierSettings(
    hidden=0, steps=60, head_steps=20, batch_size=16, lr=0.05, weight_decay=0.0, taus=[0.0]
)
SPEC = ActionClassifier(method="joint", settings=SETTINGS, window_s=1.0)


@pytest.fixture
def store(tmp_path):
    """Channel 0 says whether the first or the second half runs."""
    grid = grid_for(40.0, 0.25)
    array = np.random.default_rng(0).normal(0, 0.1, (grid.n_snippets, 3)).astype(np.float32)
    array[:, 0] += grid.centers() > 20.0
    write_features(tmp_path, Features("v", array, None, None, grid, 40.0, 10.0, "x", "w", "s", "k"))
    return open_features(tmp_path, "v")


def test_only_near_rows_are_read_and_nothing_changes(store):
    whole = read_features(store.path.parent, "v")
    for times in ([[3.3, 4.7], [4.0, 6.0]], [[-0.4, 0.6]], [[39.5, 40.5]], [[39.99, 39.99]]):
        expected = pool_intervals(whole.array, whole.grid, np.array(times))
        assert np.allclose(pooled([store], np.array(times)), expected, atol=1e-6)


def test_logits_name_the_class_of_their_time_and_absent_classes_never_win(
    store, tmp_path, monkeypatch
):
    starts = [t for t in np.arange(1.0, 37.0) if not 18 < t < 21]
    segments = [("v", t, t + 2.0, 4 if t < 20 else 9) for t in starts]
    classifier, classes = train_action_classifier({"v": [store]}, segments, SPEC, 0)
    assert classes == (4, 9)
    monkeypatch.setattr(class_logits, "_CHUNK", 33)
    rows = write_logits(tmp_path / "verb", [store], classifier, classes, 12, 1.0)
    found = rows.read(0, 1000)
    assert found.shape == (160, 12) and rows.grid == store.grid
    right = np.where(store.grid.centers() < 20.0, 4, 9)
    assert (found.argmax(axis=1) == right).mean() > 0.85
    absent = np.delete(found, classes, axis=1)
    assert (absent.max(axis=1) < found[:, [4, 9]].min(axis=1) - 10).all()


def test_a_method_that_needs_a_fold_is_refused():
    with pytest.raises(ValueError, match="needs a fold"):
        ActionClassifier(method="tau_norm", settings=SETTINGS, window_s=1.0)

"""Features that a network was not trained on are refused."""

import numpy as np
import pytest

from common.core.errors import InputError
from common.core.tensor_files import write_tensors
from common.core.timebase import grid_for
from common.features.store import Features, write_features
from common.features.trained_on import check_trained_on, features_identity


def _store(folder, stride=0.5, extractor="slowfast", sha256="1" * 64, seconds=(10.0, 12.0)):
    for i, duration in enumerate(seconds):
        grid = grid_for(duration, stride)
        array = np.zeros((grid.n_snippets, 4), dtype=np.float32)
        features = Features(
            f"v{i}", array, None, None, grid, duration, 12.0, extractor, sha256, "2" * 64, "key"
        )
        write_features(folder, features)
    return folder


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "slowfast.safetensors"
    metadata = features_identity(_store(tmp_path / "train" / "slowfast"), ["v0", "v1"])
    write_tensors(path, {"x": np.zeros(1, dtype=np.float32)}, metadata)
    return path


def test_the_features_of_the_training_pass(weights, tmp_path):
    check_trained_on(weights, _store(tmp_path / "same"), ["v0"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stride": 1.0}, "every 1 s.*every 0.5 s"),
        ({"extractor": "csn"}, 'of "csn".*of "slowfast"'),
        ({"sha256": "3" * 64}, "333333333333.*111111111111"),
    ],
)
def test_others_are_refused_and_both_are_named(weights, tmp_path, change, said):
    folder = _store(tmp_path / "other", **change)
    with pytest.raises(InputError, match=said) as error:
        check_trained_on(weights, folder, ["v0", "v1"])
    assert error.value.rule == "features.trained"
    assert str(folder) in str(error.value) and str(weights) in str(error.value)


def test_weights_that_say_nothing_pass(tmp_path):
    path = tmp_path / "old.safetensors"
    write_tensors(path, {"x": np.zeros(1, dtype=np.float32)}, {})
    check_trained_on(path, _store(tmp_path / "any"), ["v0"])

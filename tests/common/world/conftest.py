"""A small rendered world that several tests read."""

from pathlib import Path

import pytest

from common.core.params import load_params
from common.core.params.world import MaskSequences, SubsetSize, World
from common.world.render import render_world

LABELS = ["push box", "pick up ball", "throw ball", "carry ball", "sit down chair", "give ball"]


@pytest.fixture(scope="session")
def sample() -> World:
    """The world of the sample profile, as the params give it."""
    return load_params("sample").world


@pytest.fixture(scope="session")
def small(sample: World) -> World:
    """The same with five short videos, few clips and three mask sequences."""
    assert sample.rendered is not None
    rendered = sample.rendered.model_copy(
        update={
            "classes": LABELS,
            "train": SubsetSize(videos=3, instances=12, least=1),
            "validation": SubsetSize(videos=1, instances=4, least=1),
            "test": SubsetSize(videos=1, instances=4, least=1),
            "clips": 14,
            "clips_least": 2,
            "masks": MaskSequences(train=1, validation=1, test=1, frames=8),
            "stills": 4,
        }
    )
    return sample.model_copy(update={"rendered": rendered})


@pytest.fixture(scope="session")
def world(small: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small world."""
    out = tmp_path_factory.mktemp("world") / "small"
    render_world(small, out)
    return out

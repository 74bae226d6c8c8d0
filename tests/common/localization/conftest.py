"""Feature stores of synthetic videos whose instances show in the features."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from common.core.params.localization import Bmn
from common.core.records import LabelledSegment
from common.core.timebase import grid_for
from common.features.store import Features, write_features

STRIDE = 0.5


@dataclass(frozen=True)
class Videos:
    """Stores, ids and segments."""

    folders: tuple[Path, ...]
    names: tuple[str, ...]
    segments: dict[str, list[LabelledSegment]]


def features_of(video: str, duration: float, channels: int, extractor: str, array) -> Features:
    grid = grid_for(duration, STRIDE)
    assert array.shape == (grid.n_snippets, channels)
    hashes = dict(weights_sha256="w", source_sha256="s", item_key=f"{extractor}-{video}")
    return Features(
        video=video,
        array=array,
        scores=None,
        classes=None,
        grid=grid,
        duration=duration,
        fps=10.0,
        extractor=extractor,
        **hashes,
    )


@pytest.fixture(scope="session")
def make_features():
    """The function (video, duration, channels, extractor, array) -> Features."""
    return features_of


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory) -> Videos:
    """8 videos of 14 to 17 s with two instances each; two stores of 8 and 4 channels."""
    rng = np.random.default_rng(7)
    root = tmp_path_factory.mktemp("stores")
    names, segments = [], {}
    for i in range(8):
        video, duration = f"v{i}", 14.0 + 0.45 * i
        first, length = rng.uniform(0.5, 3.0), rng.uniform(2.0, 4.0, 2)
        second = first + length[0] + rng.uniform(1.0, 2.0)
        segments[video] = [
            LabelledSegment(video, first, first + length[0], "a"),
            LabelledSegment(video, second, second + length[1], "b"),
        ]
        centers = grid_for(duration, STRIDE).centers()
        inside = sum((centers >= s.start) & (centers < s.end) for s in segments[video])
        for name, channels in (("wide", 8), ("narrow", 4)):
            array = rng.normal(0, 0.1, (len(centers), channels)).astype(np.float32)
            array[:, 0] += inside
            write_features(root / name, features_of(video, duration, channels, name, array))
        names.append(video)
    return Videos((root / "wide", root / "narrow"), tuple(names), segments)


@pytest.fixture(scope="session")
def tiny() -> Bmn:
    """A map of 16 x 16 and narrow layers."""
    return Bmn(
        positions=16,
        durations=16,
        samples=6,
        hidden_1d=16,
        proposal_channels=16,
        hidden_3d=16,
        hidden_2d=8,
        groups=1,
    )

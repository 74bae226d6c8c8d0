"""Tiny extractors for the tests: written like trained ones, rebuilt without mmaction2."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from common.core.clips import ClipSpec, Fit
from common.core.params.features import Features as FeatureParams
from common.core.tensor_files import write_tensors

CLASSES = ("a", "b", "background")
SMALL = Fit(16, 12)
STILL = ClipSpec(1, 4.0, SMALL)
MOVING = ClipSpec(4, 4.0, SMALL)


def params(**changes) -> FeatureParams:
    values = {
        "names": ["still"],
        "stride_seconds": 0.5,
        "dtype": "float32",
        "batch": 3,
        "device": "cpu",
        "threads": 1,
        "workers": 1,
        "timeout_s": 60.0,
        "max_broken": 0,
    }
    return FeatureParams(**(values | changes))


def write_extractor(folder: Path, name: str, spec: ClipSpec, seed: int = 0) -> Path:
    """Weights of a network whose features are the clip's mean colours in a fixed random basis."""
    rng = np.random.default_rng(seed)
    arrays = {
        "basis": rng.normal(size=(3, 8)).astype(np.float32),
        "classifier": rng.normal(size=(8, len(CLASSES))).astype(np.float32),
    }
    metadata = {"network": "tiny", "spec": "{}", "clip": spec.to_json()}
    metadata["classes"] = json.dumps(CLASSES)
    path = folder / f"{name}.safetensors"
    write_tensors(path, arrays, metadata)
    return path


def restore(state: Mapping, metadata: Mapping[str, str], where: str):
    """The network of such a file."""
    from torch import nn

    class Tiny(nn.Module):
        def forward(self, clips):
            features = clips.mean(dim=(2, 3, 4)) @ state["basis"]
            return features, features @ state["classifier"]

    return Tiny()


def restore_hanging(state: Mapping, metadata: Mapping[str, str], where: str):
    """A network that does not come back from a bright video."""
    network = restore(state, metadata, where)
    forward = network.forward

    def hang(clips):
        if clips.mean() > 2.0:
            time.sleep(600)
        return forward(clips)

    network.forward = hang
    return network

"""A network belongs to the features that it was trained on: same extractor, same weights, same
stride.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from common.core.errors import InputError
from common.core.tensor_files import read_metadata
from common.features.store import check_one_extractor, feature_path

_KEYS = ("extractor", "extractor_sha256", "stride_seconds")
# The stride of features whose rows are spread over each video, whatever its length.
_SPREAD = "spread"


def features_identity(folder: Path, videos: Sequence[str]) -> dict[str, str]:
    """Metadata for the weights of a network that was trained on these features.

    Args:
        folder: feature set; its name is kept too.
        videos: ids, at least one.

    Raises:
        InputError: the folder is empty or mixes extractors.
    """
    made = check_one_extractor(folder)
    strides = {
        f"{float(read_metadata(feature_path(folder, video))['stride_seconds']):.6g}"
        for video in videos
    }
    return {
        "features": folder.name,
        "extractor": made.extractor,
        "extractor_sha256": made.weights_sha256,
        "stride_seconds": strides.pop() if len(strides) == 1 else _SPREAD,
    }


def check_trained_on(weights: Path, folder: Path, videos: Sequence[str]) -> None:
    """Refuse features of another extractor or stride than those that the network was trained on.

    Weights that do not say what they were trained on pass.

    Args:
        weights: file whose metadata `features_identity` gave.
        folder: feature set that the network is to see.
        videos: ids.

    Raises:
        InputError: they differ; both are named.
    """
    if not videos:
        return
    metadata, now = read_metadata(weights), features_identity(folder, videos)
    trained = {key: metadata.get(key, now[key]) for key in _KEYS}
    found = {key: now[key] for key in _KEYS}
    # One video, or several of one length, have one stride even where rows are spread.
    if _SPREAD in (trained["stride_seconds"], found["stride_seconds"]):
        trained["stride_seconds"] = found["stride_seconds"]
    if trained != found:
        raise InputError(
            "features.trained",
            str(folder),
            f"holds {_shown(found)}; {weights} was trained on {_shown(trained)}",
            "Extract with the network and stride of the training, or train anew.",
        )


def _shown(identity: dict[str, str]) -> str:
    sha256, stride = identity["extractor_sha256"], identity["stride_seconds"]
    every = "rows spread over each video" if stride == _SPREAD else f"one row every {stride} s"
    return f"features of {json.dumps(identity['extractor'])} ({sha256[:12]}), {every}"

"""What of an earlier run still holds, and what has to go.

A feature file carries a key over all that decides its content: the video, the weights, the code and
the params. An equal key means that computing it again would give the same file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from common.core.errors import InputError
from common.core.hashing import code_sha256, item_key
from common.core.params.features import Features as FeatureParams
from common.core.tensor_files import read_metadata
from common.features.network import ExtractorFile
from common.features.store import SUFFIX, feature_path, health_in, list_features

# What decides the content of a feature file; other changes leave the stored features alone.
_CODE = (
    "common.core.clips",
    "common.core.timebase",
    "common.features.batches",
    "common.features.extract",
    "common.features.network",
    "common.features.store",
    "common.models.extractors",
    "common.models.mmaction",
    "common.video.order",
    "common.video.picture",
    "common.video.reader",
    "common.video.sampling",
)


def item_keys(
    sources: Mapping[str, str], files: Sequence[ExtractorFile], params: FeatureParams
) -> dict[str, tuple[str, ...]]:
    """Of each video, given by its SHA-256, one key an extractor."""
    code = code_sha256(*_CODE)
    # Batch and threads count: they can change the last bits.
    chosen = params.model_dump(include={"stride_seconds", "dtype", "batch", "device", "threads"})
    settings = [{"name": f.name, "weights": f.weights_sha256, **chosen} for f in files]
    return {
        video: tuple(item_key(source, code, own) for own in settings)
        for video, source in sources.items()
    }


def lacking(
    keys: Mapping[str, Sequence[str]], files: Sequence[ExtractorFile], out: Path
) -> dict[str, tuple[int, ...]]:
    """Of each video that lacks features, the positions of the extractors that have to run."""
    missing = {
        video: tuple(
            place
            for place, file in enumerate(files)
            if _stored_key(feature_path(out / file.name, video)) != own[place]
        )
        for video, own in keys.items()
    }
    return {video: places for video, places in missing.items() if places}


def _stored_key(path: Path) -> str | None:
    try:
        return read_metadata(path).get("item_key")
    except InputError:
        return None


def sweep(
    out: Path,
    keys: Mapping[str, object],
    files: Sequence[ExtractorFile],
    missing: Mapping[str, Sequence[int]],
) -> None:
    """Remove features that are stale or not asked for, and halves of a run that was killed.

    Sets that were imported lie beside the extracted ones and stay.
    """
    wanted = {
        feature_path(out / file.name, video)
        for video in keys
        for place, file in enumerate(files)
        if place not in missing.get(video, ())
    }
    names = {file.name for file in files}
    for path in [*out.glob("*/.part-*"), *out.glob(".part-*")]:
        path.unlink(missing_ok=True)
    for path in out.glob(f"*/*{SUFFIX}"):
        if path not in wanted and (path.parent.name in names or _is_extracted(path)):
            path.unlink()
    for folder in out.glob("*/"):
        if folder.name not in names and not any(folder.iterdir()):
            folder.rmdir()


def is_imported(folder: Path) -> bool:
    """Whether a feature set is there and was not made by extraction."""
    videos = list_features(folder)
    return bool(videos) and not _is_extracted(feature_path(folder, videos[0]))


def _is_extracted(path: Path) -> bool:
    """Whether extraction made this file, rather than an import or somebody else."""
    try:
        return health_in(read_metadata(path)) is not None
    except InputError:
        return False

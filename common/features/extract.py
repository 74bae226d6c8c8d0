"""Stage `features`: every video is read once, and seen by all extractors that lack it.

`python -m common.features.extract` extracts what the profile's dataset and params name. Features
whose key (video, weights, code, params) is unchanged stay; a run that was killed goes on where it
stopped.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.core.errors import InputError
from common.core.launcher import Broken, Outcome, map_items, too_many_broken
from common.core.memory import keep_freed_memory
from common.core.params import load_params
from common.core.params.features import Features as FeatureParams
from common.core.program import run_program
from common.core.tensor_files import read_metadata
from common.core.timebase import grid_for
from common.features.batches import VideoPass, ahead
from common.features.network import Extractor, ExtractorFile, Restore, describe_extractor, restore
from common.features.reuse import is_imported, item_keys, lacking, sweep
from common.features.sources import dataset_videos, hash_videos, videos_by_id
from common.features.store import (
    SUFFIX,
    Features,
    check_one_extractor,
    feature_path,
    health_in,
    write_features,
)
from common.video.health import Health, left_out, quarantined, write_health

HEALTH_FILE = "health.csv"
_AHEAD = 2  # batches decoded in advance


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds in the workers: to import and load the networks, and for the videos."""

    start: float = 0.0
    videos: float = 0.0


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a run did: one row a video, how many were there, made, left out, and at what cost."""

    rows: tuple[Health, ...]
    reused: int
    computed: int
    cost: Cost

    @property
    def broken(self) -> tuple[Health, ...]:
        """The videos without features."""
        return tuple(row for row in self.rows if not row.usable)

    def summary(self) -> str:
        """`19 reused, 1 computed`, and what is wrong with which video."""
        lines = [f"{self.reused} reused, {self.computed} computed"]
        if self.broken:
            lines[0] += f", {len(self.broken)} left out"
        lines += [f"  {row.video}: {row.status}: {row.reason}" for row in self.rows if row.reason]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that a worker needs; sent to it once."""

    paths: dict[str, Path]
    extractors: tuple[ExtractorFile, ...]
    sources: dict[str, str]
    keys: dict[str, tuple[str, ...]]  # of each video, one key an extractor
    missing: dict[str, tuple[int, ...]]  # of each video, positions of the extractors to run
    out: Path
    params: FeatureParams
    restore: Restore


def extract_features(
    videos: Sequence[Path],
    extractors: Sequence[Path],
    out: Path,
    params: FeatureParams,
    restore: Restore = restore,
) -> Extraction:
    """Fill `out/<extractor>/<video>.safetensors` and the table `out/health.csv`.

    Features that are there with the right key are kept; others, and those of videos or extractors
    that are no longer asked for, are removed. A video that cannot be used is a row in the table.

    Args:
        videos: files; a video's id is its file name without suffix.
        extractors: weights files; an extractor's name is its file name without suffix.
        out: folder of the feature sets; it may hold those of an earlier run.
        params: the section `features`; `names` is not looked at.
        restore: builds a network from its weights file; a top-level function.

    Raises:
        InputError: two videos of one id, an id that is no file name, an extractor that cannot be
            read, or more broken videos than `params.max_broken`.
    """
    paths = videos_by_id(videos)
    files = tuple(describe_extractor(path) for path in extractors)
    sources, absent = hash_videos(paths, params.workers)
    if len(absent) > params.max_broken:
        raise too_many_broken(absent, params.max_broken, "features")
    keys = item_keys(sources, files, params)
    missing = lacking(keys, files, out)
    sweep(out, keys, files, missing)
    plan = _Plan(paths, files, sources, keys, missing, out, params, restore)
    outcome = Outcome({}, ())
    if missing:
        outcome = map_items(
            _extract_video,
            list(missing),
            args=(plan,),
            workers=params.workers,
            timeout_s=params.timeout_s,
            max_broken=params.max_broken - len(absent),
            label="features",
            preload=("torch",),
            quarantine=("video.",),
        )
    rows = _rows(paths, (*absent, *outcome.broken), files, out)
    write_health(out / HEALTH_FILE, rows)
    cost = Cost(
        sum((cost.start for cost in outcome.results.values()), 0.0),
        sum((cost.videos for cost in outcome.results.values()), 0.0),
    )
    return Extraction(rows, len(sources) - len(missing), len(outcome.results), cost)


# Networks stay loaded from one video to the next; a worker has one plan in its life.
_LOADED: dict[Path, Extractor] = {}


def _extract_video(video: str, plan: _Plan) -> Cost:
    """Read one video and write what its extractors lack."""
    begun = time.process_time()
    places = plan.missing[video]
    networks = [_loaded(plan.extractors[place], plan) for place in places]
    loaded = time.process_time()
    try:
        _read_and_write(video, plan, networks)
    except InputError as error:
        if not error.rule.startswith("video."):
            raise
        # The table goes into results that are compared: no folder of this machine in it.
        where = Path(error.where).name
        raise InputError(error.rule, where, error.problem, error.fix) from error
    return Cost(loaded - begun, time.process_time() - loaded)


def _read_and_write(video: str, plan: _Plan, networks: Sequence[Extractor]) -> None:
    places = plan.missing[video]
    wanted = [(network.file.clip, _stride(network.file, plan.params)) for network in networks]
    features: list[list[np.ndarray]] = [[] for _ in places]
    scores: list[list[np.ndarray]] = [[] for _ in places]
    reading = VideoPass(plan.paths[video], wanted, plan.params.batch)
    # On processors the workers overlap one another; a device would wait for the decoder.
    made = iter(reading) if plan.params.device == "cpu" else ahead(reading, _AHEAD)
    with closing(made) as batches:
        for batch in batches:
            seen, judged = networks[batch.extractor](batch.clips)
            features[batch.extractor].append(seen)
            scores[batch.extractor].append(judged)
    health = reading.health
    assert health is not None  # set when the last batch has come
    for order, place in enumerate(places):
        file = plan.extractors[place]
        grid = grid_for(health.duration, wanted[order][1])
        array = np.concatenate(features[order])[: grid.n_snippets]
        write_features(
            plan.out / file.name,
            Features(
                video=video,
                array=_narrowed(array, plan.params.dtype),
                scores=np.concatenate(scores[order])[: grid.n_snippets],
                classes=file.classes,
                grid=grid,
                duration=health.duration,
                fps=health.fps,
                extractor=file.name,
                weights_sha256=file.weights_sha256,
                source_sha256=plan.sources[video],
                item_key=plan.keys[video][place],
                health=health,
            ),
        )


def _loaded(file: ExtractorFile, plan: _Plan) -> Extractor:
    if file.path not in _LOADED:
        import torch

        keep_freed_memory()
        torch.set_num_threads(plan.params.threads)
        torch.use_deterministic_algorithms(plan.params.device == "cpu")
        # Writing NaN into every new tensor would cost 3 % and only uncovers bugs in operators.
        torch.utils.deterministic.fill_uninitialized_memory = False
        _LOADED[file.path] = Extractor(file, plan.restore, plan.params.device)
    return _LOADED[file.path]


def _stride(file: ExtractorFile, params: FeatureParams) -> float:
    published = file.clip.stride_seconds
    return params.stride_seconds if published is None else published


def _narrowed(array: np.ndarray, dtype: str) -> np.ndarray:
    with np.errstate(over="ignore"):  # the store refuses what became infinite, and says where
        return array.astype(dtype)


def _rows(
    paths: Mapping[str, Path],
    broken: Sequence[Broken],
    files: Sequence[ExtractorFile],
    out: Path,
) -> tuple[Health, ...]:
    """One row a video, in the order given; read from the stored features, so that a resumed run
    gives the same table.
    """
    rows = {entry.item: quarantined(entry) for entry in broken}
    for video in paths:
        if video not in rows:
            found = health_in(read_metadata(feature_path(out / files[0].name, video)))
            rows[video] = found or left_out(video, "video.undecodable", "no features")
    return tuple(rows[video] for video in paths)


def main() -> None:
    """Extract the features of the profile in force; sets that were imported are taken as they
    are.
    """
    params = load_params()
    folder = Path("artifacts") / params.profile
    out = folder / "features"
    imported = [name for name in params.features.names if is_imported(out / name)]
    for name in imported:
        made = check_one_extractor(out / name)
        print(f"features: {name}: {made.n_videos} videos, imported", file=sys.stderr)
    weights = [
        folder / "extractors" / f"{name}{SUFFIX}"
        for name in params.features.names
        if name not in imported
    ]
    if weights:
        done = extract_features(dataset_videos(folder / "world"), weights, out, params.features)
        print(f"features: {done.summary()}", file=sys.stderr)


if __name__ == "__main__":
    run_program(main)

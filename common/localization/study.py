"""What each part of a temporal track adds: the whole chain once a seed, all rows from one run.

Apart from the DAG: a submission needs one seed, a claim needs several.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from common.core.files import nan_to_none, write_json
from common.core.params import Params
from common.core.params.temporal_track import TemporalTrack
from common.features.extract import extract_features
from common.features.sources import dataset_videos
from common.localization.ensemble import average_map, fit_system, truth_table
from common.localization.members import PLAIN, infer_members
from common.localization.scoring import (
    classifier_scores,
    floor_scores,
    member_scores,
    video_source_scores,
)
from common.localization.splits import AnnotatedVideos
from common.localization.stages import TrackRun, classify, infer_maps, train_proposals
from common.localization.track_files import (
    VIDEOS,
    TrackFiles,
    read_classifiers,
    reported_truth,
    system_on,
)
from common.training.extractors import make_extractors

ON_FOLD = " on the fold"

Rows = dict[str, float | None]


def study_seed(
    params: Params, track: TemporalTrack, seed: int, world: Path, out: Path, name: str
) -> Rows:
    """Train everything with one seed and score every row; finished seeds are read back.

    Args:
        params: of the profile in force; its seeds are replaced.
        track: the section of the track.
        seed: of extractors, networks and classifiers; the dataset stays.
        world: dataset folder.
        out: folder of this seed, where all tracks share its extractors and features.
        name: of the track, its folder below `out`.

    Returns:
        Row -> fraction of 1.
    """
    done = out / name / "scores.json"
    if done.is_file():
        return dict(json.loads(done.read_text(encoding="utf-8")))
    run = _train(params, track.model_copy(update={"seed": seed}), world, out, name)
    rows = _score(run)
    write_json(done, nan_to_none(rows))
    return rows


def _train(params: Params, track: TemporalTrack, world: Path, out: Path, name: str) -> TrackRun:
    """Extractors, features, and the stages of the track up to its classifiers; and the maps of BMN
    without relation.
    """
    run = TrackRun(TrackFiles(world, out / "features", out / name), params, track)
    weights = [out / "extractors" / f"{member}.safetensors" for member in run.members]
    if not all(path.is_file() for path in weights):  # another track's study may have made them
        seeded = params.extractors.model_copy(update={"seed": track.seed})
        make_extractors(seeded, world, out / "extractors")
    extract_features(dataset_videos(world), weights, run.files.features, params.features)
    train_proposals(run)
    infer_maps(run)
    names = (*run.videos.split.fold, *run.videos.submitted)
    source, target = run.files.proposals / PLAIN, _plain(run.files)
    infer_members(source, run.files.features, run.members, names, track, target)
    classify(run)
    return run


def _score(run: TrackRun) -> Rows:
    """Fit on the fold, then score every row on the reported videos."""
    files, members, track, videos = run.files, run.members, run.track, run.videos
    classes, split = videos.annotated.classes, videos.split
    fold = system_on(files, members, split.fold, classes, track)
    system = system_on(files, members, videos.submitted, classes, track)
    fold_truth = truth_table(videos.annotated, split.fold)
    reported = reported_truth(files, videos, track)
    truth = truth_table(reported, reported.of_subset(track.subset))
    fitted = fit_system(fold, fold_truth)
    alone = member_scores(system, truth, fitted.weights, fitted.detection)
    rows: Rows = {f"member {n}" if n in members else n: value for n, value in alone.items()}
    plain_fit = fit_system(replace(fold, maps=_plain(files)), fold_truth)
    plain = replace(system, maps=_plain(files))
    rows["BMN without relation, fitted weights"] = average_map(
        truth,
        plain.detections(
            plain.proposals(plain_fit.weights), plain_fit.weights, plain_fit.detection
        ),
    )
    floors = floor_scores(
        system, reported, videos.annotated, truth, fitted.weights, fitted.detection
    )
    rows |= {f"floor: {name}": value for name, value in floors.items()}
    rows |= _classifier_rows(run, reported)
    whole = read_classifiers(files.classifiers / VIDEOS, members)
    for where, on, known in ((ON_FOLD, fold, fold_truth), ("", system, truth)):
        for source, values in video_source_scores(on, whole, known, fitted.weights).items():
            rows |= {f"videos by {source}{where}: {name}": v for name, v in values.items()}
    return rows


def _classifier_rows(run: TrackRun, reported: AnnotatedVideos) -> Rows:
    """The compared classifiers of segments, on the reported videos and on the fold."""
    videos, spec = run.videos, run.track.classify
    counts = videos.annotated.class_counts(videos.annotated.of_subset("train"))
    limits = run.params.report.head_above, run.params.report.tail_below
    methods = {
        method: read_classifiers(run.files.classifiers / method, run.members)
        for method in spec.compared
    }
    rows: Rows = {}
    for where, annotated, names in (
        ("", reported, videos.submitted),
        (ON_FOLD, videos.annotated, videos.split.fold),
    ):
        found = classifier_scores(methods, run.files.features, annotated, names, counts, limits)
        for method, groups in found.items():
            rows |= {f"classifier {method}{where}: {g}": value for g, value in groups.items()}
    return rows


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _differences(found: Rows) -> Rows:
    """What a seed says of the parts: its spread is that of the gain, not that of both sides."""

    def best(prefix: str) -> float:
        return max(value or 0.0 for name, value in found.items() if name.startswith(prefix))

    full = found["fitted weights"] or 0.0
    return {
        "gain over the best member": full - best("member "),
        "gain over the uniform mean": full - (found["uniform mean"] or 0.0),
        "gain of the relation network": full - (found["BMN without relation, fitted weights"] or 0),
        "gain over the better floor": full - best("floor: "),
    }


def _plain(files: TrackFiles) -> Path:
    return files.own / "maps-bmn"


def summarise(seeds: Mapping[int, Rows], rows: Sequence[str] = ()) -> pd.DataFrame:
    """Mean and standard deviation (n - 1) of every row over the seeds, percent.

    Columns: row, mean, std, then one column a seed.
    """
    seeds = {seed: found | _differences(found) for seed, found in seeds.items()}
    names = list(rows) or list(next(iter(seeds.values())))
    table = []
    for name in names:
        values = [100.0 * _number(found[name]) for found in seeds.values()]
        known = [value for value in values if value == value]
        mean = float(np.mean(known)) if known else float("nan")
        std = float(np.std(known, ddof=1)) if len(known) > 1 else float("nan")
        table.append([name, mean, std, *values])
    columns = ["row", "mean", "std", *(f"seed {seed}" for seed in seeds)]
    return pd.DataFrame(table, columns=columns)

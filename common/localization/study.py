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
from common.core.seeds import derive_seed
from common.features.extract import extract_features
from common.features.sources import dataset_videos
from common.localization.class_scores import train_classifiers
from common.localization.ensemble import average_map, fit_system, truth_table
from common.localization.members import PLAIN, infer_members, train_members
from common.localization.scoring import (
    classifier_scores,
    floor_scores,
    member_scores,
    video_source_scores,
)
from common.localization.system import System
from common.localization.track_files import TrackFiles, read_videos, reported_truth
from common.localization.video_classifier import train_video_classifier
from common.training.extractors import make_extractors

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
    members = track.used(params.features.names)
    track = track.model_copy(update={"seed": seed})
    files = TrackFiles(world, out / "features", out / name)
    weights = [out / "extractors" / f"{member}.safetensors" for member in members]
    if not all(path.is_file() for path in weights):  # another track's study may have made them
        seeded = params.extractors.model_copy(update={"seed": seed})
        make_extractors(seeded, world, out / "extractors")
    extract_features(dataset_videos(world), weights, files.features, params.features)
    videos = read_videos(files, members, track)
    train_members(members, files.features, videos.annotated, videos.split, track, files.proposals)
    names = (*videos.split.fold, *videos.submitted)
    for source, target in ((files.proposals, files.maps), (files.proposals / PLAIN, _plain(files))):
        infer_members(source, files.features, members, names, track, target)
    trained = {
        name: train_classifiers(
            files.features / name,
            videos.annotated,
            videos.split,
            list(dict.fromkeys([track.classify.method, *track.classify.compared])),
            track.classify,
            derive_seed(seed, "classify", name),
        )
        for name in members
    }
    chosen = {name: trained[name][track.classify.method] for name in members}
    whole = {
        name: train_video_classifier(
            files.features / name,
            videos.annotated,
            videos.split,
            track.classify.videos,
            derive_seed(derive_seed(seed, "classify", name), "videos"),
        )
        for name in members
    }
    fold = System(
        chosen,
        whole if track.classify.video_source == "videos" else None,
        files.features,
        files.maps,
        videos.split.fold,
        videos.annotated.classes,
        track,
    )
    fold_truth = truth_table(videos.annotated, videos.split.fold)
    reported = reported_truth(files, videos, track)
    truth = truth_table(reported, reported.of_subset(track.subset))
    fitted = fit_system(fold, fold_truth)
    system = replace(fold, videos=videos.submitted)
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
    counts = videos.annotated.class_counts(videos.annotated.of_subset("train"))
    limits = params.report.head_above, params.report.tail_below
    methods = {
        method: {name: trained[name][method] for name in members}
        for method in track.classify.compared
    }
    for where, annotated, names in (
        ("", reported, videos.submitted),
        (" on the fold", videos.annotated, videos.split.fold),
    ):
        found = classifier_scores(methods, files.features, annotated, names, counts, limits)
        for method, groups in found.items():
            rows |= {f"classifier {method}{where}: {g}": value for g, value in groups.items()}
    for where, on, known in ((" on the fold", fold, fold_truth), ("", system, truth)):
        for source, values in video_source_scores(on, whole, known, fitted.weights).items():
            rows |= {f"videos by {source}{where}: {name}": v for name, v in values.items()}
    write_json(done, nan_to_none(rows))
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

"""`emc2 ensemble`: a temporal track's members, or files in their place, measured on the fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from common.challenges.activitynet.proposals import evaluate_proposals
from common.core.errors import InputError
from common.core.params.localization import Detection, Ensemble
from common.localization.diversity import error_correlation
from common.localization.ensemble import average_map, truth_table
from common.localization.ensemble_files import FileEnsemble, file_ensemble
from common.localization.ensemble_measures import (
    EnsembleMeasures,
    measure_ensemble,
    segment_error_correlation,
)
from common.localization.score_files import read_fitted
from common.localization.splits import AnnotatedVideos, read_annotated, split_videos
from common.localization.stages import TrackRun
from common.localization.track_files import system_on
from common.localization.weight_fitting import Fuse, Score
from common.submission.temporal_stages import track_run

MAP, AUC = "average mAP", "AUC of AR@AN"


def measure_track(track: str, paths: Sequence[Path], level: str | None = None) -> EnsembleMeasures:
    """Measure the track's own members, or those of some files, on the fold of the profile in force.

    Detections are scored as they are. Proposals and score maps are classified by the track's own
    classifiers; where the track has not been trained, their recall is scored instead.

    Args:
        track: section of params.yaml.
        paths: folders of score maps, result files, tables; none: the track's own members.
        level: of fusion instead of the params' `ensemble.level`.

    Raises:
        InputError: the track is not trained and no file is given, or a file cannot be a member.
    """
    run = track_run(track)
    if level is not None:
        spec = Ensemble.model_validate(run.track.ensemble.model_dump() | {"level": level})
        run = replace(run, track=run.track.model_copy(update={"ensemble": spec}))
    # What the params give instead of fitted weights must not stand in the way of fitting.
    free = run.track.ensemble.model_copy(update={"weights": None})
    run = replace(run, track=run.track.model_copy(update={"ensemble": free}))
    return _of_files(run, paths) if paths else _own(run)


def _own(run: TrackRun) -> EnsembleMeasures:
    _, spec = _require_trained(run)
    annotated, names = run.videos.annotated, run.videos.split.fold
    system = system_on(run.files, run.members, names, annotated.classes, run.track)
    level = run.track.ensemble.level
    return measure_ensemble(
        run.members,
        lambda w: system.detections(system.proposals(w), w, spec),
        _map_score(annotated, names),
        names,
        error_correlation(list(system.member_maps.values()), annotated.segments),
        run.track.ensemble,
        measure=MAP,
        level=level,
    )


def _of_files(run: TrackRun, paths: Sequence[Path]) -> EnsembleMeasures:
    annotated = read_annotated(run.files.annotations)
    fold = split_videos(annotated, run.track.fold).fold
    durations = {name: video.duration for name, video in annotated.videos.items()}
    track = run.track
    found = file_ensemble(paths, fold, durations, track.proposals, track.nms, track.ensemble)
    truth = truth_table(annotated, found.videos)
    fuse, score, measure = _scored(run, found, annotated, truth)
    if found.kind == "maps":
        correlation = error_correlation(list(found.maps.values()), annotated.segments)
    else:
        correlation = segment_error_correlation(found.tables, truth)
    return measure_ensemble(
        [member.name for member in found.members],
        fuse,
        score,
        found.videos,
        correlation,
        track.ensemble,
        measure=measure,
        level=found.kind,
    )


def _scored(
    run: TrackRun, found: FileEnsemble, annotated: AnnotatedVideos, truth: pd.DataFrame
) -> tuple[Fuse, Score, str]:
    """How the fused members become what is scored, and its score."""
    if found.kind == "detections":
        return found.fuse, _map_score(annotated, found.videos), MAP
    if not (run.files.own / "ensemble.json").is_file():
        return found.fuse, _auc_score(truth), AUC
    weights, spec = _require_trained(run)
    system = system_on(run.files, run.members, found.videos, annotated.classes, run.track)
    return (
        lambda w: system.detections(found.fuse(w), weights, spec),
        _map_score(annotated, found.videos),
        MAP,
    )


def _map_score(annotated: AnnotatedVideos, names: tuple[str, ...]) -> Score:
    truth = truth_table(annotated, names)
    return lambda table, videos: average_map(truth[truth["video"].isin(videos)], table)


def _auc_score(truth: pd.DataFrame) -> Callable[[pd.DataFrame, tuple[str, ...]], float]:
    def score(table: pd.DataFrame, videos: tuple[str, ...]) -> float:
        if table.empty:
            return 0.0
        return evaluate_proposals(truth[truth["video"].isin(videos)], table).auc_percent / 100.0

    return score


def _require_trained(run: TrackRun) -> tuple[tuple[float, ...], Detection]:
    path = run.files.own / "ensemble.json"
    if not path.is_file():
        raise InputError(
            "ensemble.untrained",
            str(path),
            "the track has not been trained in this profile",
            f"Run `dvc repro tracks/{run.files.own.name}`, or give files.",
        )
    return read_fitted(path)

"""The submission of a temporal detection track, from the files that its stages left."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.challenges.activitynet.writer import ExternalData
from common.challenges.formats import Settings
from common.core.params import Params
from common.core.params.temporal_track import TemporalTrack
from common.localization.ensemble import known_labels, truth_table
from common.localization.tables import DETECTION_COLUMNS, PROPOSAL_COLUMNS, read_table
from common.localization.track_files import TrackFiles, read_videos, reported_truth
from common.submission.analysis.recall import recall_by_length
from common.submission.folder import Submission, write_submission
from common.submission.leaderboard import detection_file, read_detections
from common.submission.manifest import External, ManifestInputs
from common.submission.report.data import (
    ClassifierRow,
    MemberRow,
    RecallCurve,
    ReportData,
    Score,
    Verdict,
)

KeyFrames = Callable[[str, float], NDArray[np.uint8] | bytes | None]

# What shapes the file of every temporal track, beside the track's own package.
CODE = ("challenges", "core", "features", "localization", "models", "training", "video")


@dataclass(frozen=True, slots=True)
class TemporalSubmission:
    """What differs from track to track.

    Args:
        track: its name.
        title: of the report.
        format: leaderboard format.
        leaderboard_name: official file name.
        licences: of the profile in force; data set or model -> licence.
        external: declared external data and models.
        lock_without: stages of the track's DAG that package the submission or come after, or that
            have no part in it; `weak_*` names all that begin so.
    """

    track: str
    title: str
    format: str
    leaderboard_name: str
    licences: dict[str, str]
    external: External = External()
    lock_without: tuple[str, ...] = ()


def submit(
    what: TemporalSubmission,
    params: Params,
    track: TemporalTrack,
    folder: Path,
    key_frames: KeyFrames | None,
) -> Verdict:
    """Write the submission folder of a temporal track.

    Args:
        what: the track's own decisions.
        params: of the profile in force; `track` is its section.
        folder: `submissions/<track>/<name>`.
        key_frames: pictures for the timelines.

    Raises:
        InputError: the leaderboard file has a defect, or a file of the stages is absent.
    """
    files = TrackFiles.of(params.profile, what.track)
    metrics = json.loads((files.own / "metrics.json").read_text(encoding="utf-8"))
    videos = read_videos(files, track.used(params.features.names), track)
    reported = reported_truth(files, videos, track)
    truth = truth_table(reported, reported.of_subset(track.subset))
    detections = read_table(files.own / "detections.parquet", DETECTION_COLUMNS)
    leaderboard, found = packed_detections(
        what, detections, truth, reported.of_subset(track.subset)
    )
    report = report_data(what, params, track, metrics, truth, found, key_frames)
    submission = Submission(
        track=what.track,
        profile=params.profile,
        format=what.format,
        settings=Settings(subset=track.subset),
        leaderboard_name=what.leaderboard_name,
        leaderboard=leaderboard,
        metrics=metrics,
        inputs=_inputs(what, params, track, files, reported.classes, report.durations),
        report=report,
        ground_truth=files.truth if track.subset == "test" else files.annotations,
    )
    return write_submission(folder, submission)


def packed_detections(
    what: TemporalSubmission, detections: pd.DataFrame, truth: pd.DataFrame, videos: Sequence[str]
) -> tuple[bytes, pd.DataFrame]:
    """The leaderboard file, and its detections in its own order, for ties as in the official score.

    Args:
        detections: of all classes; those of classes that the truth does not have are left out.
        truth: segments of the reported videos.
        videos: all reported videos, with detections or without.
    """
    details = (*what.external.data, *what.external.models)
    leaderboard = detection_file(
        known_labels(detections, truth),
        ExternalData(bool(details), "; ".join(details)),
        format=what.format,
        videos=videos,
    )
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / what.leaderboard_name
        path.write_bytes(leaderboard)
        return leaderboard, read_detections(path)


def report_data(
    what: TemporalSubmission,
    params: Params,
    track: TemporalTrack,
    metrics: dict[str, Any],
    truth: pd.DataFrame,
    detections: pd.DataFrame,
    key_frames: KeyFrames | None,
) -> ReportData:
    """The page's data from the numbers of the stage `score`."""
    files = TrackFiles.of(params.profile, what.track)
    members = track.used(params.features.names)
    reported = reported_truth(files, read_videos(files, members, track), track)
    names = reported.of_subset(track.subset)
    proposals = read_table(files.own / "proposals.parquet", PROPOSAL_COLUMNS)
    curve = metrics["recall_curve"]
    listed = metrics["videos"]["listed"]
    return ReportData(
        title=what.title,
        track=what.track,
        profile=params.profile,
        subset=track.subset,
        format=what.format,
        settings=params.report,
        headline=Score("average mAP", metrics["average_map"], note=f"{listed} videos"),
        scores=recall_and_top1(metrics),
        floors=tuple(Score(name, value) for name, value in metrics["floors"].items()),
        seeds=(track.seed,),
        commands=(f"emc2 profile use {params.profile}", f"dvc repro tracks/{what.track}"),
        durations={name: reported.videos[name].duration for name in names},
        truth=truth,
        detections=detections,
        recall=RecallCurve(tuple(curve["proposals"]), tuple(curve["recall"]), metrics["auc"]),
        recall_bins=tuple(recall_by_length(truth, proposals, params.report.length_edges)),
        train_counts=metrics["train_counts"],
        members=member_rows(metrics, files.own),
        classifiers=_classifier_rows(metrics, track),
        key_frames=key_frames,
    )


def recall_and_top1(metrics: dict[str, Any]) -> tuple[Score, ...]:
    """The scores that a report shows beside the average mAP."""
    return (
        *(Score(name, value) for name, value in metrics["recall"].items()),
        Score("AUC", metrics["auc"]),
        Score("top-1", metrics["top1"], note="of whole videos"),
    )


def member_rows(metrics: dict[str, Any], own: Path) -> tuple[MemberRow, ...]:
    """Each member and combination with its score, and its weight in `ensemble.json` of `own`."""
    fitted = json.loads((own / "ensemble.json").read_text(encoding="utf-8"))
    weights = fitted["weights"]
    return tuple(
        MemberRow(
            name, "member" if name in weights else "combination", value, weight=weights.get(name)
        )
        for name, value in metrics["members"].items()
    )


def _classifier_rows(metrics: dict[str, Any], track: TemporalTrack) -> tuple[ClassifierRow, ...]:
    return tuple(
        ClassifierRow(
            method,
            row["overall"],
            row["head"],
            row["medium"],
            row["tail"],
            chosen=method == track.classify.method,
        )
        for method, row in metrics["classifiers"].items()
    )


def _inputs(
    what: TemporalSubmission,
    params: Params,
    track: TemporalTrack,
    files: TrackFiles,
    classes: Sequence[str],
    durations: Mapping[str, float],
) -> ManifestInputs:
    values = params.model_dump(mode="json")
    base = files.world.parent
    return ManifestInputs(
        params={name: values[name] for name in ("world", "extractors", "features", what.track)},
        seeds={
            "world": params.world.seed,
            "extractors": params.extractors.seed,
            what.track: track.seed,
        },
        data=[files.annotations, files.world / "videos.csv"],
        weights=[
            path
            for name in track.used(params.features.names)
            for path in (
                base / "extractors" / f"{name}.safetensors",
                files.proposals / f"{name}.safetensors",
                files.classifiers / track.classify.method / f"{name}.safetensors",
            )
        ],
        code=(*(f"common.{name}" for name in CODE), f"tracks.{what.track}"),
        classes=list(classes),
        videos=list(durations),
        licences=what.licences,
        external=what.external,
        lock=Path("tracks") / what.track / "dvc.lock",
        lock_without=what.lock_without,
    )

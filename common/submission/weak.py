"""The submission of a weakly supervised track, and what its modules call."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from common.challenges.formats import Settings
from common.core.errors import InputError
from common.core.files import write_text
from common.core.params import Params, load_params
from common.core.params.weak import WeakTrack
from common.localization.ensemble import truth_table
from common.localization.splits import read_annotated
from common.localization.stages import STAGES as SUPERVISED
from common.localization.tables import DETECTION_COLUMNS, read_table
from common.localization.track_files import TrackFiles
from common.localization.weak.labels import read_video_labels
from common.localization.weak.members import CLASSIFIERS
from common.localization.weak.stages import WeakRun, detect, make_labels, score, train
from common.localization.weak.study import study_seed
from common.submission.folder import Submission, write_submission
from common.submission.manifest import ManifestInputs
from common.submission.report.data import RecallCurve, ReportData, Score, Verdict
from common.submission.run_record import record_run
from common.submission.temporal import (
    CODE,
    TemporalSubmission,
    member_rows,
    packed_detections,
    recall_and_top1,
)
from common.video.key_frames import KeyFrameReader

STAGES = ("weak_labels", "weak_train", "weak_detect", "weak_score")
_NOTE = (
    "Trained on the labels of whole videos: segments are read once, to make the file of video "
    "labels, and again to score. The lengths and frequencies here count videos, not segments."
)


def weak_run(track: str) -> tuple[WeakRun, Params]:
    """The weakly supervised half of a track: section `<track>_weak`, folder `<track>/weak`.

    Raises:
        InputError: params.yaml has no such section.
    """
    params = load_params()
    section = getattr(params, f"{track}_weak", None)
    if not isinstance(section, WeakTrack):
        raise InputError(
            "track.weak",
            f"params.yaml, {track}_weak",
            "is not the section of a weakly supervised track",
            "Give the name of a track that has one, such as hacs.",
        )
    base = Path("artifacts") / params.profile
    files = TrackFiles(base / "world", base / "features", base / track / "weak")
    return WeakRun(files, section.members or params.features.names, section), params


def run_weak_stage(name: str, track: str) -> None:
    """Run one of `STAGES` and record its cost in `run.json`."""
    run, params = weak_run(track)
    limits = params.report.head_above, params.report.tail_below
    actions = (
        lambda: make_labels(run),
        lambda: train(run),
        lambda: detect(run),
        lambda: score(run, limits),
    )
    with record_run(run.files.own / "run.json", name):
        dict(zip(STAGES, actions, strict=True))[name]()


def study_weak(track: str) -> None:
    """`python -m tracks.TRACK.weak_study --seeds 1 2 3`: what each part adds, over several seeds of
    networks and classifiers on the same features. Not a stage. Prints a Markdown table, percent.
    """
    parser = argparse.ArgumentParser(description=study_weak.__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    seeds = parser.parse_args().seeds
    run, _ = weak_run(track)
    found = [study_seed(run, seed) for seed in seeds]
    lines = ["| row | mean | std |", "|---|---|---|"]
    for row in found[0]:
        values = np.array([100.0 * rows[row] for rows in found])
        spread = values.std(ddof=1) if len(values) > 1 else float("nan")
        lines.append(f"| {row} | {values.mean():.2f} | {spread:.2f} |")
    text = "\n".join(lines) + "\n"
    write_text(run.files.own / "study" / "table.md", text)
    sys.stdout.write(text)


def submit_weak(what: TemporalSubmission) -> Verdict:
    """Validate, package, prove, report: `submissions/<track>/<profile>-weak/`.

    Raises:
        InputError: the leaderboard file has a defect, or a file of the stages is absent.
    """
    run, params = weak_run(what.track)
    files, subset = run.files, run.params.subset
    metrics = json.loads((files.own / "metrics.json").read_text(encoding="utf-8"))
    reported = read_annotated(files.truth if subset == "test" else files.annotations)
    names = reported.of_subset(subset)
    truth = truth_table(reported, names)
    table = read_table(files.own / "detections.parquet", DETECTION_COLUMNS)
    leaderboard, found = packed_detections(what, table, truth, names)
    durations = {name: reported.videos[name].duration for name in names}
    submission = Submission(
        track=what.track,
        profile=params.profile,
        format=what.format,
        settings=Settings(subset=subset),
        leaderboard_name=what.leaderboard_name,
        leaderboard=leaderboard,
        metrics=metrics,
        inputs=_inputs(what, run, params, durations),
        report=_report(what, run, params, metrics, (truth, found), durations),
        ground_truth=files.truth if subset == "test" else files.annotations,
    )
    folder = Path("submissions") / what.track / f"{params.profile}-weak"
    return write_submission(folder, submission)


def _report(
    what: TemporalSubmission,
    run: WeakRun,
    params: Params,
    metrics: dict[str, Any],
    tables: tuple[pd.DataFrame, pd.DataFrame],
    durations: dict[str, float],
) -> ReportData:
    curve = metrics["recall_curve"]
    return ReportData(
        title=what.title,
        track=what.track,
        profile=params.profile,
        subset=run.params.subset,
        format=what.format,
        settings=params.report,
        headline=Score("average mAP", metrics["average_map"], note=f"{len(durations)} videos"),
        scores=recall_and_top1(metrics),
        floors=tuple(Score(name, value) for name, value in metrics["floors"].items()),
        seeds=(run.params.seed,),
        commands=(f"emc2 profile use {params.profile}", f"dvc repro tracks/{what.track}"),
        notes=(_NOTE,),
        durations=durations,
        truth=tables[0],
        detections=tables[1],
        recall=RecallCurve(tuple(curve["proposals"]), tuple(curve["recall"]), metrics["auc"]),
        train_counts=metrics["train_counts"],
        members=member_rows(metrics, run.files.own),
        key_frames=KeyFrameReader(run.files.world / "videos"),
    )


def _inputs(
    what: TemporalSubmission, run: WeakRun, params: Params, durations: dict[str, float]
) -> ManifestInputs:
    values, section = params.model_dump(mode="json"), f"{what.track}_weak"
    base = run.files.world.parent
    networks = [
        run.networks / f"{name}-{i}.safetensors"
        for name in run.members
        for i in range(run.params.networks)
    ]
    return ManifestInputs(
        params={name: values[name] for name in ("world", "extractors", "features", section)},
        seeds={
            "world": params.world.seed,
            "extractors": params.extractors.seed,
            section: run.params.seed,
        },
        data=[run.labels, run.files.world / "videos.csv"],
        weights=[
            *(base / "extractors" / f"{name}.safetensors" for name in run.members),
            *networks,
            *(run.networks / CLASSIFIERS / f"{name}.safetensors" for name in run.members),
        ],
        code=(*(f"common.{name}" for name in CODE), f"tracks.{what.track}"),
        classes=list(read_video_labels(run.labels).classes),
        videos=list(durations),
        licences=what.licences,
        external=what.external,
        lock=Path("tracks") / what.track / "dvc.lock",
        lock_without=(*SUPERVISED, *what.lock_without),
    )

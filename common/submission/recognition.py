"""The submission of an EPIC recognition track, from the files that its stages left."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.challenges.archives import write_zip
from common.challenges.epic.head import MEMBER
from common.challenges.epic.writer import SupervisionLevels, recognition_bytes
from common.challenges.formats import Settings
from common.core.tensor_files import read_tensors
from common.recognition.epic_data import TASKS
from common.recognition.scoring import official_scores
from common.recognition.stages import RecognitionRun
from common.submission.folder import Submission, write_submission
from common.submission.manifest import External, ManifestInputs
from common.submission.report.data import (
    ClassifierRow,
    MemberRow,
    ReportData,
    Score,
    TaskReport,
    Verdict,
)

FORMAT = "epic-recognition"
_NAME = "test.zip"
_CODE = (
    "challenges", "core", "features", "localization", "models", "recognition", "training", "video",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecognitionSubmission:
    """What the track says of itself.

    Args:
        track: its name.
        title: of the report.
        licences: of the profile in force; data set or model -> licence.
        external: declared external data and models.
    """

    track: str
    title: str
    licences: dict[str, str]
    external: External = External()


def submit(what: RecognitionSubmission, run: RecognitionRun, folder: Path) -> Verdict:
    """Write the submission folder.

    Args:
        folder: `submissions/<track>/<name>`.

    Raises:
        InputError: the leaderboard file has a defect, or a file of the stages is absent.
    """
    files, track = run.files, run.track
    metrics = json.loads((files.own / "metrics.json").read_text(encoding="utf-8"))
    arrays, _ = read_tensors(files.own / "scores.safetensors")
    levels = SupervisionLevels(track.supervision.pt, track.supervision.tl, track.supervision.td)
    narrations = [segment.narration for segment in run.data.submitted]
    scores = official_scores(arrays["verb"], arrays["noun"])
    scored = track.submitted == track.subset
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / _NAME
        write_zip(path, {MEMBER: recognition_bytes(narrations, *scores, levels)})
        leaderboard = path.read_bytes()
    submission = Submission(
        track=what.track,
        profile=run.params.profile,
        format=FORMAT,
        settings=Settings(subset=track.submitted),
        leaderboard_name=_NAME,
        leaderboard=leaderboard,
        metrics=metrics,
        inputs=_inputs(what, run),
        report=report_data(what, run, metrics),
        ground_truth=files.reported(track) if scored else files.annotations,
        scored=scored,
    )
    return write_submission(folder, submission)


def report_data(
    what: RecognitionSubmission, run: RecognitionRun, metrics: Mapping[str, Any]
) -> ReportData:
    """The page's data from the numbers of the stage `score`."""
    track, profile = run.track, run.params.profile
    n_segments = metrics["segments"]["reported"]
    official = metrics["official"]
    return ReportData(
        title=what.title,
        track=what.track,
        profile=profile,
        subset=track.subset,
        format=FORMAT,
        settings=run.params.report,
        headline=Score("action top-1", metrics["top1"]["action"], note=f"{n_segments} segments"),
        scores=tuple(
            Score(name.replace("_accuracy_at_", " top-").replace("_", " "), official[name])
            for name in sorted(official)
        ),
        floors=tuple(Score(name, row["action"]) for name, row in metrics["floors"].items()),
        seeds=(track.seed,),
        commands=(f"emc2 profile use {profile}", f"dvc repro tracks/{what.track}"),
        members=_member_rows(run, metrics),
        tasks=tuple(_task_report(run, task, metrics) for task in TASKS),
    )


def _member_rows(run: RecognitionRun, metrics: Mapping[str, Any]) -> tuple[MemberRow, ...]:
    """Action top-1; the weights shown are those of the members' own action scores."""
    fitted = json.loads((run.files.own / "ensemble.json").read_text(encoding="utf-8"))
    weights = fitted["weights"]["action"]
    return tuple(
        MemberRow(
            name,
            "member" if name in weights else "combination",
            row["action"],
            weight=weights.get(name),
        )
        for name, row in metrics["members"].items()
    )


def _task_report(run: RecognitionRun, task: str, metrics: Mapping[str, Any]) -> TaskReport:
    classifiers = tuple(
        ClassifierRow(
            method,
            row["overall"],
            row["head"],
            row["medium"],
            row["tail"],
            chosen=method == run.heads[task].method,
        )
        for method, row in metrics["classifiers"][task].items()
    )
    return TaskReport(
        task,
        metrics["top1"][task],
        metrics["train_counts"][task],
        {name: (row["right"], row["segments"]) for name, row in metrics["by_class"][task].items()},
        {name: row["taken_for"] for name, row in metrics["by_class"][task].items()},
        classifiers,
    )


def _inputs(what: RecognitionSubmission, run: RecognitionRun) -> ManifestInputs:
    values = run.params.model_dump(mode="json")
    base = run.files.features.parent
    return ManifestInputs(
        params={name: values[name] for name in ("world", "extractors", "features", what.track)},
        seeds={
            "world": run.params.world.seed,
            "extractors": run.params.extractors.seed,
            what.track: run.track.seed,
        },
        data=[run.files.annotations],
        weights=_weights(run, base),
        code=(*(f"common.{name}" for name in _CODE), f"tracks.{what.track}"),
        classes=[f"{task}: {name}" for task in TASKS for name in run.data.classes[task]],
        videos=list(dict.fromkeys(segment.video for segment in run.data.submitted)),
        licences=what.licences,
        external=what.external,
        lock=Path("tracks") / what.track / "dvc.lock",
    )


def _weights(run: RecognitionRun, base: Path) -> Sequence[Path]:
    return [
        path
        for name in run.members
        for path in (
            base / "extractors" / f"{name}.safetensors",
            *(
                run.files.heads / task / head.method / f"{name}.safetensors"
                for task, head in run.heads.items()
            ),
        )
    ]

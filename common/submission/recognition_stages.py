"""What the modules of the recognition track call: its stages with their cost, its submission."""

from __future__ import annotations

from pathlib import Path

from common.core.params import load_params
from common.recognition.stages import STAGES, RecognitionRun
from common.recognition.track_files import RecognitionFiles
from common.submission.recognition import RecognitionSubmission, submit
from common.submission.run_record import record_run

TRACK = "epic_recognition"


def recognition_run() -> RecognitionRun:
    """The track in the profile in force."""
    params = load_params()
    files = RecognitionFiles.of(params.profile, TRACK)
    return RecognitionRun(files, params, params.epic_recognition)


def run_stage(name: str) -> None:
    """Run a stage of `common.recognition.stages` and record its cost in `run.json`."""
    run = recognition_run()
    with record_run(run.files.own / "run.json", name):
        STAGES[name](run)


def submit_track(what: RecognitionSubmission) -> None:
    """Validate, package, prove, report: `submissions/epic_recognition/<profile>/`."""
    run = recognition_run()
    submit(what, run, Path("submissions") / TRACK / run.params.profile)

"""What the modules of EPIC-KITCHENS action detection call: its stages with their cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from common.core.params import load_params
from common.localization.windows import stages
from common.localization.windows.stages import EpicRun
from common.submission.run_record import record_run

# name in dvc.yaml -> what it does
STAGES: dict[str, Callable[[EpicRun], None]] = {
    "proposals": stages.train_proposals,
    "classify": stages.classify,
    "detect": stages.detect,
    "submit": stages.submit,
}


def run_stage(name: str) -> None:
    """Run a stage in the profile in force and record its cost in `run.json`."""
    params = load_params()
    section = params.epic_detection
    run = EpicRun(Path("artifacts") / params.profile, section, section.used(params.features.names))
    with record_run(run.own / "run.json", name):
        STAGES[name](run)

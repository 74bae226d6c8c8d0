"""What the modules of a temporal track call: its stages with their cost, prediction, its study."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from common.core.errors import InputError
from common.core.files import write_text
from common.core.params import load_params
from common.core.params.temporal_track import TemporalTrack
from common.localization.stages import STAGES, TrackRun
from common.localization.study import study_seed, summarise
from common.localization.track_files import TrackFiles
from common.submission.own_videos import Predicted, predict_videos
from common.submission.run_record import record_run
from common.submission.temporal import TemporalSubmission, submit
from common.video.key_frames import KeyFrameReader


def track_run(track: str) -> TrackRun:
    """A track in the profile in force.

    Args:
        track: folder below `tracks/` and section of params.yaml.

    Raises:
        InputError: params.yaml has no such section, or it is not that of a temporal track.
    """
    params = load_params()
    section = getattr(params, track, None)
    if not isinstance(section, TemporalTrack):
        known = ", ".join(name for name, value in params if isinstance(value, TemporalTrack))
        raise InputError(
            "track.temporal",
            f"params.yaml, {track}",
            "is not the section of a temporal detection track",
            f"Give one of {known}.",
        )
    return TrackRun(TrackFiles.of(params.profile, track), params, section)


def run_stage(name: str, track: str) -> None:
    """Run a stage of `common.localization.stages` and record its cost in `run.json`."""
    run = track_run(track)
    with record_run(run.files.own / "run.json", name):
        STAGES[name](run)


def submit_track(what: TemporalSubmission) -> None:
    """Validate, package, prove, report: `submissions/<track>/<profile>/`."""
    run = track_run(what.track)
    folder = Path("submissions") / what.track / run.params.profile
    submit(what, run.params, run.track, folder, KeyFrameReader(run.files.world / "videos"))


def predict(track: str, videos: Sequence[Path], out: Path) -> Predicted:
    """`emc2 predict TRACK VIDEO...`: the trained system on one's own videos; see
    `predict_videos`.
    """
    run = track_run(track)
    return predict_videos(videos, run.files, run.params, run.track, out)


def study(track: str) -> None:
    """`python -m tracks.TRACK.study --seeds 1 2 3`: what each part adds, over several seeds.

    Not a stage: the whole chain again for each seed, below artifacts/<profile>/study, where the
    tracks share the features of a seed. The dataset of the profile must be there
    (`dvc repro world`). Prints a Markdown table, percent, and writes it beside the seeds.
    """
    parser = argparse.ArgumentParser(description=study.__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    seeds = parser.parse_args().seeds
    run = track_run(track)
    base = run.files.world.parent / "study"
    found = {
        seed: study_seed(run.params, run.track, seed, run.files.world, base / f"seed-{seed}", track)
        for seed in seeds
    }
    table = summarise(found)
    lines = ["| row | mean | std |", "|---|---|---|"]
    lines += [f"| {r.row} | {r.mean:.2f} | {r.std:.2f} |" for r in table.itertuples()]
    text = "\n".join(lines) + "\n"
    write_text(base / f"{track}.md", text)
    sys.stdout.write(text)

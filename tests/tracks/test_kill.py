"""kill -9 in every stage of the DAG, through DVC: it completes, and equals the whole run."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STAGES = {
    "world",
    "extractors",
    "features",
    "proposals",
    "maps",
    "classify",
    "ensemble",
    "score",
    "tracks/activitynet",
}
_STARTED = re.compile(r"Running stage '(?:tracks/activitynet/dvc\.yaml:)?([^']+)'")


def _small(path):
    """A world of a few videos and trainings of a few epochs: every stage runs for seconds."""
    params = yaml.safe_load(path.read_text())
    world = params["world"]["profiles"]["sample"]["rendered"]
    world["classes"] = world["classes"][:6]
    world |= {
        "train": {"videos": 10, "instances": 40, "least": 2},
        "validation": {"videos": 6, "instances": 20, "least": 1},
        "test": {"videos": 6, "instances": 20, "least": 1},
        "masks": {"train": 1, "validation": 1, "test": 1, "frames": 8},
        "clips": 40,
        "clips_least": 2,
        "stills": 4,
    }
    params["extractors"]["fit"]["epochs"] = 4
    params["extractors"]["profiles"]["sample"]["augmentation"]["mirrored_labels"] = {}
    track = params["activitynet"]
    track["bmn_training"]["epochs"] = track["relation_training"]["epochs"] = 3
    path.write_text(yaml.safe_dump(params, sort_keys=False))


def _clone(folder):
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    _small(folder / "params.yaml")
    (folder / "dvc.lock").unlink()
    (folder / "tracks" / "activitynet" / "dvc.lock").unlink()
    return folder


def _environment(folder):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(folder), "DVC_NO_ANALYTICS": "1"}


def _repro(folder, log):
    with log.open("w") as stdout:
        return subprocess.Popen(
            [sys.executable, "-m", "dvc", "repro", "tracks/activitynet"],
            cwd=folder,
            env=_environment(folder),
            stdout=stdout,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _running(log):
    """The stage that runs now, or None before the first."""
    found = _STARTED.findall(log.read_text()) if log.exists() else []
    return found[-1] if found else None


def _whole_run(folder, log):
    """Run to the end; seconds of each stage, in the order in which they ran."""
    process, seconds = _repro(folder, log), {}
    while process.poll() is None:
        time.sleep(0.1)
        if stage := _running(log):
            seconds[stage] = seconds.get(stage, 0.0) + 0.1
    assert process.returncode == 0, log.read_text()[-3000:]
    return seconds


def _kill_in(folder, log, stage, after):
    """Kill everything `after` seconds into a stage; True if it was killed there."""
    process = _repro(folder, log)
    while process.poll() is None and _running(log) != stage:
        time.sleep(0.05)
    deadline = time.monotonic() + after
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if process.poll() is not None:
        return False
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _kill_orphans(folder)
    return True


def _kill_orphans(folder):
    """DVC starts a stage in a session of its own: its processes outlive the killed group."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").resolve() == folder.resolve():
                os.kill(int(entry.name), signal.SIGKILL)
        except (OSError, ValueError):
            continue  # it has ended meanwhile, or is somebody else's


def _made(folder):
    """Bytes of the submission and of the locks."""
    submission = folder / "submissions" / "activitynet" / "sample"
    files = [*submission.rglob("*"), *folder.glob("dvc.lock"), *folder.glob("tracks/*/dvc.lock")]
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(files) if p.is_file()}


@pytest.mark.slow
def test_a_run_killed_in_every_stage_gives_what_the_whole_run_gives(tmp_path):
    whole, killed = _clone(tmp_path / "whole"), _clone(tmp_path / "killed")
    seconds = _whole_run(whole, tmp_path / "whole.log")
    assert set(seconds) == STAGES
    for number, (stage, taken) in enumerate(seconds.items()):
        assert _kill_in(killed, tmp_path / f"{number}.log", stage, 0.5 * taken), stage
    _whole_run(killed, tmp_path / "end.log")
    assert _made(killed) == _made(whole)

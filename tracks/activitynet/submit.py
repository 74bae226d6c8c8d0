"""Root stage `tracks/activitynet`: validate, package, prove, report."""

from __future__ import annotations

from pathlib import Path

from common.core.params import load_params
from common.submission.manifest import External
from common.submission.temporal import TemporalSubmission, submit
from common.video.key_frames import KeyFrameReader

CODE = (
    "common.challenges",
    "common.core",
    "common.features",
    "common.localization",
    "common.models",
    "common.training",
    "common.video",
    "tracks.activitynet",
)
LICENCES = {
    "sample": {"rendered world": "Apache-2.0 (made by this repository)"},
    "clips": {"trimmed clips": "the user's own; UCF101 clips are for research only"},
    "full": {"ActivityNet 1.3": "annotations MIT; the videos belong to their uploaders"},
}
MODELS = {"full": ("SlowFast-R101 and ir-CSN-152 (IG-65M), Kinetics-400, OpenMMLab model zoo",)}


def main() -> None:
    """Write `submissions/activitynet/<profile>/`."""
    params = load_params()
    what = TemporalSubmission(
        track="activitynet",
        title="ActivityNet temporal action detection",
        format="activitynet-detection",
        leaderboard_name="result.json",
        code=CODE,
        licences=LICENCES[params.profile],
        external=External(models=MODELS.get(params.profile, ())),
        lock_without=(),
    )
    folder = Path("submissions") / "activitynet" / params.profile
    pictures = KeyFrameReader(Path("artifacts") / params.profile / "world" / "videos")
    submit(what, params, params.activitynet, folder, pictures)


if __name__ == "__main__":
    main()

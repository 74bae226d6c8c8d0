"""Root stage `tracks/activitynet`: validate, package, prove, report."""

from common.core.params import load_params
from common.core.program import run_program
from common.submission.manifest import External
from common.submission.temporal import TemporalSubmission
from common.submission.temporal_stages import submit_track

LICENCES = {
    "sample": {"rendered world": "Apache-2.0 (made by this repository)"},
    "clips": {"trimmed clips": "the user's own; UCF101 clips are for research only"},
    "full": {"ActivityNet 1.3": "annotations MIT; the videos belong to their uploaders"},
}
MODELS = {"full": ("SlowFast-R101 and ir-CSN-152 (IG-65M), Kinetics-400, OpenMMLab model zoo",)}


def main() -> None:
    """Write `submissions/activitynet/<profile>/`."""
    profile = load_params().profile
    submit_track(
        TemporalSubmission(
            track="activitynet",
            title="ActivityNet temporal action detection",
            format="activitynet-detection",
            leaderboard_name="result.json",
            licences=LICENCES[profile],
            external=External(models=MODELS.get(profile, ())),
        )
    )


if __name__ == "__main__":
    run_program(main)

"""Stage `submit`: the fully supervised submission."""

from common.core.params import load_params
from common.core.program import run_program
from common.submission.manifest import External
from common.submission.temporal import TemporalSubmission
from common.submission.temporal_stages import submit_track

LICENCES = {
    "sample": {"rendered world": "Apache-2.0 (made by this repository)"},
    "clips": {"trimmed clips": "the user's own; UCF101 clips are for research only"},
    "full": {"HACS Segments v1.1.1": "annotations BSD-3; the videos belong to their uploaders"},
}
MODELS = {"full": ("SlowFast-R101, Kinetics-400, OpenMMLab model zoo",)}


def main() -> None:
    """Write `submissions/hacs/<profile>/`."""
    profile = load_params().profile
    submit_track(
        TemporalSubmission(
            track="hacs",
            title="HACS temporal action localization, fully supervised",
            format="hacs-detection",
            leaderboard_name="result.json",
            licences=LICENCES[profile],
            external=External(models=MODELS.get(profile, ())),
            lock_without=("submit", "weak_*"),
        )
    )


if __name__ == "__main__":
    run_program(main)

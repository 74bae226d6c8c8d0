"""Stage `weak_submit`: the weakly supervised submission."""

from common.core.params import load_params
from common.core.program import run_program
from common.submission.manifest import External
from common.submission.temporal import TemporalSubmission
from common.submission.weak import submit_weak
from tracks.hacs.submit import LICENCES, MODELS


def main() -> None:
    """Write `submissions/hacs/<profile>-weak/`."""
    profile = load_params().profile
    submit_weak(
        TemporalSubmission(
            track="hacs",
            title="HACS temporal action localization, weakly supervised",
            format="hacs-detection",
            leaderboard_name="result.json",
            licences=LICENCES[profile],
            external=External(models=MODELS.get(profile, ())),
            lock_without=("submit", "weak_submit"),
        )
    )


if __name__ == "__main__":
    run_program(main)

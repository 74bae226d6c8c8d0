"""Stage `tracks/epic_recognition`: the submission."""

from common.core.params import load_params
from common.core.program import run_program
from common.submission.manifest import External
from common.submission.recognition import RecognitionSubmission
from common.submission.recognition_stages import submit_track

LICENCES = {
    "sample": {"rendered world": "Apache-2.0 (made by this repository)"},
    "full": {"EPIC-KITCHENS-100": "CC BY-NC 4.0 (annotations and videos)"},
}
MODELS = {
    "full": (
        "SlowFast-R101, Kinetics-400, OpenMMLab model zoo",
        "ir-CSN-152, IG-65M and Kinetics-400, OpenMMLab model zoo",
        "ViViT B/16x2, Kinetics-400, TAdaConv model zoo",
    )
}


def main() -> None:
    """Write `submissions/epic_recognition/<profile>/`."""
    profile = load_params().profile
    submit_track(
        RecognitionSubmission(
            track="epic_recognition",
            title="EPIC-KITCHENS-100 action recognition",
            licences=LICENCES.get(profile, {}),
            external=External(models=MODELS.get(profile, ())),
        )
    )


if __name__ == "__main__":
    run_program(main)

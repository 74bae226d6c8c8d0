"""Stage `ensemble`: weights fitted on the fold, then the submitted scores."""

from common.core.program import run_program
from common.submission.recognition_stages import run_stage


def main() -> None:
    """Run it in the profile in force."""
    run_stage("ensemble")


if __name__ == "__main__":
    run_program(main)

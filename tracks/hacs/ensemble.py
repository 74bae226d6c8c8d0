"""Stage `ensemble`: weights and fusion fitted on the fold, then the reported detections."""

from common.core.program import run_program
from common.submission.temporal_stages import run_stage


def main() -> None:
    """Run it in the profile in force."""
    run_stage("ensemble", "hacs")


if __name__ == "__main__":
    run_program(main)

"""Stage `weak_detect`: weights fitted on the labels of the fold, then the reported detections."""

from common.core.program import run_program
from common.submission.weak import run_weak_stage


def main() -> None:
    """Run it in the profile in force."""
    run_weak_stage("weak_detect", "hacs")


if __name__ == "__main__":
    run_program(main)

"""Stage `weak_score`: all numbers; reads the truth of the reported videos."""

from common.core.program import run_program
from common.submission.weak import run_weak_stage


def main() -> None:
    """Run it in the profile in force."""
    run_weak_stage("weak_score", "hacs")


if __name__ == "__main__":
    run_program(main)

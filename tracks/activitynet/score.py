"""Stage `score`: the only one that reads the truth of the reported videos."""

from common.core.program import run_program
from common.submission.temporal_stages import run_stage


def main() -> None:
    """Run it in the profile in force."""
    run_stage("score", "activitynet")


if __name__ == "__main__":
    run_program(main)

"""Stage `proposals`: BMN on the windows of the train videos."""

from common.core.program import run_program
from common.submission.epic_stages import run_stage


def main() -> None:
    """Run it in the profile in force."""
    run_stage("proposals")


if __name__ == "__main__":
    run_program(main)

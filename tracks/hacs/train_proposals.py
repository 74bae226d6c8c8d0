"""Stage `proposals`: BMN and the proposal relation network, one of each a feature set."""

from common.core.program import run_program
from common.submission.temporal_stages import run_stage


def main() -> None:
    """Run it in the profile in force."""
    run_stage("proposals", "hacs")


if __name__ == "__main__":
    run_program(main)

"""Stage `maps`: score maps of the fold and of the reported videos, by every member."""

from common.core.program import run_program
from common.submission.temporal_stages import run_stage


def main() -> None:
    """Run it in the profile in force."""
    run_stage("maps", "hacs")


if __name__ == "__main__":
    run_program(main)

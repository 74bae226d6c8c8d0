"""Stage `clips`: mean features of every segment and of its views, by member."""

from common.core.program import run_program
from common.submission.recognition_stages import run_stage


def main() -> None:
    """Run it in the profile in force."""
    run_stage("clips")


if __name__ == "__main__":
    run_program(main)

"""Stage `score`: the only one that reads the classes of the reported segments."""

from common.core.program import run_program
from common.submission.recognition_stages import run_stage


def main() -> None:
    """Run it in the profile in force."""
    run_stage("score")


if __name__ == "__main__":
    run_program(main)

"""Stage `heads`: decoupled long-tail classifiers of verbs and of nouns, by member."""

from common.core.program import run_program
from common.submission.recognition_stages import run_stage


def main() -> None:
    """Run it in the profile in force."""
    run_stage("heads")


if __name__ == "__main__":
    run_program(main)

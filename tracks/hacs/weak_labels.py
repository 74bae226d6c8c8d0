"""Stage `weak_labels`: the labels of whole videos, all that the others learn from."""

from common.core.program import run_program
from common.submission.weak import run_weak_stage


def main() -> None:
    """Run it in the profile in force."""
    run_weak_stage("weak_labels", "hacs")


if __name__ == "__main__":
    run_program(main)

"""Stage `classify`: decoupled long-tail classifiers of segments and of whole videos."""

from common.core.program import run_program
from common.submission.temporal_stages import run_stage


def main() -> None:
    """Run it in the profile in force."""
    run_stage("classify", "activitynet")


if __name__ == "__main__":
    run_program(main)

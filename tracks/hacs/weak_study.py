"""What each part of the weak half adds: `python -m tracks.hacs.weak_study --seeds 1 2 3`."""

from common.core.program import run_program
from common.submission.weak import study_weak

if __name__ == "__main__":
    run_program(lambda: study_weak("hacs"))

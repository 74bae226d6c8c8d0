"""What each part adds, over several seeds: `python -m tracks.hacs.study --seeds 1 2 3`."""

from common.core.program import run_program
from common.submission.temporal_stages import study

if __name__ == "__main__":
    run_program(lambda: study("hacs"))

"""Starts compared on few labels: `python -m tracks.pretrain.study --clips FOLDER --seeds 1 2 3`.

Not a stage. FOLDER holds train.txt, val.txt, classes.csv and the clips they list. Runs that are
finished are read back. Prints a Markdown table of top-1, percent, mean and standard deviation.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from common.core.files import write_text
from common.core.params import load_params
from common.core.program import run_program
from common.training.start_study import SCRATCH, Study, load_study_clips


def main() -> None:
    """Run what is missing, print the table and write it beside the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--shares", type=float, nargs="+", default=[0.1, 0.3, 1.0])
    parser.add_argument(
        "--starts", nargs="+", default=[SCRATCH, "mosi"], help="or .safetensors files"
    )
    given = parser.parse_args()
    params = load_params()
    out = Path("artifacts") / params.profile / "pretrain-study"
    clips = load_study_clips(given.clips, params.pretrain.study, out / ".work")
    settings = params.extractors
    study = Study(params.pretrain, settings.r2plus1d, settings.augmentation, clips, out)
    lines = ["| labels | start | top-1 % | std | by seed |", "|---|---|---|---|---|"]
    for share in given.shares:
        for start in given.starts:
            values = [100 * study.run(start, share, seed) for seed in given.seeds]
            std = float(np.std(values, ddof=min(1, len(values) - 1)))
            seeds = " ".join(f"{value:.1f}" for value in values)
            name = Path(start).stem
            lines.append(f"| {share:.0%} | {name} | {np.mean(values):.1f} | {std:.1f} | {seeds} |")
            write_text(out / "table.md", "\n".join(lines) + "\n")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    run_program(main)

"""What each part adds, over several seeds: `python -m tracks.activitynet.study --seeds 1 2 3`.

Not a stage: the whole chain again for each seed, below artifacts/<profile>/study. The dataset of
the profile must be there (`dvc repro world`). Prints a Markdown table, percent.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from common.core.files import write_text
from common.core.params import load_params
from common.localization.study import study_seed, summarise


def main() -> None:
    """Run the seeds, print the table and write it beside them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    seeds = parser.parse_args().seeds
    params = load_params()
    base = Path("artifacts") / params.profile
    found = {}
    for seed in seeds:
        out = base / "study" / f"seed-{seed}"
        found[seed] = study_seed(params, params.activitynet, seed, base / "world", out)
    table = summarise(found)
    lines = ["| row | mean | std |", "|---|---|---|"]
    lines += [f"| {r.row} | {r.mean:.2f} | {r.std:.2f} |" for r in table.itertuples()]
    write_text(base / "study" / "table.md", "\n".join(lines) + "\n")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

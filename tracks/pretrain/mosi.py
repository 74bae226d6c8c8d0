"""Stage `mosi`: a small network learns motion from stills."""

from __future__ import annotations

from pathlib import Path

from common.core.params import load_params
from common.core.program import run_program
from common.submission.run_record import record_run
from common.training.pretraining import make_mosi_weights


def main() -> None:
    """Write `artifacts/<profile>/pretrain/mosi/`."""
    params = load_params()
    root = Path("artifacts") / params.profile
    out = root / "pretrain" / "mosi"
    with record_run(root / "pretrain" / "run.json", "mosi"):
        make_mosi_weights(params.pretrain, params.extractors.r2plus1d, root / "world", out)


if __name__ == "__main__":
    run_program(main)

"""Root stage `tracks/pretrain`: the list that other tracks name their starting weights from."""

from __future__ import annotations

from pathlib import Path

from common.core.params import load_params
from common.core.program import run_program
from common.training.pretraining import write_weights_list


def main() -> None:
    """Write `artifacts/<profile>/pretrain/weights.json`."""
    write_weights_list(Path("artifacts") / load_params().profile / "pretrain")


if __name__ == "__main__":
    run_program(main)

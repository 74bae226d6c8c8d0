"""The fitted weights as the stage `ensemble` leaves them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from common.core.errors import InputError
from common.core.member_weights import Weights
from common.recognition.epic_data import TASKS


def read_weights(path: Path, members: Sequence[str]) -> dict[str, Weights]:
    """Weights by task (`verb`, `noun`, `action`), in the order of the members.

    Raises:
        InputError: missing, or of other members.
    """
    try:
        weights = json.loads(path.read_text(encoding="utf-8"))["weights"]
        return {
            task: tuple(float(weights[task][name]) for name in members)
            for task in (*TASKS, "action")
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "epic.weights",
            str(path),
            f"holds no weights of {', '.join(members)} ({type(error).__name__})",
            "Run the stage `ensemble` again: dvc repro.",
        ) from error

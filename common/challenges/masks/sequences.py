"""Score the sequences of a submission one by one, in worker processes where that pays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from common.challenges.masks.files import MaskFiles, open_safe_masks
from common.challenges.masks.layout import MaskTruth
from common.core.errors import InputError
from common.core.launcher import map_items

Ids = NDArray[np.uint8]
Scored = TypeVar("Scored")
Score = Callable[[str, MaskFiles, MaskTruth], Scored]

# Below this many pixels the start of worker processes takes longer than the work.
_PIXELS_FOR_WORKERS = 80_000_000
_MAX_WORKERS = 4
_SECONDS_PER_SEQUENCE = 3600.0


def score_sequences(score: Score[Scored], pred: Path, truth: MaskTruth) -> dict[str, Scored]:
    """Call `score(sequence, files, truth)` for every sequence of the truth.

    Args:
        score: a top-level function (it travels to worker processes by name).
        pred: the submission.
        truth: its truth.

    Raises:
        InputError: of the first sequence, in the order of the list, that cannot be scored.
    """
    pixels = {name: _pixels(truth, name) for name in truth.sequences}
    workers = min(len(os.sched_getaffinity(0)), _MAX_WORKERS, len(pixels))
    with open_safe_masks(pred) as files:
        if workers < 2 or sum(pixels.values()) < _PIXELS_FOR_WORKERS:
            return {name: score(name, files, truth) for name in truth.sequences}
    # The longest first, so that no worker starts a long one while the others are done.
    order = sorted(truth.sequences, key=lambda name: -pixels[name])
    answers = map_items(
        _score_in_worker,
        order,
        args=(score, pred, truth),
        workers=workers,
        timeout_s=_SECONDS_PER_SEQUENCE,
        max_broken=0,
        label="sequences",
        preload=[score.__module__],
    ).results
    for name in truth.sequences:
        if isinstance(answers[name], InputError):
            raise answers[name]
    return {name: answers[name] for name in truth.sequences}


def frame_pairs(
    sequence: str, files: MaskFiles, truth: MaskTruth, frames: tuple[str, ...]
) -> Iterator[tuple[Ids, Ids]]:
    """Truth and result of each frame, one frame in memory at a time: (H, W) ids each.

    Raises:
        InputError: a mask is missing, damaged, or not of the size of the truth.
    """
    for frame in frames:
        name = f"{sequence}/{frame}.png"
        wanted, given = truth.ids(sequence, frame), files.ids(name)
        if wanted.shape != given.shape:
            raise InputError(
                "mask.size",
                f"{files.path}: {name}",
                f"{_size(given)} pixels, expected {_size(wanted)}",
                "Write masks of the size of the frames.",
            )
        yield wanted, given


def _size(ids: Ids) -> str:
    return f"{ids.shape[1]}x{ids.shape[0]}"


def _pixels(truth: MaskTruth, sequence: str) -> int:
    width, height = truth.size(sequence)
    return width * height * len(truth.frames(sequence))


# The open submission of this worker process: opening an archive of thousands of masks takes a
# while, and a worker scores many sequences of one submission.
_open_files: dict[Path, MaskFiles] = {}
_until_exit = ExitStack()


def _score_in_worker(
    sequence: str, score: Score[Scored], pred: Path, truth: MaskTruth
) -> Scored | InputError:
    try:
        if pred not in _open_files:
            _open_files[pred] = _until_exit.enter_context(open_safe_masks(pred))
        return score(sequence, _open_files[pred], truth)
    except InputError as error:
        # As a value: the launcher would wrap it into an error of its own.
        return error

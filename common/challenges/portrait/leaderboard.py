"""Format `portrait`: the people of a video, at most eight, matched to the truth by region overlap.

The contest published no evaluator; where its rules are silent the decisions of docs,
formats/davis section 7 apply.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.challenges.findings import Findings
from common.challenges.formats import Evaluation, Settings
from common.challenges.masks.checks import MaskRules, check_masks, layout_schema
from common.challenges.masks.files import MaskFiles
from common.challenges.masks.layout import MaskTask, MaskTruth, distinct, read_truth
from common.challenges.masks.measures import Values, pair_measures, shapes_of
from common.challenges.masks.packaging import package_masks
from common.challenges.masks.planes import pack
from common.challenges.masks.sequences import Ids, frame_pairs, score_sequences
from common.challenges.palette import VOID

MAX_PEOPLE = 8
TASK = MaskTask(
    format="portrait",
    lists={
        "train": "ImageSets/train.txt",
        "validation": "ImageSets/val.txt",
        "test": "ImageSets/test.txt",
    },
    annotations="Annotations",
    pictures="JPEGImages",
    # Organiser's post: 1,650 videos to train on, 48 in the preliminary test.
    published={"ImageSets/train.txt": (1_650, None), "ImageSets/test.txt": (48, None)},
)
RULES = MaskRules(task=TASK, max_people=MAX_PEOPLE)


@dataclass(frozen=True, slots=True)
class VideoScores:
    """One video: J and F of each person of the truth over time, (G, T) each.

    `people` are the ids of the truth, `matched` the predicted id of each, None for a missed one.
    """

    region: Values
    contour: Values
    people: tuple[int, ...]
    matched: tuple[int | None, ...]
    n_predicted: int

    @property
    def valid(self) -> bool:
        """False if the video has too many people and scores 0."""
        return self.n_predicted <= MAX_PEOPLE


def check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings:
    """Every defect and warning of a ZIP or folder of masks."""
    return check_masks(pred, ground_truth, settings.subset, RULES)


def evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation:
    """J and F over all people of all videos, of each video and of each person.

    Arrays: `J/<video>` and `F/<video>`, (people, frames).

    Raises:
        InputError: missing or unreadable mask, wrong size.
    """
    truth = read_truth(TASK, ground_truth, settings.subset)
    videos = score_sequences(score_sequence, pred, truth)
    people: dict[str, dict[str, float | int | None]] = {}
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, video in videos.items():
        arrays[f"J/{name}"], arrays[f"F/{name}"] = video.region, video.contour
        for k, person in enumerate(video.people):
            people[f"{name}_{person}"] = {
                "J-Mean": float(video.region[k].mean()),
                "F-Mean": float(video.contour[k].mean()),
                "matched": video.matched[k],
            }
    scores = {
        "global": _three(
            [p["J-Mean"] for p in people.values()], [p["F-Mean"] for p in people.values()]
        ),
        "videos": {name: _video_entry(video) for name, video in videos.items()},
        "instances": people,
    }
    void = [name for name, video in videos.items() if not video.valid]
    counts = {
        "videos": len(videos),
        "instances": len(people),
        "void_videos": len(void),
        "frames": sum(video.region.shape[1] for video in videos.values()),
    }
    warnings = [
        f"{name}: {videos[name].n_predicted} people, at most {MAX_PEOPLE} are allowed: the whole "
        "video is void and scores 0"
        for name in void
    ]
    return Evaluation(scores, counts, truth.count_warnings() + warnings, arrays)


def _video_entry(video: VideoScores) -> dict[str, Any]:
    means = _three(video.region.mean(axis=1), video.contour.mean(axis=1))
    return {"valid": video.valid, "predicted_instances": video.n_predicted, **means}


def _three(region: Any, contour: Any) -> dict[str, float]:
    j, f = (float(np.mean(values)) if len(values) else np.nan for values in (region, contour))
    return {"J&F-Mean": (j + f) / 2, "J-Mean": j, "F-Mean": f}


@dataclass(frozen=True, slots=True)
class _Frame:
    """J and F of every shown person against every true one; the last row and column are empty."""

    shown: tuple[int, ...]
    true: tuple[int, ...]
    region: Values
    contour: Values


def score_sequence(sequence: str, files: MaskFiles, truth: MaskTruth) -> VideoScores:
    """J and F of the people of one video; people of the truth may enter late."""
    frames = truth.frames(sequence)
    found: list[_Frame] = []
    shown: set[int] = set()
    true: set[int] = set()
    for wanted, given in frame_pairs(sequence, files, truth, frames):
        here = distinct(given)
        shown |= set(here)
        true |= set(distinct(wanted)) - {VOID}
        # A void video needs no measures, only its counts.
        if len(shown) <= MAX_PEOPLE:
            found.append(_measure(wanted, given, here))
    people, predicted = sorted(true), sorted(shown)
    if len(predicted) > MAX_PEOPLE:
        zeros = np.zeros((len(people), len(frames)))
        missed = (None,) * len(people)
        return VideoScores(zeros, zeros, tuple(people), missed, len(predicted))
    region = _whole([f.region for f in found], found, predicted, people)
    contour = _whole([f.contour for f in found], found, predicted, people)
    rows, columns = _match(region[:-1])
    partner = np.full(len(people), len(predicted))  # the last row: nothing predicted
    partner[columns] = rows
    each = np.arange(len(people))
    matched = tuple(predicted[row] if row < len(predicted) else None for row in partner)
    return VideoScores(
        region[partner, each], contour[partner, each], tuple(people), matched, len(predicted)
    )


def _measure(wanted: Ids, given: Ids, here: list[int]) -> _Frame:
    there = [value for value in distinct(wanted) if value != VOID]
    void = pack(wanted, [VOID])[0]
    nothing = next(value for value in range(255, -1, -1) if value not in here)
    people = shapes_of(wanted, [*there, VOID], void)  # without void pixels: an empty plane
    shapes = shapes_of(given, [*here, nothing], void)
    return _Frame(tuple(here), tuple(there), *pair_measures(people, shapes))


def _whole(
    values: list[Values], frames: list[_Frame], predicted: list[int], people: list[int]
) -> Values:
    """(R + 1, G, T): rows of all predicted people and, last, of nothing; columns of true ones."""
    out = np.empty((len(predicted) + 1, len(people), len(frames)))
    for t, (frame, table) in enumerate(zip(frames, values, strict=True)):
        row = [frame.shown.index(p) if p in frame.shown else -1 for p in predicted] + [-1]
        column = [frame.true.index(g) if g in frame.true else -1 for g in people]
        out[:, :, t] = table[np.ix_(row, column)] if people else 0.0
    return out


def _match(region: Values) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-region.mean(axis=2))
    return rows, columns


def package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None:
    """Write the ZIP: video folders at top level, palette PNGs with the DAVIS palette."""
    package_masks(pred, out, ground_truth, settings.subset, RULES)


def schema() -> dict[str, Any]:
    """JSON Schema of the list of files of a submission."""
    return layout_schema(RULES)

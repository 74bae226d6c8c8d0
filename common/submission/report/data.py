"""What a report is drawn from. Sections whose data are absent are not drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.core.params.report import ReportParams
from common.submission.analysis.recall import RecallByLength

# Key frame of a video at a time in seconds: RGB uint8 (H, W, 3), or WebP bytes that were made
# before; None where there is no picture.
KeyFrames = Callable[[str, float], NDArray[np.uint8] | bytes | None]


@dataclass(frozen=True, slots=True)
class Score:
    """One number of the page.

    Args:
        name: `average mAP`, `AR@100`, ...
        value: fraction of 1.
        spread: standard deviation over seeds; None for a single run.
        note: a few words, for instance on which videos it counts.
    """

    name: str
    value: float
    spread: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the validator said of the leaderboard file."""

    ok: bool
    defects: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class ReferenceCurve:
    """mAP at the ten tIoU thresholds of something to compare with, such as the better floor."""

    name: str
    map_per_tiou: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RecallCurve:
    """The official AR-AN curve.

    Args:
        proposals: proposals per video, ascending.
        recall: average recall at each.
        auc: area under it, fraction of 1.
    """

    proposals: tuple[float, ...]
    recall: tuple[float, ...]
    auc: float


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One row of the ensemble table.

    Args:
        name: member, `uniform mean` or `fitted weights`.
        kind: `member` or `combination`.
        score: average mAP alone, fraction.
        spread: standard deviation over seeds.
        weight: its fitted weight; None for combinations.
        without: average mAP of the ensemble when this member is left out.
    """

    name: str
    kind: str
    score: float
    spread: float | None = None
    weight: float | None = None
    without: float | None = None


@dataclass(frozen=True, slots=True)
class ClassifierRow:
    """One row of the long-tail table: accuracy over all classes and by frequency group; None where
    a group is empty. `chosen` marks the one that the submission uses.
    """

    name: str
    overall: float
    head: float | None
    medium: float | None
    tail: float | None
    spread: float | None = None
    tail_spread: float | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class TaskReport:
    """One of several classifications of the same segments, such as their verbs.

    Args:
        name: `verb`, `noun`.
        top1: of the submitted scores, fraction.
        train_counts: training segments by class, all classes.
        hits: class -> reported segments that are right, and how many there are.
        taken_for: class -> what its other segments are taken for, with their number.
        classifiers: rows of the long-tail table.
    """

    name: str
    top1: float
    train_counts: Mapping[str, int]
    hits: Mapping[str, tuple[int, int]]
    taken_for: Mapping[str, Mapping[str, int]]
    classifiers: tuple[ClassifierRow, ...]


@dataclass(frozen=True)
class ReportData:
    """Everything that the page shows; seconds, and fractions of 1 for scores.

    Args:
        title: of the page, for instance `ActivityNet 1.3 temporal action detection`.
        track, profile, subset, format: as in the manifest.
        settings: the section `report` of params.yaml.
        headline: the score that the leaderboard sorts by.
        scores: the other scores; `floors`: random, sliding window and so on, same unit as headline.
        verdict: of the validator.
        seeds: of the runs behind the scores.
        provenance: what the manifest says, nested; shown as it is.
        commands: what to type to make it again.
        notes: what a reader must know, for instance videos that were left out.
        durations: seconds by video of the subset.
        truth: `video, start, end, label`.
        detections: `video, start, end, label, score` in the order of the leaderboard file.
        recall: the official AR-AN curve.
        recall_bins: what `recall_by_length` gives, with the length edges of the settings.
        train_counts: training instances by class.
        reference: drawn dashed beside the mAP curve.
        members, classifiers: rows of two tables.
        tasks: classifications of given segments; the classes of a recognition track.
        key_frames: gives the pictures.
    """

    title: str
    track: str
    profile: str
    subset: str
    format: str
    settings: ReportParams
    headline: Score
    scores: tuple[Score, ...] = ()
    floors: tuple[Score, ...] = ()
    verdict: Verdict | None = None
    seeds: tuple[int, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    durations: Mapping[str, float] = field(default_factory=dict)
    truth: pd.DataFrame | None = None
    detections: pd.DataFrame | None = None
    recall: RecallCurve | None = None
    recall_bins: tuple[RecallByLength, ...] = ()
    train_counts: Mapping[str, int] = field(default_factory=dict)
    reference: ReferenceCurve | None = None
    members: tuple[MemberRow, ...] = ()
    classifiers: tuple[ClassifierRow, ...] = ()
    tasks: tuple[TaskReport, ...] = ()
    key_frames: KeyFrames | None = None

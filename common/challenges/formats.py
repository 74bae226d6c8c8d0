"""The ten leaderboard formats: one module each, looked up by name and loaded when asked for.

A format module has four functions:

    check(pred: Path, ground_truth: Path | None, settings: Settings) -> Findings
    evaluate(pred: Path, ground_truth: Path, settings: Settings) -> Evaluation
    package(pred: Path, out: Path, ground_truth: Path | None, settings: Settings) -> None
    schema() -> dict[str, Any]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from common.challenges.findings import Findings
from common.core.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMATS: dict[str, str] = {
    "activitynet-detection": "common.challenges.activitynet.detection",
    "activitynet-proposals": "common.challenges.activitynet.proposals",
    "activitynet-classification": "common.challenges.activitynet.classification",
    "hacs-detection": "common.challenges.hacs.detection",
    "epic-recognition": "common.challenges.epic.recognition",
    "epic-detection": "common.challenges.epic.detection",
    "ava": "common.challenges.ava.leaderboard",
    "davis-semi": "common.challenges.davis.semi",
    "davis-unsup": "common.challenges.davis.unsup",
    "portrait": "common.challenges.portrait.leaderboard",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be chosen when a file is evaluated; a format reads only what concerns it.

    Args:
        subset: `train`, `validation` or `test`.
        max_avg_nr_proposals: proposals per video that AR@AN goes up to; None = all.
        tail_verbs, tail_nouns: class ids; None = taken from the ground truth folder.
        unseen_participants: participant ids; None = taken from the ground truth folder.
        dtype: arithmetic of the EPIC recognition scores.
        blocked: video ids that count neither in the truth nor in the predictions.
        capacity: AVA: rows of a key frame that count, over all classes; 0 = all.
        exclude: AVA: list of key frames that count neither in the truth nor in the predictions.
        label_map: AVA: the classes that count; None = AVA's own 60, or the map of the ground truth
            folder.
    """

    subset: Literal["train", "validation", "test"] = "validation"
    max_avg_nr_proposals: int | None = 100
    tail_verbs: tuple[int, ...] | None = None
    tail_nouns: tuple[int, ...] | None = None
    unseen_participants: tuple[str, ...] | None = None
    dtype: Literal["float64", "float32"] = "float64"
    blocked: tuple[str, ...] = ()
    capacity: int = 50
    exclude: str | None = None
    label_map: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The official numbers of one file.

    Args:
        scores: keys and nesting of the official program's result; NaN stays NaN here.
        counts: how much was read, and what official rules dropped.
        warnings: sentences for a person.
        arrays: per class, threshold, object, as arrays; their axes are named by the format module.
    """

    scores: dict[str, Any]
    counts: dict[str, int]
    warnings: list[str] = field(default_factory=list)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


def module_of(format: str) -> ModuleType:
    """The module of a format.

    Raises:
        InputError: no such format.
    """
    if format not in FORMATS:
        raise InputError(
            "format.name", format, "is not one of the ten formats", did_you_mean(format, FORMATS)
        )
    return import_module(FORMATS[format])


def check(
    format: str, pred: Path, ground_truth: Path | None, settings: Settings | None = None
) -> Findings:
    """Every defect and warning of the file `pred`; never raises for what is wrong inside it.

    Raises:
        InputError: no such format, or the ground truth cannot be used.
    """
    findings: Findings = module_of(format).check(pred, ground_truth, settings or Settings())
    return findings


def evaluate(
    format: str, pred: Path, ground_truth: Path, settings: Settings | None = None
) -> Evaluation:
    """The official scores of the file `pred`. Only the official program's own checks apply.

    Raises:
        InputError: what the official program refuses, or a file that cannot be read.
    """
    result: Evaluation = module_of(format).evaluate(pred, ground_truth, settings or Settings())
    return result


def package(
    format: str,
    pred: Path,
    out: Path,
    ground_truth: Path | None,
    settings: Settings | None = None,
) -> None:
    """Write the file or archive that the server takes: same content, same bytes.

    Raises:
        InputError: `pred` has a defect; `out` is then left as it was.
    """
    module_of(format).package(pred, out, ground_truth, settings or Settings())


def schema(format: str) -> dict[str, Any]:
    """The JSON Schema of a format (of the rows, where the format is not JSON)."""
    document: dict[str, Any] = module_of(format).schema()
    return document

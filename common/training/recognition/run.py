"""What `emc2 train` and `emc2 classify` do: lists in, weights and accuracies out."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from common.core.errors import InputError, did_you_mean
from common.core.files import write_text
from common.core.launcher import Broken
from common.core.params import load_params
from common.core.params.recognition import Backbone, Recognition
from common.training.recognition.clips import decode_list, write_quarantine
from common.training.recognition.lists import class_numbers, read_list
from common.training.recognition.scores import (
    Accuracy,
    Scores,
    TrainedFile,
    accuracy,
    describe,
    same_classes,
    score_clips,
)
from common.training.recognition.train import train_backbone

# Decoded clips, by content: what several trainings on one list share.
CACHE = Path("artifacts") / "clips"


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """The options of `emc2 train`."""

    list_file: Path
    clips: Path
    backbone: str
    out: Path
    init: Path | None = None
    validation: Path | None = None
    seed: int | None = None
    epochs: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Accuracies by name, and the clips that were left out."""

    accuracies: dict[str, Accuracy]
    left_out: tuple[Broken, ...]
    weights: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        left_out = [{"clip": b.item, "rule": b.rule, "reason": b.reason} for b in self.left_out]
        scores = {name: value.to_dict() for name, value in self.accuracies.items()}
        return {"weights": list(self.weights), "accuracies": scores, "left_out": left_out}

    def as_text(self) -> str:
        """A table, and what was left out."""
        lines = [f"wrote {path}" for path in self.weights]
        if self.accuracies:
            width = max(len(name) for name in ["backbone", *self.accuracies])
            lines.append(f"{'backbone':<{width}}   top-1   top-5  mean class  clips")
        for name, value in self.accuracies.items():
            shares = f"{value.top1:7.4f} {value.top5:7.4f} {value.mean_class:11.4f}"
            lines.append(f"{name:<{width}} {shares} {value.clips:6d}")
        lines += [f"left out: {b.item}: {b.reason} [{b.rule}]" for b in self.left_out]
        return "\n".join(lines)


def train_on_list(request: TrainRequest) -> Result:
    """Train one backbone; test it where a validation list is given.

    Raises:
        InputError: unknown backbone, a faulty list, weights that do not fit.
    """
    if request.backbone not in get_args(Backbone):
        raise InputError(
            "recognition.backbone",
            "--backbone",
            f"no backbone {request.backbone!r}",
            did_you_mean(request.backbone, get_args(Backbone)),
        )
    backbone: Backbone = request.backbone  # type: ignore[assignment]
    params = _params(request, backbone)
    items = read_list(request.list_file, request.clips)
    decoded = decode_list(items, request.clips, params, CACHE)
    classes = tuple(sorted({item.label for item in items}))
    trained = train_backbone(backbone, params, decoded, classes, request.out, request.init)
    if decoded.left_out:
        write_quarantine(request.out / "quarantine.csv", decoded.left_out)
    files = [path for path in (trained.weights, trained.averaged) if path is not None]
    written = tuple(str(path) for path in files)
    if request.validation is None:
        return Result({}, decoded.left_out, written)
    tested = classify_list(files, request.validation, request.clips, None, None, None)
    single = {name: tested.accuracies[name] for name in tested.accuracies if name != "ensemble"}
    return Result(single, decoded.left_out + tested.left_out, written)


def classify_list(
    weights: Sequence[Path],
    list_file: Path,
    folder: Path,
    views: int | None,
    crops: int | None,
    out: Path | None,
) -> Result:
    """Test trained backbones on a list, and the mean of their scores.

    Args:
        weights: folders of `emc2 train`, or weights files.
        list_file, folder: the clips.
        views, crops: of each clip; None: those of the params.
        out: CSV for the class scores of the mean.

    Raises:
        InputError: backbones of other classes, a class that they do not know, a faulty list.
    """
    params = load_params().recognition
    files = [describe(path) for path in weights]
    classes = same_classes(files)
    items = read_list(list_file, folder)
    class_numbers(items, classes)  # before an hour of decoding, not after it
    found: dict[str, Scores] = {}
    for file, name in zip(files, _names(files), strict=True):
        own = params.model_copy(update={"sampling": file.sampling})
        decoded = decode_list(items, folder, own, CACHE)
        found[name] = score_clips(file, decoded, views or params.views, crops or params.crops)
    labels = np.array(class_numbers(decoded.items, classes))
    ensemble = np.mean(list(found.values()), axis=0)
    if out is not None:
        frame = pd.DataFrame(ensemble, columns=list(classes))
        frame.insert(0, "clip", [item.path for item in decoded.items])
        write_text(out, frame.to_csv(index=False, lineterminator="\n"))
    if len(found) > 1:
        found["ensemble"] = ensemble
    values = {name: accuracy(scores, labels) for name, scores in found.items()}
    return Result(values, decoded.left_out, ())


def _params(request: TrainRequest, backbone: Backbone) -> Recognition:
    params = load_params().recognition
    fit = params.fit
    if backbone == "vivit":
        fit = fit.model_copy(update={"lr": params.vivit.lr, "epochs": params.vivit.epochs})
    if request.epochs is not None:
        fit = fit.model_copy(update={"epochs": request.epochs})
    seed = params.seed if request.seed is None else request.seed
    return params.model_copy(update={"fit": fit, "seed": seed})


def _names(files: Sequence[TrainedFile]) -> list[str]:
    """The networks' names where they differ, the paths otherwise."""
    names = [file.network for file in files]
    paths = [shlex.quote(str(file.path)) for file in files]
    return names if len(set(names)) == len(names) else paths

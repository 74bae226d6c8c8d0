"""A trained classifier as a `.safetensors` file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from common.core.errors import InputError
from common.core.tensor_files import read_tensors, write_tensors
from common.training.classifiers import Classifier

_ARRAYS = ("center", "scale", "weight", "bias")


def write_classifier(path: Path, classifier: Classifier, classes: Sequence[str]) -> None:
    """Write a classifier with its class list; equal classifiers give equal bytes."""
    arrays = {name: getattr(classifier, name) for name in _ARRAYS}
    if classifier.hidden is not None:
        arrays["hidden_weight"], arrays["hidden_bias"] = classifier.hidden
    metadata = {"output": classifier.output, "classes": json.dumps(list(classes))}
    if classifier.tau is not None:
        metadata["tau"] = repr(classifier.tau)
    write_tensors(path, arrays, metadata)


def read_classifier(path: Path) -> tuple[Classifier, tuple[str, ...]]:
    """The classifier and its class list.

    Raises:
        InputError: missing, broken, or not a classifier.
    """
    arrays, metadata = read_tensors(path)
    try:
        hidden = None
        if "hidden_weight" in arrays:
            hidden = arrays["hidden_weight"], arrays["hidden_bias"]
        output, tau = metadata["output"], metadata.get("tau")
        if output not in ("softmax", "sigmoid", "cosine"):
            raise ValueError(f"output {output!r}")
        classifier = Classifier(
            *(arrays[name] for name in _ARRAYS[:2]),
            hidden,
            *(arrays[name] for name in _ARRAYS[2:]),
            output=output,
            tau=None if tau is None else float(tau),
        )
        return classifier, tuple(json.loads(metadata["classes"]))
    except (KeyError, ValueError) as error:
        raise InputError(
            "classifier.file",
            str(path),
            f"does not hold a classifier ({error})",
            "Run the stage `classify` again.",
        ) from error

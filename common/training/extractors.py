"""Stage `extractors`: the networks that turn clips into features, as `.safetensors` files.

Reads the dataset folder and, for published networks, their pulled checkpoints. Writes
`artifacts/<profile>/extractors/<name>.safetensors` and `accuracy.json`. Its folder `.work` serves
resuming only; it is no output.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from common.core.clips import Fit
from common.core.files import write_json
from common.core.params import load_params
from common.core.params.training import Extractors, PublishedNetwork, SmallNetwork
from common.core.program import run_program
from common.training.abreast import Job, fit_many
from common.training.accuracy import class_accuracies
from common.training.clip_files import Decoding, decode_clips

# Scores (N, K) of the clips at the centres of the validation segments, and their labels (N,).
Checked = tuple[NDArray[np.float64], NDArray[np.int64]]


def make_extractors(params: Extractors, dataset: Path, out: Path) -> None:
    """Train the small networks, convert the published ones.

    Args:
        params: the section `extractors`.
        dataset: the dataset folder; read only where small networks are trained.
        out: folder of the weights files.

    Raises:
        InputError: data or checkpoints are missing or broken, or `out` cannot be written.
    """
    jobs = [
        Job(name, _convert_published, (name, out / f"{name}.safetensors"))
        for name in params.published
    ]
    store = out / ".work" / "clips.safetensors"
    if params.train:
        size = Fit(params.width, params.height)
        decode_clips(dataset, Decoding(size, params.fps, params.oversampling), store)
        jobs += [
            Job(name, _train_and_check, (name, params, dataset, store, out))
            for name in params.train
        ]
    results = fit_many(jobs, params.workers)
    if params.train:
        write_json(
            out / "accuracy.json", accuracies({name: results[name] for name in params.train})
        )
        store.unlink()  # large; decoded again if need be


def accuracies(checked: Mapping[str, Checked]) -> dict[str, dict[str, float]]:
    """Top-1 and mean class accuracy of each network and of the mean of their scores."""
    labels = next(iter(checked.values()))[1]
    scores = {name: pair[0] for name, pair in checked.items()}
    scores["mean"] = np.mean(list(scores.values()), axis=0)
    return {
        name: {
            "top1": float((values.argmax(axis=1) == labels).mean()),
            "mean_class": float(np.nanmean(class_accuracies(values, labels))),
            "clips": len(labels),
        }
        for name, values in scores.items()
        if len(labels)
    }


def _train_and_check(
    network: SmallNetwork, params: Extractors, dataset: Path, store: Path, out: Path
) -> Checked:
    from common.training.extractor_fit import check_extractor, train_extractor

    target = out / f"{network}.safetensors"
    train_extractor(network, params, store, out / ".work" / network, target)
    return check_extractor(target, dataset)


def _convert_published(network: PublishedNetwork, target: Path) -> None:
    from common.training.published import convert_published

    convert_published(network, target)


def main() -> None:
    """Run the stage for the profile in force."""
    params = load_params()
    root = Path("artifacts") / params.profile
    make_extractors(params.extractors, root / "world", root / "extractors")


if __name__ == "__main__":
    run_program(main)

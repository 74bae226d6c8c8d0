"""Does a start without labels help? The same small network, the same budget, from several starts.

Clips are listed by class and split by group (source video). Each run is one file; a run whose file
is there is not repeated.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from common.core.clips import ClipSpec, Fit
from common.core.files import write_json
from common.core.hashing import sha256_file, sha256_value
from common.core.params.pretrain import Pretrain, StartStudy
from common.core.params.training import Augmentation, R2Plus1dSpec
from common.core.progress import track_progress
from common.core.seeds import derive_seed, rng_for
from common.core.tensor_files import read_metadata, read_tensors, write_tensors
from common.data.clip_list import ListedClip, read_classes, read_clip_lists
from common.models.extractors import Extractor, build_extractor
from common.training.clip_dataset import ClipDataset, Frames, TrimmedClips, normalise
from common.training.extractor_fit import smoothed_cross_entropy
from common.training.initialise import initialise
from common.training.mosi.stills import gather_stills, load_stills
from common.training.pretraining import train_mosi
from common.training.recipe import FitRecipe
from common.training.runner import fit
from common.video.clips import read_all

SCRATCH = "scratch"
# Clips of a test video, spread evenly; their scores are averaged.
_VIEWS = 3


@dataclass(frozen=True, slots=True)
class StudyClips:
    """Decoded clips of both parts, and the paths of the training part for stills."""

    train: TrimmedClips
    validation: TrimmedClips
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """What all runs share.

    Args:
        params: the section `pretrain`.
        network: size of the network.
        augmentation: of the fine-tuning.
        clips: see `load_study_clips`.
        folder: of results and checkpoints.
    """

    params: Pretrain
    network: R2Plus1dSpec
    augmentation: Augmentation
    clips: StudyClips
    folder: Path

    def run(self, start: str, share: float, seed: int) -> float:
        """Top-1 on the validation clips; read back where the run is finished.

        Args:
            start: `scratch`, `mosi`, or the path of weights that were made without labels.
            share: of the training clips that keep their label, class by class.
            seed: of the pretraining, the chosen clips, the head and the fine-tuning.
        """
        name = start if start in (SCRATCH, "mosi") else Path(start).stem
        result = self.folder / f"{name}-{share:g}-{seed}.json"
        if result.is_file():
            return float(json.loads(result.read_text(encoding="utf-8"))["top1"])
        study = self.params.study
        train = part_of(self.clips.train, share, study.items, seed)
        # One seed for all starts: they differ in the start alone.
        recipe = FitRecipe(
            derive_seed(seed, "start-study", share),
            study.epochs,
            study.batch_size,
            "adamw",
            study.lr,
            study.weight_decay,
            "one_cycle",
        )
        torch.manual_seed(recipe.seed)
        network = build_extractor("r2plus1d", self.network, len(train.classes))
        weights = self.mosi_weights(seed) if start == "mosi" else Path(start)
        if start != SCRATCH:
            initialise(network, weights, sha256_file(weights))
        spec = clip_spec(study)
        data = ClipDataset(train, spec, self.augmentation, recipe.seed)
        work = self.folder / ".work" / result.stem
        trained = fit(network, smoothed_cross_entropy(0.1), data, recipe, work, label=result.stem)
        assert isinstance(trained, Extractor)
        top1 = accuracy(trained, self.clips.validation, spec)
        write_json(result, {"start": name, "share": share, "seed": seed, "top1": top1})
        return top1

    def mosi_weights(self, seed: int) -> Path:
        """Weights made with this seed from stills of all training clips; labels are not read."""
        out = self.folder / f"mosi-{seed}"
        if not (out / "mosi.safetensors").is_file():
            store, source = self.folder / ".work" / "stills.safetensors", self.params.stills
            gather_stills(self.clips.paths, source.seconds, source.short_side, store)
            work = self.folder / ".work" / out.name
            train_mosi(self.params, self.network, load_stills(store), seed, work, out)
        return out / "mosi.safetensors"


def clip_spec(study: StartStudy) -> ClipSpec:
    """What the network sees."""
    return ClipSpec(study.frames, study.fps, Fit(study.width, study.height))


def load_study_clips(folder: Path, study: StartStudy, store: Path) -> StudyClips:
    """Decode the clips that `train.txt` and `val.txt` list, once.

    Args:
        folder: with both lists, `classes.csv` and the clips.
        study: size and rate.
        store: folder of the decoded clips.

    Raises:
        InputError: a list or a clip cannot be read, or a group is in both parts.
    """
    classes = read_classes(folder / "classes.csv")
    lists = {"train": ["train.txt"], "validation": ["val.txt"]}
    listed = read_clip_lists(folder, lists, classes, r"(.+)_c[0-9]+$")
    names = tuple(entry.name for entry in classes)
    parts = {}
    for subset in ("train", "validation"):
        chosen = [clip for clip in listed if clip.subset == subset]
        parts[subset] = _decode(chosen, names, folder, study, store / f"{subset}.safetensors")
    paths = tuple(folder / clip.path for clip in listed if clip.subset == "train")
    return StudyClips(parts["train"], parts["validation"], paths)


def _decode(
    clips: Sequence[ListedClip], names: tuple[str, ...], folder: Path, study: StartStudy, to: Path
) -> TrimmedClips:
    paths = [folder / clip.path for clip in clips]
    size = Fit(study.width, study.height)
    settings = [study.width, study.height, study.fps * study.oversampling]
    key = sha256_value([[sha256_file(path) for path in paths], settings])
    if not to.exists() or read_metadata(to).get("key") != key:
        rate = study.fps * study.oversampling
        shown = track_progress(paths, len(paths), f"decode {to.stem}")
        frames = [read_all(path, size, rate)[0] for path in shown]
        write_tensors(to, {f"{n:05d}": one for n, one in enumerate(frames)}, {"key": key})
    arrays = list(read_tensors(to)[0].values())
    labels = [names.index(clip.label) for clip in clips]
    return TrimmedClips(arrays, labels, names, study.oversampling, sha256_value([key, labels]))


def part_of(clips: TrimmedClips, share: float, items: int, seed: int) -> TrimmedClips:
    """A share of each class (one clip at least), repeated to `items` clips.

    So that every share is trained for the same number of steps. Smaller shares are parts of larger
    ones of the same seed.
    """
    labels = np.array(clips.labels)
    chosen: list[int] = []
    for label in np.unique(labels):
        places = rng_for(seed, "labelled", label).permutation(np.flatnonzero(labels == label))
        chosen += places[: max(1, round(share * len(places)))].tolist()
    repeated = np.resize(np.array(chosen), items).tolist()
    return TrimmedClips(
        [clips.frames[place] for place in repeated],
        [clips.labels[place] for place in repeated],
        clips.classes,
        clips.steps,
        sha256_value([clips.fingerprint, repeated]),
    )


def accuracy(network: Extractor, clips: TrimmedClips, spec: ClipSpec) -> float:
    """Top-1 of the mean softmax over three clips of each video."""
    hits = []
    with torch.inference_mode():
        for frames, label in zip(clips.frames, clips.labels, strict=True):
            views = spread_clips(frames, spec.frames, clips.steps)
            batch = np.stack([normalise(view, spec) for view in views])
            scores = network(torch.from_numpy(batch))[1].softmax(dim=1).mean(dim=0)
            hits.append(int(scores.argmax()) == label)
    return float(np.mean(hits))


def spread_clips(frames: Frames, n_taken: int, steps: int) -> list[Frames]:
    """Clips at the middles of three equal parts of where a clip can begin; ends are repeated."""
    room = max(0, len(frames) - ((n_taken - 1) * steps + 1))
    starts: NDArray[np.float64] = room * (np.arange(_VIEWS) + 0.5) / _VIEWS
    taken = [int(start) + steps * np.arange(n_taken) for start in starts]
    return [frames[np.minimum(places, len(frames) - 1)] for places in taken]

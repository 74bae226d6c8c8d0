"""Members of a weak ensemble: for each feature set some networks and a classifier of videos."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from common.core.errors import InputError
from common.core.params.weak import WeakTrack
from common.core.records import Subset
from common.core.seeds import derive_seed
from common.features.store import list_features, read_features
from common.features.trained_on import check_trained_on, features_identity
from common.localization.sequences import read_sequence
from common.localization.video_classifier import describe, train_on_video_labels
from common.localization.weak.activations import ClassActivations, scale
from common.localization.weak.labels import VideoLabels
from common.localization.weak.networks import load_network, predict_activations, save_network
from common.localization.weak.training import pool_k, train_weak
from common.training.abreast import Job, fit_many
from common.training.classifier_files import read_classifier, write_classifier

CLASSIFIERS = "classifiers"


@dataclass(frozen=True, slots=True)
class WeakVideos:
    """Who is seen where: train videos teach, the fold's labels fit weights, the reported videos
    get detections. Videos without features are left out.
    """

    known: VideoLabels
    train: tuple[str, ...]
    fold: tuple[str, ...]
    reported: tuple[str, ...]


def weak_videos(
    known: VideoLabels, features: Path, names: Sequence[str], subset: Subset
) -> WeakVideos:
    """The videos that all feature sets have; the fold is the validation subset where the test
    subset is reported, and else the train subset, whose labels are known to the networks.

    Raises:
        InputError: no video is left to train on, to fit on, or to report.
    """
    there = set(known.videos)
    for name in names:
        there &= set(list_features(features / name))
    train = tuple(v for v in known.of_subset("train") if v in there)
    held = tuple(v for v in known.of_subset("validation") if v in there and known.labels[v])
    reported = tuple(v for v in known.of_subset(subset) if v in there)
    fold = held if subset == "test" else train
    for what, videos in (("train videos", train), ("fold", fold), (f"{subset} videos", reported)):
        if not videos:
            raise InputError(
                "weak.absent",
                f"{what} of {features}",
                f"none of the {len(known.videos)} labelled videos is there with features",
                "Extract features: dvc repro features.",
            )
    return WeakVideos(known, train, fold, reported)


def train_members(
    names: Sequence[str], features: Path, videos: WeakVideos, params: WeakTrack, out: Path
) -> None:
    """Write `out/<feature set>-<i>.safetensors` and `out/classifiers/<feature set>.safetensors`."""
    jobs = [
        Job(f"{name}-{i}", train_member, (name, i, features, videos, params, out))
        for name in names
        for i in range(params.networks)
    ]
    fit_many(jobs, params.workers)
    truth = videos.known.matrix(videos.train)
    for name in names:
        classifier = train_on_video_labels(
            features / name,
            videos.train,
            truth,
            params.classifier.method,
            params.classifier.settings,
            derive_seed(params.seed, "weak classifier", name),
        )
        path = out / CLASSIFIERS / f"{name}.safetensors"
        write_classifier(path, classifier, videos.known.classes)


def train_member(
    name: str, index: int, features: Path, videos: WeakVideos, params: WeakTrack, out: Path
) -> None:
    """Train one network; a killed training goes on where it was."""
    work = out / ".work" / f"{name}-{index}"
    sequences = [read_sequence((features / name,), video, params.basnet) for video in videos.train]
    seed = derive_seed(params.seed, "weak", name, index)
    labels = videos.known.matrix(videos.train)
    network = train_weak(sequences, labels, params.basnet, params.training, seed, work)
    metadata = features_identity(features / name, videos.train)
    save_network(out / f"{name}-{index}.safetensors", network, metadata)
    shutil.rmtree(work)


def member_activations(
    name: str, features: Path, videos: Sequence[str], params: WeakTrack, weights: Path
) -> list[ClassActivations]:
    """What all networks of one feature set say of some videos, averaged; the class scores are as
    `params.classes_by` says.

    Raises:
        InputError: the feature set is of another extractor or stride than the networks were
            trained on.
    """
    for i in range(params.networks):
        check_trained_on(weights / f"{name}-{i}.safetensors", features / name, videos)
    sequences = [read_sequence((features / name,), video, params.basnet) for video in videos]
    each = [
        list(
            predict_activations(
                load_network(weights / f"{name}-{i}.safetensors"), sequences, pool_k(params.basnet)
            )
        )
        for i in range(params.networks)
    ]
    rows = np.stack([describe(read_features(features / name, video).array) for video in videos])
    classifier, _ = read_classifier(weights / CLASSIFIERS / f"{name}.safetensors")
    by_videos = classifier.predict_scores(rows).astype(np.float32)
    share = {"network": 0.0, "mean": 0.5, "videos": 1.0}[params.classes_by]
    found = []
    for row, views in enumerate(zip(*each, strict=True)):
        scores = np.mean([view.scores for view in views], axis=0)
        found.append(
            replace(
                views[0],
                activations=np.mean([scale(view.activations) for view in views], axis=0),
                attention=np.mean([view.attention for view in views], axis=0),
                scores=(1 - share) * scores + share * by_videos[row],
            )
        )
    return found

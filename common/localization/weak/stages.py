"""The stages of a weakly supervised track: what each reads, does and leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from common.core.files import atomic_folder, nan_to_none, write_json
from common.core.params.weak import WeakTrack
from common.core.records import Video
from common.localization.ensemble import average_map, truth_table
from common.localization.scoring import grouped_ap, system_scores
from common.localization.splits import read_annotated
from common.localization.tables import (
    CLASS_SCORE_COLUMNS,
    DETECTION_COLUMNS,
    PROPOSAL_COLUMNS,
    read_table,
    write_table,
)
from common.localization.track_files import TrackFiles
from common.localization.weak.floors import floor_detections
from common.localization.weak.labels import (
    read_video_labels,
    reduce_annotations,
    write_video_labels,
)
from common.localization.weak.members import (
    WeakVideos,
    member_activations,
    train_members,
    weak_videos,
)
from common.localization.weak.system import WeakSystem, fit_on_labels

NETWORKS = "networks"
FULL = "fitted weights"


@dataclass(frozen=True)
class WeakRun:
    """A weak track in the profile in force.

    Args:
        files: where everything lies; `own` is the folder of this track.
        members: feature sets.
        params: of the track.
    """

    files: TrackFiles
    members: Sequence[str]
    params: WeakTrack

    @property
    def labels(self) -> Path:
        """The only annotation that training and inference read."""
        return self.files.own / "video_labels.json"

    @property
    def networks(self) -> Path:
        """Weights of the members."""
        return self.files.own / NETWORKS

    def videos(self) -> WeakVideos:
        """Who is seen where, by the file of video labels."""
        known = read_video_labels(self.labels)
        return weak_videos(known, self.files.features, self.members, self.params.subset)

    def system(self, names: Sequence[str], classes: tuple[str, ...]) -> WeakSystem:
        """The trained system on some videos."""
        found = {
            name: member_activations(name, self.files.features, names, self.params, self.networks)
            for name in self.members
        }
        return WeakSystem(found, classes, self.params)


def make_labels(run: WeakRun) -> None:
    """Annotations -> `video_labels.json`; the last time that segments of any video are read."""
    write_video_labels(run.labels, reduce_annotations(read_annotated(run.files.annotations)))


def train(run: WeakRun) -> None:
    """Networks and classifiers of every feature set, on the labels of the train videos."""
    train_members(run.members, run.files.features, run.videos(), run.params, run.networks)


def detect(run: WeakRun) -> None:
    """Weights fitted on the labels of the fold, then `detections.parquet`, those of every member in
    `members/`, `class_scores.parquet` and `ensemble.json`.
    """
    videos = run.videos()
    classes, own = videos.known.classes, run.files.own
    fit = fit_on_labels(run.system(videos.fold, classes), videos.known)
    system = run.system(videos.reported, classes)
    write_table(own / "detections.parquet", system.detections(fit.weights))
    write_table(own / "class_scores.parquet", system.class_scores(fit.weights))
    with atomic_folder(own / "members") as folder:
        for name, weights in system.choices().items():
            write_table(folder / f"{name}.parquet", system.detections(weights))
    weights = dict(zip(fit.members, fit.weights, strict=True))
    document = {"members": list(fit.members), "weights": weights, "fold": asdict(fit)}
    write_json(own / "ensemble.json", document)


def score(run: WeakRun, limits: tuple[int, int]) -> None:
    """`metrics.json`: the only one of these stages that reads segments again, to score.

    Args:
        limits: a head class has more, a tail class fewer labelled train videos.
    """
    known, own = read_video_labels(run.labels), run.files.own
    source = run.files.truth if run.params.subset == "test" else run.files.annotations
    reported = read_annotated(source)
    names = reported.of_subset(run.params.subset)
    truth = truth_table(reported, names)
    detections = read_table(own / "detections.parquet", DETECTION_COLUMNS)
    class_scores = read_table(own / "class_scores.parquet", CLASS_SCORE_COLUMNS)
    scores = system_scores(truth, detections, detections[list(PROPOSAL_COLUMNS)], class_scores)
    counts = {
        label: sum(label in known.labels[name] for name in known.of_subset("train"))
        for label in known.classes
    }
    there = set(class_scores["video"])
    metrics = scores | {
        "subset": run.params.subset,
        "videos": {"listed": len(names), "with_features": len(there)},
        "members": {
            path.stem: average_map(truth, read_table(path, DETECTION_COLUMNS))
            for path in sorted((own / "members").glob("*.parquet"))
        }
        | {FULL: scores["average_map"]},
        "floors": floor_scores(
            [reported.videos[name] for name in names if name in there],
            class_scores,
            truth,
            run.params,
        ),
        "ap_by_frequency": grouped_ap(scores["ap_per_class"], counts, limits),
        "train_counts": counts,
    }
    write_json(own / "metrics.json", nan_to_none(metrics))


def floor_scores(
    videos: Sequence[Video], class_scores: pd.DataFrame, truth: pd.DataFrame, params: WeakTrack
) -> dict[str, float]:
    """Average mAP of segments that know nothing of the videos."""
    found = floor_detections(
        videos,
        class_scores,
        params.floor_proposals,
        params.proposals.most_classes,
        params.seed,
    )
    return {name: average_map(truth, detections) for name, detections in found.items()}

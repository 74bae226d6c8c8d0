"""The stages of a temporal detection track: what each reads, does and leaves.

Every track of this kind runs these; its own files say under which name and params.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from common.core.files import atomic_folder, write_json
from common.core.params import Params
from common.core.params.temporal_track import TemporalTrack
from common.core.seeds import derive_seed
from common.localization.class_scores import BACKGROUND, train_classifiers
from common.localization.ensemble import fit_system, truth_table
from common.localization.members import infer_members, train_members
from common.localization.score_files import write_scores
from common.localization.tables import write_table
from common.localization.track_files import (
    VIDEOS,
    TrackFiles,
    TrackVideos,
    read_videos,
    system_on,
)
from common.localization.video_classifier import train_video_classifier
from common.training.classifier_files import write_classifier


@dataclass(frozen=True)
class TrackRun:
    """A track in the profile in force.

    Args:
        files: where everything lies.
        params: of all tracks.
        track: the section of this track.
    """

    files: TrackFiles
    params: Params
    track: TemporalTrack

    @property
    def members(self) -> list[str]:
        """Feature sets, one network each."""
        return self.track.used(self.params.features.names)

    @cached_property
    def videos(self) -> TrackVideos:
        """The annotated videos that all members have features of."""
        return read_videos(self.files, self.members, self.track)


def train_proposals(run: TrackRun) -> None:
    """BMN and the proposal relation network, one of each a feature set, on the train videos."""
    train_members(
        run.members,
        run.files.features,
        run.videos.annotated,
        run.videos.split,
        run.track,
        run.files.proposals,
    )


def infer_maps(run: TrackRun) -> None:
    """Score maps of the fold and of the reported videos, by every member."""
    files, videos = run.files, run.videos
    names = (*videos.split.fold, *videos.submitted)
    infer_members(files.proposals, files.features, run.members, names, run.track, files.maps)


def classify(run: TrackRun) -> None:
    """The chosen classifier of segments, those that it is compared with, and that of videos."""
    files, videos, spec = run.files, run.videos, run.track.classify
    methods = list(dict.fromkeys([spec.method, *spec.compared]))
    classes = videos.annotated.classes
    with atomic_folder(files.classifiers) as folder:
        for name in run.members:
            features = files.features / name
            seed = derive_seed(run.track.seed, "classify", name)
            trained = train_classifiers(
                features, videos.annotated, videos.split, methods, spec, seed
            )
            for method, classifier in trained.items():
                path = folder / method / f"{name}.safetensors"
                write_classifier(path, classifier, (*classes, BACKGROUND))
            whole = train_video_classifier(
                features, videos.annotated, videos.split, spec.videos, derive_seed(seed, "videos")
            )
            write_classifier(folder / VIDEOS / f"{name}.safetensors", whole, classes)


def fit_ensemble(run: TrackRun) -> None:
    """Fit weights and fusion on the fold, apply them: `ensemble.json` and three tables."""
    files, videos = run.files, run.videos
    classes = videos.annotated.classes
    fold = system_on(files, run.members, videos.split.fold, classes, run.track)
    fitted = fit_system(fold, truth_table(videos.annotated, videos.split.fold))
    system = system_on(files, run.members, videos.submitted, classes, run.track)
    proposals = system.proposals(fitted.weights)
    detections = system.detections(proposals, fitted.weights, fitted.detection)
    write_table(files.own / "proposals.parquet", proposals)
    write_table(files.own / "class_scores.parquet", system.class_scores(fitted.weights))
    write_table(files.own / "detections.parquet", detections)
    write_json(files.own / "ensemble.json", fitted.to_dict())


def score(run: TrackRun) -> None:
    """All numbers and curves; of these stages the only one that reads the hidden truth."""
    limits = run.params.report.head_above, run.params.report.tail_below
    write_scores(run.files, run.members, run.track, limits)


# name in dvc.yaml -> what it does
STAGES: dict[str, Callable[[TrackRun], None]] = {
    "proposals": train_proposals,
    "maps": infer_maps,
    "classify": classify,
    "ensemble": fit_ensemble,
    "score": score,
}

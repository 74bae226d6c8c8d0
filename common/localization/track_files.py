"""Where the stages of a temporal track find and leave their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from common.core.params.temporal_track import TemporalTrack
from common.features.store import list_features
from common.localization.splits import AnnotatedVideos, Split, read_annotated, split_videos
from common.localization.system import System
from common.training.classifier_files import read_classifier
from common.training.classifiers import Classifier

# Folder of the classifiers of whole videos, beside those of segments.
VIDEOS = "videos"


@dataclass(frozen=True, slots=True)
class TrackFiles:
    """The folders of one track in one profile.

    Args:
        world: dataset folder.
        features: one feature set a folder.
        own: what the track makes.
    """

    world: Path
    features: Path
    own: Path

    @classmethod
    def of(cls, profile: str, track: str, root: Path = Path("artifacts")) -> TrackFiles:
        """The folders of the DAG."""
        base = root / profile
        return cls(base / "world", base / "features", base / track)

    @property
    def annotations(self) -> Path:
        """Annotations of train and validation; the test videos are listed without segments."""
        return self.world / "annotations.json"

    @property
    def truth(self) -> Path:
        """Annotations of the test videos. Only scoring may read them."""
        return self.world / "truth" / "annotations.json"

    @property
    def proposals(self) -> Path:
        """Weights of the proposal networks."""
        return self.own / "proposals"

    @property
    def maps(self) -> Path:
        """Score maps by member."""
        return self.own / "maps"

    @property
    def classifiers(self) -> Path:
        """Classifiers: `<method>/<member>.safetensors`; of whole videos: `videos/`."""
        return self.own / "classifiers"


@dataclass(frozen=True, slots=True)
class TrackVideos:
    """Annotated videos and who may see which; those without features are left out.

    Args:
        annotated: all videos of the annotation file.
        split: train and fold, with features.
        submitted: videos of the reported subset with features.
        absent: listed videos without features, by id.
    """

    annotated: AnnotatedVideos
    split: Split
    submitted: tuple[str, ...]
    absent: tuple[str, ...]


def read_videos(files: TrackFiles, members: Sequence[str], params: TemporalTrack) -> TrackVideos:
    """The videos of a track that all members have features of.

    Raises:
        InputError: no annotations, or no video is left to train on.
    """
    annotated = read_annotated(files.annotations)
    there = set(annotated.videos)
    for name in members:
        there &= set(list_features(files.features / name))

    def present(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name in there)

    split = split_videos(annotated, params.fold)
    return TrackVideos(
        annotated,
        Split(present(split.train), present(split.fold)),
        present(annotated.of_subset(params.subset)),
        tuple(name for name in annotated.videos if name not in there),
    )


def reported_truth(
    files: TrackFiles, videos: TrackVideos, params: TemporalTrack
) -> AnnotatedVideos:
    """The annotated videos of the reported subset, with the class list of the training videos."""
    source = read_annotated(files.truth) if params.subset == "test" else videos.annotated
    return replace(source, classes=videos.annotated.classes)


def read_classifiers(folder: Path, members: Sequence[str]) -> dict[str, Classifier]:
    """The classifiers of one method, by member."""
    return {name: read_classifier(folder / f"{name}.safetensors")[0] for name in members}


def system_on(
    files: TrackFiles,
    members: Sequence[str],
    names: tuple[str, ...],
    classes: tuple[str, ...],
    params: TemporalTrack,
    method: Mapping[str, Classifier] | None = None,
) -> System:
    """The trained system on some videos; `method`: other classifiers than the chosen ones."""
    chosen = method or read_classifiers(files.classifiers / params.classify.method, members)
    whole = None
    if params.classify.video_source == "videos":
        whole = read_classifiers(files.classifiers / VIDEOS, members)
    return System(chosen, whole, files.features, files.maps, names, classes, params)

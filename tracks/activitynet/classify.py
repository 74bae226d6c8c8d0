"""Stage `classify`: decoupled long-tail classifiers of segments and of whole videos."""

from __future__ import annotations

from common.core.files import atomic_folder
from common.core.params import load_params
from common.core.seeds import derive_seed
from common.localization.class_scores import BACKGROUND, train_classifiers
from common.localization.track_files import VIDEOS, TrackFiles, read_videos
from common.localization.video_classifier import train_video_classifier
from common.submission.run_record import record_run
from common.training.classifier_files import write_classifier


def main() -> None:
    """Train the chosen classifier and those that it is compared with."""
    params = load_params()
    members, track = params.features.names, params.activitynet
    files = TrackFiles.of(params.profile, "activitynet")
    videos = read_videos(files, members, track)
    methods = list(dict.fromkeys([track.classify.method, *track.classify.compared]))
    classes = (*videos.annotated.classes, BACKGROUND)
    with (
        record_run(files.own / "run.json", "classify"),
        atomic_folder(files.classifiers) as folder,
    ):
        for name in members:
            seed = derive_seed(track.seed, "classify", name)
            trained = train_classifiers(
                files.features / name, videos.annotated, videos.split, methods, track.classify, seed
            )
            for method, classifier in trained.items():
                write_classifier(folder / method / f"{name}.safetensors", classifier, classes)
            whole = train_video_classifier(
                files.features / name,
                videos.annotated,
                videos.split,
                track.classify.videos,
                derive_seed(seed, "videos"),
            )
            target = folder / VIDEOS / f"{name}.safetensors"
            write_classifier(target, whole, videos.annotated.classes)


if __name__ == "__main__":
    main()

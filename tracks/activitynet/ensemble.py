"""Stage `ensemble`: weights and fusion fitted on the fold, then the reported detections."""

from __future__ import annotations

from common.core.files import write_json
from common.core.params import load_params
from common.localization.ensemble import fit_system, truth_table
from common.localization.tables import write_table
from common.localization.track_files import TrackFiles, read_videos, system_on
from common.submission.run_record import record_run


def main() -> None:
    """Fit, apply, write `ensemble.json` and three tables."""
    params = load_params()
    members, track = params.features.names, params.activitynet
    files = TrackFiles.of(params.profile, "activitynet")
    videos = read_videos(files, members, track)
    classes = videos.annotated.classes
    with record_run(files.own / "run.json", "ensemble"):
        fold = system_on(files, members, videos.split.fold, classes, track)
        fitted = fit_system(fold, truth_table(videos.annotated, videos.split.fold))
        system = system_on(files, members, videos.submitted, classes, track)
        proposals = system.proposals(fitted.weights)
        detections = system.detections(proposals, fitted.weights, fitted.detection)
        write_table(files.own / "proposals.parquet", proposals)
        write_table(files.own / "class_scores.parquet", system.class_scores(fitted.weights))
        write_table(files.own / "detections.parquet", detections)
        write_json(files.own / "ensemble.json", fitted.to_dict())


if __name__ == "__main__":
    main()

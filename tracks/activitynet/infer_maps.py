"""Stage `maps`: score maps of the fold and of the reported videos, by every member."""

from __future__ import annotations

from common.core.params import load_params
from common.localization.members import infer_members
from common.localization.track_files import TrackFiles, read_videos
from common.submission.run_record import record_run


def main() -> None:
    """Apply the trained networks of the profile in force."""
    params = load_params()
    members, track = params.features.names, params.activitynet
    files = TrackFiles.of(params.profile, "activitynet")
    videos = read_videos(files, members, track)
    names = (*videos.split.fold, *videos.submitted)
    with record_run(files.own / "run.json", "maps"):
        infer_members(files.proposals, files.features, members, names, track, files.maps)


if __name__ == "__main__":
    main()

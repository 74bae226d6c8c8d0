"""Stage `proposals`: BMN and the proposal relation network, one of each a feature set."""

from __future__ import annotations

from common.core.params import load_params
from common.localization.members import train_members
from common.localization.track_files import TrackFiles, read_videos
from common.submission.run_record import record_run


def main() -> None:
    """Train on the train videos of the profile in force."""
    params = load_params()
    members, track = params.features.names, params.activitynet
    files = TrackFiles.of(params.profile, "activitynet")
    videos = read_videos(files, members, track)
    with record_run(files.own / "run.json", "proposals"):
        train_members(
            members, files.features, videos.annotated, videos.split, track, files.proposals
        )


if __name__ == "__main__":
    main()

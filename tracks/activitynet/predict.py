"""`emc2 predict activitynet VIDEO...`: the trained system on one's own videos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from common.core.params import load_params
from common.localization.track_files import TrackFiles
from common.submission.own_videos import Predicted, predict_videos


def predict(videos: Sequence[Path], out: Path) -> Predicted:
    """Detect actions in `videos`; see `predict_videos`."""
    params = load_params()
    files = TrackFiles.of(params.profile, "activitynet")
    return predict_videos(videos, files, params, params.activitynet, out)

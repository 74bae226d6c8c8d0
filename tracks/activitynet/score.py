"""Stage `score`: the only one that reads the truth of the reported videos."""

from __future__ import annotations

from common.core.params import load_params
from common.localization.score_files import write_scores
from common.localization.track_files import TrackFiles
from common.submission.run_record import record_run


def main() -> None:
    """Write `metrics.json` and the curves of the profile in force."""
    params = load_params()
    files = TrackFiles.of(params.profile, "activitynet")
    limits = params.report.head_above, params.report.tail_below
    with record_run(files.own / "run.json", "score"):
        write_scores(files, params.features.names, params.activitynet, limits)


if __name__ == "__main__":
    main()

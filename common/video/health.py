"""Is a video whole? One table that names every file with what was found, before it hurts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

import pandas as pd

from common.core.errors import InputError
from common.core.files import write_text
from common.core.launcher import Broken, map_items
from common.video.reader import VideoReader, open_video

Status = Literal[
    "ok",
    "truncated",  # the file ends early; what decodes counts, if anything does
    "damaged",  # decodes to its end, some frames are flagged as damaged
    "undecodable",  # not a video, or a damaged frame with others behind it
    "no_video_stream",
    "empty",
    "missing",
    "timeout",
    "died",  # the process that read it died twice
]


@dataclass(frozen=True, slots=True)
class Health:
    """What one video is, as read to its end. `duration` in seconds, `fps` the mean rate shown.

    `frames` is 0 where the video cannot be used; `reason` says why, or what is odd.
    """

    video: str
    status: Status
    frames: int = 0
    duration: float = 0.0
    fps: float = 0.0
    width: int = 0
    height: int = 0
    reason: str = ""

    @property
    def usable(self) -> bool:
        """Whether the video takes part: it was read to an end and has frames."""
        return self.frames > 0


def probe(path: Path) -> Health:
    """Read a video to its end, pixels left alone (about 0.2 ms a frame at 160x120).

    Raises:
        InputError: it cannot be used; see `open_video` and `VideoReader`.
    """
    with open_video(path) as video:
        for _ in video:
            pass
        return health_of(video)


def health_of(video: VideoReader) -> Health:
    """What a reader found, after its last picture."""
    status: Status = "ok"
    reasons = []
    if video.corrupt_frames:
        status = "damaged"
        reasons.append(f"{video.corrupt_frames} of {video.n_frames} frames are damaged")
    if video.truncated:
        status = "truncated"
        reasons.insert(0, f"the file ends early, after frame {video.n_frames - 1}")
    return Health(
        video.path.stem,
        status,
        video.n_frames,
        video.duration,
        video.n_frames / video.duration,
        video.width,
        video.height,
        "; ".join(reasons),
    )


def check_video(path: Path) -> Health:
    """`probe` that never fails: a video that cannot be used is a row with `frames` 0."""
    try:
        return probe(path)
    except InputError as error:
        return left_out(path.stem, error.rule, f"{Path(error.where).name}: {error.problem}")


def left_out(video: str, rule: str, reason: str) -> Health:
    """The row of a video that cannot be used; `rule` of the error decides its status."""
    word = rule.rpartition(".")[2]
    known = Status.__args__  # type: ignore[attr-defined]
    return Health(video, word if word in known else "undecodable", reason=reason)


def check_videos(
    paths: Mapping[str, Path], *, workers: int, timeout_s: float, label: str = "check videos"
) -> list[Health]:
    """Check many videos in worker processes, one row each, in the order given.

    Args:
        paths: video id -> file.
        workers: number of processes.
        timeout_s: seconds for one file; then its row says `timeout`.
    """
    outcome = map_items(
        _check_item,
        list(paths),
        args=({video: str(path) for video, path in paths.items()},),
        workers=workers,
        timeout_s=timeout_s,
        max_broken=len(paths),
        label=label,
        preload=("common.video.health",),
    )
    rows = dict(outcome.results)
    rows.update({entry.item: quarantined(entry) for entry in outcome.broken})
    return [rows[video] for video in paths]


def quarantined(entry: Broken) -> Health:
    """The row of an item that the launcher left out."""
    return left_out(entry.item, entry.rule, entry.reason)


def write_health(path: Path, rows: Iterable[Health]) -> None:
    """Write the table as CSV: one row a video, columns are the fields of `Health`."""
    columns = [field.name for field in fields(Health)]
    frame = pd.DataFrame([asdict(row) for row in rows], columns=columns)
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def read_health(path: Path) -> pd.DataFrame:
    """The table that `write_health` wrote; texts stay texts."""
    return pd.read_csv(path, dtype={"video": str, "status": str, "reason": str}).fillna(
        {"reason": ""}
    )


def _check_item(video: str, paths: Mapping[str, str]) -> Health:
    found = check_video(Path(paths[video]))
    return Health(**{**asdict(found), "video": video})

"""The videos that an annotation file lists: which file is whose, and what is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from common.core.errors import InputError
from common.core.hashing import sha256_file
from common.core.records import Video
from common.data.dataset import VideoRow
from common.data.link import VIDEO_SUFFIXES
from common.data.making import known_health, remember_health
from common.video.health import Health, check_videos

State = Literal["present", "duration_mismatch", "missing", "corrupt"]

# Containers count half a frame more or less, sound may outlast the picture; a larger gap means
# another file.
_MISMATCH_SECONDS, _MISMATCH_SHARE = 1.0, 0.02
# What was found is noted after so many videos: a killed check of thousands goes on.
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class FoundVideo:
    """One listed video: its record with our subset, its file, and what the file is."""

    video: Video
    path: Path | None
    health: Health

    @property
    def state(self) -> State:
        if self.path is None:
            return "missing"
        if not self.health.usable:
            return "corrupt"
        gap = abs(self.health.duration - self.video.duration)
        if gap > max(_MISMATCH_SECONDS, _MISMATCH_SHARE * self.video.duration):
            return "duration_mismatch"
        return "present"

    @property
    def row(self) -> VideoRow:
        """Measured where there is a file; a missing video keeps its annotated duration."""
        health, video = self.health, self.video
        duration = health.duration if health.usable else video.duration
        return VideoRow(
            video.video,
            video.subset,
            duration,
            health.fps,
            health.width,
            health.height,
            health.frames,
        )


def find_files(folder: Path, ids: Sequence[str]) -> dict[str, Path]:
    """Video id -> file. Names carry the prefix `v_` or not, whichever serves more of the ids: an id
    may begin with `v_` itself.
    """
    by_stem: dict[str, Path] = {}
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file():
            if path.stem in by_stem:
                raise InputError(
                    "adopt.twice",
                    str(path),
                    f"{by_stem[path.stem].name} has the same id",
                    "Keep one of the two.",
                )
            by_stem[path.stem] = path
    ways = [{i: by_stem[p + i] for i in ids if p + i in by_stem} for p in ("", "v_")]
    return max(ways, key=len)


def look_at(
    listed: Sequence[Video], files: Mapping[str, Path], out: Path, workers: int, timeout_s: float
) -> list[FoundVideo]:
    """Read every video to its end, or take what an earlier run noted about the same bytes."""
    marks = {video: sha256_file(path) for video, path in files.items()}
    known = known_health(out)
    unknown = [video for video in files if marks[video] not in known]
    for first in range(0, len(unknown), _CHUNK):
        chunk = {video: files[video] for video in unknown[first : first + _CHUNK]}
        for health in check_videos(chunk, workers=workers, timeout_s=timeout_s):
            known[marks[health.video]] = health
        remember_health(out, known)
    nothing = Health("", "missing", reason="no such file")
    return [
        FoundVideo(
            video,
            files.get(video.video),
            known[marks[video.video]] if video.video in files else nothing,
        )
        for video in listed
    ]

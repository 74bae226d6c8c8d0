"""Which key frames may have detections.

AVA movies have one each second from 902 to 1798, annotated or not; a Kinetics clip, or a video of
any other data set, has those that the ground truth lists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.challenges.ava.row_tables import KeyFrames, key_frames
from common.challenges.ava.rows import Rows
from common.core.errors import did_you_mean

FIRST_KEY_FRAME, LAST_KEY_FRAME = 902, 1798
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FrameRules:
    """Judges videos and timestamps; without a ground truth every video passes for a movie.

    Args:
        frames: the key frames of the ground truth, or None.
        clips: videos whose key frames are those of the ground truth.
    """

    frames: KeyFrames | None
    clips: frozenset[str]

    def unknown_videos(self, rows: Rows) -> Flags:
        """(n,) True for rows of videos that the ground truth does not have."""
        known = [self.frames is None or name in self.frames.videos for name in rows.videos]
        return ~_of_codes(known, rows.video)

    def wrong_times(self, rows: Rows) -> Flags:
        """(n,) True for rows of known videos at a time that is not a key frame."""
        on_grid = _of_codes([is_movie_time(text) for text in rows.stamps], rows.stamp)
        if self.frames is None:
            return ~on_grid
        clip = _of_codes([name in self.clips for name in rows.videos], rows.video)
        right: Flags = np.where(clip, self.frames.of(rows) >= 0, on_grid)
        return ~right & ~self.unknown_videos(rows)

    def knows(self, video: str) -> bool:
        """True if the ground truth has the video."""
        return self.frames is None or video in self.frames.videos

    def takes(self, video: str, stamp: str) -> bool:
        """True if the time is a key frame of a known video."""
        if self.frames is not None and video in self.clips:
            return (video, stamp) in self.frames
        return is_movie_time(stamp)

    def about_video(self, video: str) -> tuple[str, str]:
        """Problem and fix of an unknown video."""
        names = self.frames.videos if self.frames else ()
        return f"video {video[:80]!r} is not in the ground truth", did_you_mean(video[:80], names)

    def about_time(self, video: str, stamp: str) -> tuple[str, str]:
        """Problem and fix of a time that is not a key frame."""
        seconds = stamp.rstrip("0").rstrip(".")
        if video in self.clips:
            fix = "Write the time exactly as in the list of the ground truth."
            return f"{seconds} s is not the key frame of {video}", fix
        span = f"{FIRST_KEY_FRAME} to {LAST_KEY_FRAME}"
        problem = f"{seconds} s is not a key frame: a movie has one each second from {span}"
        return problem, "Keep detections at key frames only."


def frame_rules(truth: Rows | None) -> FrameRules:
    """The rules of a ground truth."""
    if truth is None:
        return FrameRules(None, frozenset())
    odd_stamps = np.array([not is_movie_time(text) for text in truth.stamps], np.bool_)
    odd_rows = odd_stamps[truth.stamp] if len(truth) else np.zeros(0, np.bool_)
    clips = {truth.videos[code] for code in np.unique(truth.video[odd_rows])}
    clips |= {frame.video for frame in truth.empty if not is_movie_time(frame.stamp)}
    return FrameRules(key_frames(truth), frozenset(clips))


def is_movie_time(stamp: str) -> bool:
    """True for the key frames of AVA movies; `stamp` has six decimals."""
    whole, _, rest = stamp.partition(".")
    return (
        rest == "000000"
        and whole.isdigit()
        and len(whole) <= 4
        and FIRST_KEY_FRAME <= int(whole) <= LAST_KEY_FRAME
    )


def _of_codes(flags: list[bool], codes: NDArray[np.int32]) -> Flags:
    return np.array(flags, np.bool_)[codes] if flags else np.zeros(len(codes), np.bool_)

"""Trimmed clips cut from the train segments of one's own videos: what small networks learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.core.launcher import map_items
from common.core.params.adopted import ClipCuts
from common.core.records import LabelledSegment
from common.core.seeds import rng_for
from common.data.compose_render import frames_at_times
from common.data.dataset import ClipRow
from common.video.encode import encode_video

BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class ClipCut:
    """[start, end) seconds of a video."""

    clip: str
    video: str
    label: str
    start: float
    end: float


def plan_cuts(
    durations: Mapping[str, float], segments: Sequence[LabelledSegment], spec: ClipCuts, seed: int
) -> list[ClipCut]:
    """Every segment gives one clip, those of rare classes several, every video some background.

    Args:
        durations: of the train videos, seconds.
        segments: annotated; those of other videos are passed over.
        spec: lengths and numbers.
        seed: decides which part of a longer segment is taken.
    """
    mine = [segment for segment in segments if segment.video in durations]
    chosen = [*mine, *_further(mine, spec.least)]
    cuts: list[ClipCut] = []
    for segment in chosen:
        _append(cuts, segment.video, segment.label, segment.start, segment.end, spec, seed)
    for video, duration in durations.items():
        gaps = _gaps(duration, [s for s in mine if s.video == video], 1.0)
        for start, end in gaps[: spec.backgrounds]:
            _append(cuts, video, BACKGROUND, start, end, spec, seed)
    return cuts


def cut_clips(
    cuts: Sequence[ClipCut],
    videos: Mapping[str, Path],
    spec: ClipCuts,
    out: Path,
    workers: int,
    timeout_s: float,
) -> list[ClipRow]:
    """Encode the clips into `out/clips`; other files there are removed.

    Args:
        cuts: what to cut.
        videos: id -> file.
        spec: rate and size.
        out: the dataset folder.
        workers: processes.
        timeout_s: seconds for one clip.

    Raises:
        InputError: a video cannot be read that far, or a clip cannot be written.
    """
    kept = {f"{cut.clip}.mp4" for cut in cuts}
    for path in list((out / "clips").glob("*")):
        if path.name not in kept:
            path.unlink()
    by_clip = {cut.clip: cut for cut in cuts}
    map_items(
        _cut,
        list(by_clip),
        args=(by_clip, videos, spec, out / "clips"),
        workers=workers,
        timeout_s=timeout_s,
        max_broken=0,
        label="cut clips",
        preload=("common.data.cut_clips",),
    )
    return [
        ClipRow(cut.clip, f"clips/{cut.clip}.mp4", cut.label, cut.video, cut.start, cut.end)
        for cut in cuts
    ]


def _further(segments: Sequence[LabelledSegment], least: int) -> list[LabelledSegment]:
    """Segments to cut once more, the longest of each rare class first."""
    found: list[LabelledSegment] = []
    for label, count in Counter(segment.label for segment in segments).items():
        longest = sorted((s for s in segments if s.label == label), key=lambda s: s.start - s.end)
        found += [longest[i % len(longest)] for i in range(max(0, least - count))]
    return found


def _append(
    cuts: list[ClipCut],
    video: str,
    label: str,
    start: float,
    end: float,
    spec: ClipCuts,
    seed: int,
) -> None:
    clip = f"clip_{len(cuts) + 1:05d}"
    room = max(0.0, end - start - spec.seconds)
    begin = start + float(rng_for(seed, "clip", clip).uniform(0.0, room)) if room else start
    cuts.append(ClipCut(clip, video, label, begin, min(end, begin + spec.seconds)))


def _gaps(
    duration: float, segments: Sequence[LabelledSegment], shortest: float
) -> list[tuple[float, float]]:
    """Stretches of a video that no segment touches, the longest first."""
    found, position = [], 0.0
    for start, end in [*sorted((s.start, s.end) for s in segments), (duration, duration)]:
        if start - position >= shortest:
            found.append((position, start))
        position = max(position, end)
    return sorted(found, key=lambda gap: gap[0] - gap[1])


def _cut(
    clip: str, cuts: Mapping[str, ClipCut], videos: Mapping[str, Path], spec: ClipCuts, out: Path
) -> None:
    cut = cuts[clip]
    times = cut.start + np.arange(max(1, round((cut.end - cut.start) * spec.fps))) / spec.fps
    frames = frames_at_times(videos[cut.video], times, (spec.width, spec.height))
    encode_video(out / f"{clip}.mp4", frames, spec.fps, crf=spec.crf)

"""Turn a folder of annotated untrimmed videos (ActivityNet layout) into a dataset folder."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from common.challenges.activitynet.annotations import (
    OFFICIAL_SUBSET,
    Annotations,
    read_annotations,
)
from common.core.errors import InputError, did_you_mean
from common.core.files import write_with
from common.core.hashing import sha256_file
from common.core.params.adopted import ClipCuts
from common.core.records import SUBSETS, LabelledSegment, Subset
from common.data.cut_clips import cut_clips, plan_cuts
from common.data.dataset import ClipRow, write_dataset
from common.data.listed_videos import FoundVideo, find_files, look_at
from common.data.making import check_out
from common.world.tables import write_csv

MANIFEST_COLUMNS = ["video", "subset", "state", "annotated_duration", "duration", "file", "reason"]


@dataclass(frozen=True, slots=True)
class Adoption:
    """How to adopt.

    Args:
        subsets: subset of the annotation file -> ours, or None to leave its videos out.
        labels: the class list; None: the labels of the annotations, sorted.
        symlink: point at the videos instead of copying them.
        max_broken: missing and unreadable videos that are put up with; None: any, but not all.
        clips: trimmed clips to cut from the train segments; None: none.
        seed: decides which part of a long segment becomes a clip.
    """

    subsets: Mapping[Subset, Subset | None]
    labels: tuple[str, ...] | None = None
    symlink: bool = False
    max_broken: int | None = None
    clips: ClipCuts | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class AdoptSummary:
    """What was adopted. `left_out`: missing and corrupt videos with the reason; `warnings`: what is
    odd in the annotation file.
    """

    videos: dict[str, int]
    states: dict[str, int]
    left_out: dict[str, str]
    segments: int
    segments_cut: int
    segments_dropped: int
    warnings: tuple[str, ...]


def read_subsets(words: Sequence[str]) -> dict[Subset, Subset | None]:
    """`OFFICIAL=OURS` words as a map; `none` leaves a subset out, what is not named keeps its name.

    Raises:
        InputError: a word that is none.
    """
    chosen: dict[Subset, Subset | None] = {subset: subset for subset in SUBSETS}
    official = dict(OFFICIAL_SUBSET) | {subset: subset for subset in SUBSETS}
    ours: dict[str, Subset | None] = {subset: subset for subset in SUBSETS} | {"none": None}
    for word in words:
        source, _, target = word.partition("=")
        if source not in official or target not in ours:
            raise InputError(
                "adopt.map",
                "--map",
                f"{word!r} is not OFFICIAL=OURS",
                f"Write one of {', '.join(official)}, then one of {', '.join(SUBSETS)}, none.",
            )
        chosen[official[source]] = ours[target]
    return chosen


def read_labels(path: Path) -> tuple[str, ...]:
    """The labels of a dataset's `classes.csv`, in the order of their ids.

    Raises:
        InputError: no such file, or it has no column `label`.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        return tuple(table["label"])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            "adopt.classes", str(path), f"is no class list ({error})", "Give a CSV with `label`."
        ) from error


def adopt_dataset(
    annotations: Path,
    videos: Path,
    out: Path,
    rules: Adoption,
    workers: int,
    timeout_s: float,
    read_file: Callable[[Path], Annotations] = read_annotations,
) -> AdoptSummary:
    """Check all videos, bring them into `out/videos` and write the tables of a dataset folder.

    `annotations.json` lists all videos, `videos.csv` those that are there and can be read,
    `manifest.csv` says what became of each. In `segments.csv` a segment that ends after its video
    is cut to it, and one that begins after it is dropped, both counted; the annotation files keep
    what was published, for scoring.

    Args:
        annotations: the file, or a folder with one of the official names in it.
        videos: folder of `<id>.<suffix>` or `v_<id>.<suffix>`.
        out: the dataset folder; an adopted dataset there is brought up to date.
        rules: subsets, classes, copies or links.
        workers: processes that read the videos.
        timeout_s: seconds for one video.
        read_file: reads `annotations`.

    Raises:
        InputError: not of this layout, an unknown label, too many videos missing or unreadable,
            `out` is something else.
    """
    check_out(out)
    read = read_file(annotations)
    listed = [
        replace(video, subset=ours)
        for video in read.videos
        if (ours := rules.subsets.get(video.subset)) is not None
    ]
    if not listed:
        raise InputError(
            "adopt.subset", str(annotations), "no video is in the chosen subsets", "Map others."
        )
    labels = _labels(read, rules.labels, annotations)
    found = look_at(
        listed, find_files(videos, [video.video for video in listed]), out, workers, timeout_s
    )
    broken = [entry for entry in found if entry.state in ("missing", "corrupt")]
    _check_broken(broken, len(found), rules.max_broken, videos)
    segments, n_cut, n_dropped = _fit_segments(read, found)
    _bring(found, out, rules.symlink)
    clips = _cut(found, segments, rules, out, workers, timeout_s)
    _write(found, segments, read.segments, labels, clips, out)
    return AdoptSummary(
        dict(Counter(entry.video.subset for entry in found if entry not in broken)),
        dict(Counter(entry.state for entry in found)),
        {entry.video.video: _why(entry) for entry in broken},
        len(segments),
        n_cut,
        n_dropped,
        tuple(str(warning) for warning in read.findings.warnings),
    )


def _labels(read: Annotations, pinned: Sequence[str] | None, annotations: Path) -> tuple[str, ...]:
    """The class list; ids must not depend on which videos happen to be in a file."""
    if pinned is None:
        return tuple(sorted(read.classes))
    for label in read.classes:
        if label not in pinned:
            raise InputError(
                "adopt.label",
                str(annotations),
                f"label {label!r} is not in the class list",
                did_you_mean(label, pinned),
            )
    return tuple(pinned)


def _check_broken(
    broken: Sequence[FoundVideo], n_listed: int, allowed: int | None, videos: Path
) -> None:
    limit = n_listed - 1 if allowed is None else allowed
    if len(broken) > limit:
        named = "; ".join(f"{e.video.video}: {_why(e)}" for e in broken[:5])
        raise InputError(
            "adopt.broken",
            str(videos),
            f"{len(broken)} of {n_listed} videos are missing or unreadable, at most {limit} may "
            f"be ({named})",
            "Name the folder that holds the videos, mend them, or raise --max-broken.",
        )


def _why(entry: FoundVideo) -> str:
    health = entry.health
    return "no such file" if entry.path is None else f"{health.status} ({health.reason})"


def _fit_segments(
    read: Annotations, found: Sequence[FoundVideo]
) -> tuple[list[LabelledSegment], int, int]:
    """Segments of the listed videos within their durations; how many were cut, and dropped."""
    durations = {entry.video.video: entry.row.duration for entry in found}
    kept, n_cut, n_dropped = [], 0, 0
    for segment in read.segments:
        duration = durations.get(segment.video)
        if duration is None:
            continue
        if segment.start >= duration:
            n_dropped += 1
        elif segment.end > duration:
            n_cut += 1
            kept.append(replace(segment, end=duration))
        else:
            kept.append(segment)
    return kept, n_cut, n_dropped


def _bring(found: Sequence[FoundVideo], out: Path, symlink: bool) -> None:
    """Copy or link the videos that can be read; what an earlier run brought is not copied anew."""
    # It says "whole", which is not true until the end.
    (out / "videos.csv").unlink(missing_ok=True)
    kept = set()
    for entry in found:
        if entry.path is None or not entry.health.usable:
            continue
        target = out / "videos" / f"{entry.video.video}{entry.path.suffix.lower()}"
        kept.add(target.name)
        if symlink:
            _point(target, entry.path.absolute())
        elif target.is_symlink() or not _same(target, entry.path):
            write_with(target, partial(shutil.copyfile, entry.path))
    for path in (out / "videos").glob("*"):
        if path.name not in kept:
            path.unlink()


def _cut(
    found: Sequence[FoundVideo],
    segments: Sequence[LabelledSegment],
    rules: Adoption,
    out: Path,
    workers: int,
    timeout_s: float,
) -> list[ClipRow]:
    if rules.clips is None:
        shutil.rmtree(out / "clips", ignore_errors=True)  # of an earlier run that had them
        return []
    train = {
        entry.video.video: entry
        for entry in found
        if entry.video.subset == "train" and entry.path is not None and entry.health.usable
    }
    durations = {video: entry.row.duration for video, entry in train.items()}
    cuts = plan_cuts(durations, segments, rules.clips, rules.seed)
    paths = {video: entry.path for video, entry in train.items() if entry.path is not None}
    return cut_clips(cuts, paths, rules.clips, out, workers, timeout_s)


def _same(target: Path, origin: Path) -> bool:
    return (
        target.exists()
        and target.stat().st_size == origin.stat().st_size
        and sha256_file(target) == sha256_file(origin)
    )


def _point(target: Path, origin: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".part-{target.name}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(origin)
    temporary.replace(target)


def _write(
    found: Sequence[FoundVideo],
    segments: Sequence[LabelledSegment],
    annotated: Sequence[LabelledSegment],
    labels: Sequence[str],
    clips: Sequence[ClipRow],
    out: Path,
) -> None:
    rows = [
        [e.video.video, e.video.subset, e.state, e.video.duration, e.health.duration]
        + [e.path.name if e.path else "", e.health.reason]
        for e in found
    ]
    write_csv(out / "manifest.csv", MANIFEST_COLUMNS, rows)
    there = [entry.row for entry in found if entry.health.usable]
    gone = [entry.row for entry in found if not entry.health.usable]
    write_dataset(out, there, segments, labels, clips, gone, annotated)

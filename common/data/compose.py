"""Compose a dataset of annotated untrimmed videos out of a folder of trimmed clips."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from common.core.errors import InputError
from common.core.files import write_json, write_with
from common.core.hashing import sha256_file
from common.core.launcher import map_items
from common.core.params.composed import Composed
from common.core.records import SUBSETS
from common.data.clip_list import ClipClass, ListedClip, read_classes, read_clip_lists
from common.data.compose_pieces import Footage
from common.data.compose_plan import VideoPlan, plan_subset
from common.data.compose_render import render_video
from common.data.dataset import ClipRow, VideoRow, write_dataset
from common.data.making import (
    check_out,
    done_videos,
    known_health,
    mark_done,
    remember_health,
    remove_others,
    video_keys,
)
from common.video.health import Health, check_videos
from common.world.tables import write_csv

PIECE_COLUMNS = ["video", "start", "end", "label", "clip", "group", "clip_start"]


@dataclass(frozen=True, slots=True)
class ComposeSummary:
    """What was made. `subsets`: subset -> counts; `left_out`: unreadable clips with the reason;
    `lone_clips`: clips that no group pattern matched, each its own group.
    """

    subsets: dict[str, dict[str, Any]]
    reused: int
    left_out: dict[str, str]
    lone_clips: int


@dataclass(frozen=True, slots=True)
class _Clips:
    """The usable clips of all subsets, with what is known of their files."""

    listed: tuple[ListedClip, ...]
    health: Mapping[str, Health]
    sha256: Mapping[str, str]
    left_out: dict[str, str]


def compose_dataset(
    folder: Path, recipe: Composed, seed: int, workers: int, out: Path
) -> ComposeSummary:
    """Join trimmed clips into untrimmed videos, with annotations, laid out as a dataset folder.

    The same clips, params, seed and library versions give the same bytes. A run that was killed
    goes on; videos whose plan and clips did not change are kept.

    Args:
        folder: clips, lists and class file.
        recipe: how many videos, how long, which lists.
        seed: decides all draws.
        workers: processes.
        out: the dataset folder; a composed dataset there is brought up to date.

    Raises:
        InputError: a list, class file or clip is at fault (with file and line); too little footage;
            `out` is something else; nothing was written in these cases.
    """
    check_out(out)
    classes = read_classes(folder / recipe.classes)
    listed = read_clip_lists(folder, recipe.lists, classes, recipe.group_pattern)
    clips = _look_at(folder, listed, recipe, workers, out)
    ranked = _ranked(classes, clips.listed)
    plans = [
        plan
        for subset in SUBSETS
        if subset in recipe.videos
        for plan in plan_subset(subset, _footage(clips, subset, recipe.fps), ranked, recipe, seed)
    ]
    reused = _render(plans, clips, folder, recipe, workers, out)
    rows = _copy_clips(clips, folder, out)
    _write_tables(plans, clips, recipe, ranked, rows, out)
    lone = sum(c.group == str(PurePosixPath(c.path).with_suffix("")) for c in clips.listed)
    summary = ComposeSummary(_counts(plans, recipe.fps), reused, clips.left_out, lone)
    _write_summary(summary, recipe, seed, out)
    return summary


def _look_at(
    folder: Path, listed: Sequence[ListedClip], recipe: Composed, workers: int, out: Path
) -> _Clips:
    """Decode every clip once; those that are not whole are left out, or are an error."""
    sha256 = {clip.clip: sha256_file(folder / clip.path) for clip in listed}
    known = known_health(out)
    unknown = {c.clip: folder / c.path for c in listed if sha256[c.clip] not in known}
    found = check_videos(
        unknown, workers=workers, timeout_s=recipe.timeout_s, label="look at clips"
    )
    health = {c.clip: known[sha256[c.clip]] for c in listed if c.clip not in unknown}
    health.update({entry.video: entry for entry in found})
    broken = [clip for clip in listed if health[clip.clip].status != "ok"]
    if len(broken) > recipe.max_broken:
        named = "; ".join(f"{c.where}: {c.path} is {_reason(health[c.clip])}" for c in broken[:5])
        raise InputError(
            "clips.unreadable",
            broken[0].where,
            f"{len(broken)} clips cannot be read whole, at most {recipe.max_broken} may ({named})",
            "Mend or remove them, or raise max_broken.",
        )
    remember_health(out, {sha256[clip]: entry for clip, entry in sorted(health.items())})
    return _Clips(
        tuple(clip for clip in listed if health[clip.clip].status == "ok"),
        health,
        sha256,
        {clip.path: _reason(health[clip.clip]) for clip in broken},
    )


def _reason(health: Health) -> str:
    return f"{health.status} ({health.reason})" if health.reason else health.status


def _ranked(classes: Sequence[ClipClass], listed: Sequence[ListedClip]) -> list[str]:
    """Target classes with clips, those with most clips first; ties as the class file has them."""
    count = Counter(clip.label for clip in listed)
    targets = [entry.name for entry in classes if entry.role == "target" and count[entry.name]]
    return sorted(targets, key=lambda name: -count[name])


def _footage(clips: _Clips, subset: str, fps: float) -> list[Footage]:
    """What the clips of a subset offer, counted in output frames; a single picture offers one."""
    held = {c.clip: max(1, int(clips.health[c.clip].duration * fps + 1e-6)) for c in clips.listed}
    return [
        Footage(c.clip, c.label, c.role, c.group, held[c.clip])
        for c in clips.listed
        if c.subset == subset
    ]


def _render(
    plans: Sequence[VideoPlan],
    clips: _Clips,
    folder: Path,
    recipe: Composed,
    workers: int,
    out: Path,
) -> int:
    """Render what is not there yet; returns how many videos were kept."""
    by_video = {plan.video: plan for plan in plans}
    keys = video_keys(plans, clips.sha256, recipe)
    # It says "whole", which is not true until the end.
    (out / "videos.csv").unlink(missing_ok=True)
    remove_others(out, by_video)
    done = done_videos(out, keys)
    paths = {clip.clip: str(folder / clip.path) for clip in clips.listed}
    size = (recipe.width, recipe.height)
    map_items(
        _render_item,
        [video for video in by_video if video not in done],
        args=(by_video, keys, paths, recipe.fps, size, recipe.crf, str(out)),
        workers=workers,
        timeout_s=recipe.timeout_s,
        max_broken=0,
        label="compose videos",
        preload=("common.data.compose_render",),
    )
    return len(done)


def _render_item(
    video: str,
    plans: Mapping[str, VideoPlan],
    keys: Mapping[str, str],
    clips: Mapping[str, str],
    fps: float,
    size: tuple[int, int],
    crf: int,
    out: str,
) -> None:
    target = Path(out) / "videos" / f"{video}.mp4"
    paths = {clip: Path(path) for clip, path in clips.items()}
    render_video(plans[video], paths, fps, size, crf, target)
    mark_done(Path(out), video, keys[video])


def _copy_clips(clips: _Clips, folder: Path, out: Path) -> list[ClipRow]:
    """The clips of train, byte for byte. Copies: a link would let the dataset's owner change the
    permissions of the user's own file.
    """
    rows, kept = [], set()
    for clip in (entry for entry in clips.listed if entry.subset == "train"):
        name = f"{clip.clip}{PurePosixPath(clip.path).suffix.lower()}"
        target = out / "clips" / name
        if not target.exists() or sha256_file(target) != clips.sha256[clip.clip]:
            write_with(target, partial(shutil.copyfile, folder / clip.path))
        kept.add(name)
        label = clip.label if clip.role == "target" else "background"
        duration = clips.health[clip.clip].duration
        rows.append(ClipRow(clip.clip, f"clips/{name}", label, clip.group, 0.0, duration))
    for path in (out / "clips").glob("*"):
        if path.name not in kept:
            path.unlink()
    return rows


def _write_tables(
    plans: Sequence[VideoPlan],
    clips: _Clips,
    recipe: Composed,
    labels: Sequence[str],
    rows: Sequence[ClipRow],
    out: Path,
) -> None:
    fps, width, height = recipe.fps, recipe.width, recipe.height
    videos = [
        VideoRow(p.video, p.subset, p.frames / fps, fps, width, height, p.frames) for p in plans
    ]
    segments = [segment for plan in plans for segment in plan.segments(fps)]
    owner = {clip.clip: clip.group for clip in clips.listed}
    for hidden, path in ((False, out / "pieces.csv"), (True, out / "truth" / "pieces.csv")):
        pieces = [
            row
            for plan in plans
            if (plan.subset == "test") == hidden
            for row in _piece_rows(plan, owner, fps)
        ]
        if pieces or not hidden:
            write_csv(path, PIECE_COLUMNS, pieces)
    write_dataset(out, videos, segments, labels, rows)


def _piece_rows(plan: VideoPlan, owner: Mapping[str, str], fps: float) -> list[list[Any]]:
    rows, frame = [], 0
    for run in plan.runs:
        for piece in run.pieces:
            start, frame = frame, frame + piece.frames
            rows.append(
                [plan.video, start / fps, frame / fps, run.label or "background"]
                + [piece.clip, owner[piece.clip], piece.first / fps]
            )
    return rows


def _counts(plans: Sequence[VideoPlan], fps: float) -> dict[str, dict[str, Any]]:
    """Subset -> videos, seconds, instances by class, cuts, and how many cuts are boundaries."""
    counts: dict[str, dict[str, Any]] = {}
    for subset in dict.fromkeys(plan.subset for plan in plans):
        mine = [plan for plan in plans if plan.subset == subset]
        runs = [run for plan in mine for run in plan.runs]
        boundaries = sum(len(plan.runs) - 1 for plan in mine)
        counts[subset] = {
            "videos": len(mine),
            "seconds": round(sum(plan.frames for plan in mine) / fps, 3),
            "instances": dict(Counter(run.label for run in runs if run.label).most_common()),
            "cuts": boundaries + sum(len(run.pieces) - 1 for run in runs),
            "boundary_cuts": boundaries,
        }
    return counts


def _write_summary(summary: ComposeSummary, recipe: Composed, seed: int, out: Path) -> None:
    open_counts = {key: value for key, value in summary.subsets.items() if key != "test"}
    document = {"seed": seed, "params": recipe.model_dump(mode="json"), "subsets": open_counts}
    document["left_out"] = summary.left_out
    write_json(out / "compose.json", document)
    if "test" in summary.subsets:
        write_json(out / "truth" / "compose.json", summary.subsets["test"])

"""Render the whole sample world into a dataset folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from common.core.errors import InputError, did_you_mean
from common.core.files import atomic_folder
from common.core.launcher import map_items
from common.core.params.world import RenderedWorld, World
from common.core.seeds import rng_for
from common.video.encode import encode_video
from common.world.boxes import BOX_COLUMNS, boxes_of, key_frames
from common.world.broken_files import write_broken
from common.world.canvas import Picture
from common.world.cast import ACTIONS, EARLIER
from common.world.direct import direct
from common.world.film import Film
from common.world.pictures import write_jpeg
from common.world.script import VideoScript, write_scripts
from common.world.sequences import MaskJob, plan_masks, render_masks, write_mask_tables
from common.world.tables import (
    write_annotations,
    write_classes,
    write_clips,
    write_csv,
    write_segments,
    write_videos,
)
from common.world.trimming import ClipCut, plan_clips

_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class VideoJob:
    """One video to render: its script, the clips to cut from it, the frames to keep as stills."""

    script: VideoScript
    cuts: tuple[ClipCut, ...]
    stills: tuple[int, ...]


def render_world(params: World, out: Path) -> None:
    """Render videos, annotations, boxes, masks, clips and stills of all subsets into `out`.

    The bytes depend on `params` (but not on its `workers`) and on library versions alone. `out` is
    replaced as a whole, at the end.

    Raises:
        InputError: the params name no rendered world, or a class that cannot be drawn.
    """
    world = _check(params)
    scripts = write_scripts(world, params.seed)
    cuts = plan_clips(scripts, world, params.seed)
    jobs = _plan(scripts, cuts, world, params.seed)
    with atomic_folder(out) as folder:
        outcome = map_items(
            render_item,
            list(jobs),
            args=(jobs, world, params.seed, folder),
            workers=params.workers,
            timeout_s=_TIMEOUT_S,
            max_broken=0,
            label="render",
            preload=("common.world.render",),
        )
        boxes = [row for script in scripts for row in outcome.results[script.video]]
        _write_tables(folder, scripts, cuts, boxes, world)
        write_mask_tables(folder, [job for job in jobs.values() if isinstance(job, MaskJob)])
        write_broken(folder / "broken", folder / "videos" / f"{scripts[0].video}.mp4")


def _check(params: World) -> RenderedWorld:
    world = params.rendered
    if params.kind != "rendered" or world is None:
        raise InputError(
            "world.kind", "params.yaml world.kind", f"is {params.kind!r}, not 'rendered'",
            "Choose a profile with a rendered world: `emc2 profile use sample`.",
        )  # fmt: skip
    for label in world.classes:
        if label not in ACTIONS:
            raise InputError(
                "world.classes", "params.yaml world.rendered.classes", f"no action {label!r}",
                did_you_mean(label, list(ACTIONS)),
            )  # fmt: skip
        if label in EARLIER and EARLIER[label] not in world.classes:
            raise InputError(
                "world.classes",
                "params.yaml world.rendered.classes",
                f"{label!r} needs {EARLIER[label]!r}, which shows what is carried",
                f"Add {EARLIER[label]!r}.",
            )
    return world


def _plan(
    scripts: Sequence[VideoScript], cuts: Sequence[ClipCut], params: RenderedWorld, seed: int
) -> dict[str, VideoJob | MaskJob]:
    by_video: dict[str, list[ClipCut]] = defaultdict(list)
    for cut in cuts:
        by_video[cut.video].append(cut)
    train = [script for script in scripts if script.subset == "train"]
    jobs: dict[str, VideoJob | MaskJob] = {}
    for script in scripts:
        stills: tuple[int, ...] = ()
        if script.subset == "train":
            share = params.stills // len(train) + (train.index(script) < params.stills % len(train))
            n_frames = round(script.duration * params.fps)
            rng = rng_for(seed, "stills", script.video)
            stills = tuple(sorted(int(f) for f in rng.choice(n_frames, share, replace=False)))
        jobs[script.video] = VideoJob(script, tuple(by_video[script.video]), stills)
    # Longest first, so that two workers end together.
    longest = sorted(scripts, key=lambda script: (-script.duration, script.video))
    return {script.video: jobs[script.video] for script in longest} | plan_masks(params)


def render_item(
    item: str, jobs: dict[str, VideoJob | MaskJob], params: RenderedWorld, seed: int, folder: Path
) -> list[list[object]]:
    """Render one video or mask sequence; returns the rows of its key-frame boxes."""
    job = jobs[item]
    if isinstance(job, MaskJob):
        render_masks(job, params, seed, folder)
        return []
    return _render_video(job, params, seed, folder)


def _render_video(
    job: VideoJob, params: RenderedWorld, seed: int, folder: Path
) -> list[list[object]]:
    video = job.script.video
    scene = direct(job.script, params, seed)
    film = Film(scene, params.width, params.height, rng_for(seed, "film", video))
    seconds = key_frames(scene.n_frames, params.fps)
    rows: list[list[object]] = []
    frames: list[Picture] = []
    for number, (picture, ids) in enumerate(film.frames(list(seconds))):
        frames.append(picture)
        if ids is not None:
            rows += boxes_of(ids, scene, number, video, seconds[number])
    encode_video(folder / "videos" / f"{video}.mp4", frames, params.fps)
    for cut in job.cuts:
        path = folder / "clips" / f"{cut.clip}.mp4"
        encode_video(path, frames[cut.first : cut.last], params.fps)
    for number in job.stills:
        write_jpeg(folder / "stills" / f"{video}_{number:05d}.jpg", frames[number])
    return rows


def _write_tables(
    folder: Path,
    scripts: Sequence[VideoScript],
    cuts: Sequence[ClipCut],
    boxes: list[list[object]],
    params: RenderedWorld,
) -> None:
    test = [script for script in scripts if script.subset == "test"]
    known = [script for script in scripts if script.subset != "test"]
    test_names = {script.video for script in test}
    write_videos(folder, scripts, params)
    write_classes(folder, params)
    write_clips(folder, cuts, params)
    write_annotations(folder / "annotations.json", scripts, params, with_test=False)
    write_annotations(folder / "truth" / "annotations.json", test, params, with_test=True)
    write_segments(folder / "segments.csv", known)
    write_segments(folder / "truth" / "segments.csv", test)
    write_csv(folder / "boxes.csv", BOX_COLUMNS, [r for r in boxes if r[0] not in test_names])
    write_csv(folder / "truth" / "boxes.csv", BOX_COLUMNS, [r for r in boxes if r[0] in test_names])

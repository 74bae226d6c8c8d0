"""Plan untrimmed videos out of trimmed clips: pure, seeded, knows no files.

A video is a row of runs: background, instance, background, … Each run is one piece or several,
joined by cuts, so that a cut alone gives no boundary away. No group (source video) comes twice in
one video.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.core.errors import InputError
from common.core.params.composed import Composed, LongTail
from common.core.records import LabelledSegment, Subset
from common.core.seeds import rng_for
from common.data.compose_deal import deal, zipf_counts
from common.data.compose_pieces import Footage, Piece, cut_pieces

_TRIES = 200


@dataclass(frozen=True, slots=True)
class Run:
    """An instance (with a label) or background (None)."""

    label: str | None
    groups: tuple[str, ...]
    pieces: tuple[Piece, ...]

    @property
    def frames(self) -> int:
        return sum(piece.frames for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """One untrimmed video."""

    video: str
    subset: Subset
    runs: tuple[Run, ...]

    @property
    def frames(self) -> int:
        return sum(run.frames for run in self.runs)

    def segments(self, fps: float) -> list[LabelledSegment]:
        """The instances, in seconds; a boundary is where the first frame of a run is shown."""
        found, frame = [], 0
        for run in self.runs:
            if run.label is not None:
                end = (frame + run.frames) / fps
                found.append(LabelledSegment(self.video, frame / fps, end, run.label))
            frame += run.frames
        return found


def plan_subset(
    subset: Subset, footage: Sequence[Footage], ranked: Sequence[str], recipe: Composed, seed: int
) -> list[VideoPlan]:
    """Plan all videos of one subset.

    Args:
        subset: its name; also seeds the draws, so that subsets do not depend on each other.
        footage: the clips of this subset alone.
        ranked: target classes, most frequent first (Zipf's law runs down this list).
        recipe: the params; `recipe.videos[subset]` videos are planned.
        seed: decides all draws.

    Raises:
        InputError: too few groups or too short clips for what is asked.
    """
    pool = _Pool(subset, footage)
    n_videos = recipe.videos[subset]
    rng = rng_for(seed, "compose", subset)
    labels = [label for label in ranked if pool.groups(label)]
    caps = [len(pool.groups(label)) for label in labels]
    sizes = _sizes(pool, n_videos, caps, recipe, rng)
    counts = zipf_counts(
        sum(sizes), recipe.zipf_exponent, recipe.min_instances, [cap * n_videos for cap in caps]
    )
    dealt = deal(counts, sizes, caps, rng)
    digits = max(3, len(str(n_videos - 1)))
    return [
        _plan_video(
            f"{subset}_{place:0{digits}d}", pool, [labels[i] for i in classes], recipe, seed
        )
        for place, classes in enumerate(dealt)
    ]


class _Pool:
    """The clips of one subset by group, and how often each group and clip was taken so far: what
    was taken least comes first, so that all footage is seen.
    """

    def __init__(self, subset: Subset, footage: Sequence[Footage]) -> None:
        self.subset = subset
        self._taken: Counter[tuple[str, str]] = Counter()
        # label (None: background) -> group -> its clips
        self._clips: dict[str | None, dict[str, list[Footage]]] = {None: {}}
        for clip in sorted(footage, key=lambda entry: entry.clip):
            label = clip.label if clip.role == "target" else None
            self._clips.setdefault(label, {}).setdefault(clip.group, []).append(clip)

    def groups(self, label: str | None) -> dict[str, list[Footage]]:
        """Group -> clips of a target class, or of all background classes (None)."""
        return self._clips.get(label, {})

    def candidates(
        self, label: str | None, used: set[str], frames: int, rng: np.random.Generator
    ) -> list[str]:
        """Unused groups, the most suitable first: long enough, then taken least, then chance."""
        groups = self.groups(label)
        free = [group for group in groups if group not in used]
        chance = dict(zip(free, rng.permutation(len(free)), strict=True))
        held = {group: sum(clip.frames for clip in groups[group]) for group in free}
        return sorted(
            free, key=lambda g: (-min(frames, held[g]), self._taken["group", g], chance[g])
        )

    def clips(self, label: str | None, group: str, rng: np.random.Generator) -> list[Footage]:
        """Clips of a group, those taken least first."""
        clips = self.groups(label)[group]
        chance = rng.permutation(len(clips))
        order = sorted(
            range(len(clips)), key=lambda i: (self._taken["clip", clips[i].clip], chance[i])
        )
        return [clips[place] for place in order]

    def take(self, runs: Sequence[Run]) -> None:
        """Remember what a video uses."""
        for run in runs:
            self._taken.update(("group", group) for group in run.groups)
            self._taken.update({("clip", piece.clip) for piece in run.pieces})


def _sizes(
    pool: _Pool, n_videos: int, caps: Sequence[int], recipe: Composed, rng: np.random.Generator
) -> list[int]:
    """Instances of each video. Between two instances lies background of a group of its own."""
    most = min(recipe.instances.max, len(pool.groups(None)) + 1, sum(caps))
    if most < recipe.instances.min:
        raise _too_little(
            pool.subset,
            f"{len(pool.groups(None))} background groups and {sum(caps)} target groups suffice for "
            f"{most} instances in one video, {recipe.instances.min} are asked for",
        )
    return [int(size) for size in rng.integers(recipe.instances.min, most + 1, n_videos)]


def _plan_video(
    video: str, pool: _Pool, labels: list[str], recipe: Composed, seed: int
) -> VideoPlan:
    """Draw until the duration fits; the draws of one video do not move those of another."""
    low, high = (
        bound * recipe.fps for bound in (recipe.video_seconds.min, recipe.video_seconds.max)
    )
    for attempt in range(_TRIES):
        rng = rng_for(seed, "compose", video, attempt)
        runs = _draw_runs(pool, labels, recipe, rng)
        if runs is not None and low <= sum(run.frames for run in runs) <= high:
            pool.take(runs)
            return VideoPlan(video, pool.subset, tuple(runs))
    raise _too_little(
        pool.subset,
        f"no video of {recipe.video_seconds.min} to {recipe.video_seconds.max} s came out of "
        f"{_TRIES} draws with {len(labels)} instances",
    )


def _draw_runs(
    pool: _Pool, labels: list[str], recipe: Composed, rng: np.random.Generator
) -> list[Run] | None:
    order = _draw_order(len(pool.groups(None)), labels, recipe.edge_background, rng)
    used: set[str] = set()
    runs = []
    for place, label in enumerate(order):
        # Each background run that is still to come needs a group of its own.
        reserve = order[place + 1 :].count(None) if label is None else 0
        run = _draw_run(pool, label, used, reserve, recipe, rng)
        if run is None:
            return None
        used.update(run.groups)
        runs.append(run)
    return runs


def _draw_order(
    n_backgrounds: int, labels: list[str], edge: float, rng: np.random.Generator
) -> list[str | None]:
    """Instances with background between them, and at the edges by chance and supply."""
    spare = n_backgrounds - (len(labels) - 1)
    begins, ends = (bool(draw < edge) for draw in rng.random(2))
    begins = begins and spare > 0
    ends = ends and spare > int(begins)
    order: list[str | None] = [None] if begins else []
    for label in labels:
        order += [label, None]
    return order if ends else order[:-1]


def _draw_run(
    pool: _Pool,
    label: str | None,
    used: set[str],
    reserve: int,
    recipe: Composed,
    rng: np.random.Generator,
) -> Run | None:
    """One run: draw its length and its cuts, choose the groups, cut the pieces."""
    law = recipe.background_seconds if label is None else recipe.instance_seconds
    frames = round(_draw_seconds(law, rng) * recipe.fps)
    shortest = math.ceil(recipe.min_piece_seconds * recipe.fps)
    n_pieces = min(1 + int(rng.poisson(recipe.cuts_per_run)), max(1, frames // shortest))
    groups = pool.candidates(label, used, frames, rng)
    if not groups:
        return None
    chosen = groups[:1]
    if label is None:
        # Background may change its source where groups are to spare; an instance never does.
        spare = groups[1 : len(groups) - reserve]
        chosen += spare[: int(rng.integers(0, n_pieces))]
    clips = _by_turns([pool.clips(label, group, rng) for group in chosen])
    pieces = cut_pieces(clips, frames, n_pieces, shortest, rng)
    owner = {clip.clip: clip.group for clip in clips}
    return Run(label, tuple(dict.fromkeys(owner[piece.clip] for piece in pieces)), tuple(pieces))


def _by_turns(rows: Sequence[Sequence[Footage]]) -> list[Footage]:
    """First of each row, then second of each, and so on."""
    longest = max(len(row) for row in rows)
    return [row[place] for place in range(longest) for row in rows if place < len(row)]


def _draw_seconds(law: LongTail, rng: np.random.Generator) -> float:
    drawn = law.median * math.exp(law.sigma * rng.standard_normal())
    return min(max(drawn, law.min), law.max)


def _too_little(subset: Subset, problem: str) -> InputError:
    return InputError(
        "compose.footage",
        subset,
        problem,
        "Add clips of more source videos, or lower instances or video_seconds (world.composed).",
    )

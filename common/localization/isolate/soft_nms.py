"""What Soft-NMS is for: recall by number of proposals. `emc2 bench isolate-nms`.

100 videos with 1 to 6 disjoint instances; each draws 60 jittered proposals, and 60 more are random.
A proposal's score is its best tIoU times the difficulty of that instance, plus noise: whole
clusters outrank the instances that are harder.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from common.challenges.activitynet.detection import TIOU
from common.core.bench import BenchTable
from common.core.params.localization import SoftNms
from common.core.seeds import rng_for
from common.localization.isolate.synthetic import mean_and_spread
from common.localization.soft_nms import soft_nms

Floats = NDArray[np.float64]
_NUMBERS = (1, 5, 10, 100)
_TOP = 100

SETTINGS: dict[str, SoftNms | float | None] = {
    "none": None,
    "hard, tIoU 0.65": 0.65,
    "hard, tIoU 0.9": 0.9,
    "soft .4/.5/.9": SoftNms(alpha=0.4, low=0.5, high=0.9, top_k=_TOP),
    "soft .4/0/0": SoftNms(alpha=0.4, low=0.0, high=0.0, top_k=_TOP),
    "soft .75/.65/.9": SoftNms(alpha=0.75, low=0.65, high=0.9, top_k=_TOP),
}


def run(seeds: Sequence[int] = (0, 1, 2), videos: int = 100) -> BenchTable:
    """Average recall (percent) of every setting, mean over the seeds; a few seconds."""
    rows = []
    for name in SETTINGS:
        recalls = np.array([average_recall(name, seed, videos) for seed in seeds])
        at_5 = mean_and_spread(recalls[:, 1].tolist())
        rows.append((name, *recalls.mean(axis=0).tolist(), at_5[1]))
    columns = ("suppression", *(f"AR@{n}" for n in _NUMBERS), "std of AR@5")
    notes = (
        f"seeds {', '.join(map(str, seeds))}; {videos} videos; tIoU 0.5 to 0.95, percent",
        "AR@1 is the same in all rows: the first proposal never changes",
    )
    return BenchTable("Soft-NMS, isolated", columns, tuple(rows), notes)


def average_recall(setting: str, seed: int, videos: int = 100) -> list[float]:
    """Recall with the first 1, 5, 10 and 100 proposals of every video, mean over the thresholds,
    percent. (The official curve lets all videos keep the same share, which would punish a list
    that hard suppression has made short.)
    """
    rng = rng_for(seed, "soft nms")
    best: list[Floats] = []
    for _ in range(videos):
        segments, candidates, scores = make_video(rng)
        kept = _suppress(candidates, scores, SETTINGS[setting])
        tiou = _tiou(candidates[kept], segments)
        best.append(np.stack([tiou[:n].max(axis=0) for n in _NUMBERS], axis=1))
    hits = np.concatenate(best)[:, :, None] >= TIOU - 1e-12
    return (100 * hits.mean(axis=(0, 2))).tolist()


def make_video(rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """(k, 2) instances, (n, 2) candidates and their (n,) scores; times relative to the video."""
    k = int(rng.integers(1, 7))
    cuts = np.sort(rng.random(2 * k)).reshape(k, 2)
    lengths = cuts[:, 1] - cuts[:, 0]
    spread = np.repeat(lengths, 60)[:, None] * 0.15
    jittered = np.repeat(cuts, 60, axis=0) + rng.normal(size=(60 * k, 2)) * spread
    candidates = np.sort(np.clip(np.concatenate([jittered, rng.random((60, 2))]), 0, 1), axis=1)
    candidates[:, 1] = np.maximum(candidates[:, 1], candidates[:, 0] + 1e-3)
    tiou = _tiou(candidates, cuts)
    difficulty = rng.uniform(0.3, 1.0, k)
    scores = tiou.max(axis=1) * difficulty[tiou.argmax(axis=1)] + rng.normal(0, 0.05, len(tiou))
    return cuts, candidates, scores.clip(min=1e-6)


def _suppress(
    segments: Floats, scores: Floats, setting: SoftNms | float | None
) -> NDArray[np.int64]:
    """Indices of the kept proposals, best first."""
    if isinstance(setting, SoftNms):
        return soft_nms(segments, scores, setting)[0]
    order = np.argsort(-scores, kind="stable")
    if setting is not None:
        order = _hard_nms(segments, order, setting)
    return order[:_TOP]


def _hard_nms(segments: Floats, order: NDArray[np.int64], limit: float) -> NDArray[np.int64]:
    kept: list[int] = []
    while len(order):
        kept.append(int(order[0]))
        order = order[1:][_tiou(segments[order[1:]], segments[order[:1]])[:, 0] <= limit]
    return np.array(kept)


def _tiou(a: Floats, b: Floats) -> Floats:
    low = np.maximum(a[:, None, 0], b[None, :, 0])
    overlap = (np.minimum(a[:, None, 1], b[None, :, 1]) - low).clip(min=0.0)
    return overlap / ((a[:, 1] - a[:, 0])[:, None] + (b[:, 1] - b[:, 0])[None, :] - overlap)

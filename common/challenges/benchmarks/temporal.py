"""Full-size inputs of the temporal formats: seeded, realistic in size and in the share of hits.

The numbers of videos and rows are those of the official validation sets with the usual 100 rows
per video; the official seconds are processor seconds of the official programs at this size.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from common.challenges.activitynet.layout import (
    CLASSIFICATION,
    DETECTION,
    HACS_DETECTION,
    PROPOSALS,
    Layout,
)
from common.challenges.activitynet.writer import ExternalData, result_bytes
from common.challenges.benchmarks import BenchCase, BenchFiles
from common.challenges.epic.annotations import N_NOUNS, N_VERBS
from common.challenges.epic.writer import SupervisionLevels, detection_bytes, recognition_bytes
from common.challenges.json_reading import json_bytes
from common.challenges.temporal.columns import Floats, Ints

SEED = 2021
N_CLASSES = 200
_DECLARED = ExternalData(used=False, details="benchmark")
_LEVELS = SupervisionLevels(pt=2, tl=3, td=3)
_ACTIVITYNET_FLOOR = """\
import sys
from common.challenges.activitynet.layout import {layout} as layout
from common.challenges.result_file import open_leniently
with open(sys.argv[1], "rb") as stream:
    for raw in open_leniently(stream.read(), "").results.values():
        layout.decode_loosely(raw)
"""
_DETECTION_FLOOR = """\
import sys
from common.challenges.epic.detection_entries import official_entries
from common.challenges.result_file import open_leniently
with open(sys.argv[1], "rb") as stream:
    official_entries(open_leniently(stream.read(), "").results, "")
"""
_RECOGNITION_FLOOR = """\
import sys
from common.challenges.epic.recognition_entries import score_arrays
from common.challenges.result_file import open_leniently
with open(sys.argv[1], "rb") as stream:
    score_arrays(open_leniently(stream.read(), "").results, "")
"""


def write_activitynet(
    folder: Path, layout: Layout, n_videos: int, rows_per_video: int
) -> BenchFiles:
    """Annotations and a result file of `n_videos` videos.

    A third of the rows lies near an annotated segment; for classification every video has a score
    for every class.
    """
    rng = np.random.default_rng(SEED)
    videos = [f"v{number:010d}" for number in range(n_videos)]
    durations = np.round(rng.uniform(8.0, 240.0, n_videos), 2)
    own_class = np.concatenate([np.arange(N_CLASSES), rng.integers(0, N_CLASSES, n_videos)])
    own_class = own_class[:n_videos]
    owner = np.sort(np.concatenate([np.arange(n_videos), rng.integers(0, n_videos, n_videos // 2)]))
    truth = _segments_inside(rng, durations[owner])
    names = np.array([f"Synthetic activity {number:03d}" for number in range(N_CLASSES)])
    _write_annotations(folder, layout, videos, durations, names[own_class], owner, truth)
    if layout is CLASSIFICATION:
        rows = _class_scores(rng, videos, names, own_class)
    else:
        near = np.searchsorted(owner, np.arange(n_videos))
        rows = _predicted_segments(rng, videos, durations, truth[near], rows_per_video)
        of_video = np.repeat(own_class, rows_per_video)
        other = rng.integers(0, N_CLASSES, of_video.size)
        rows["label"] = names[np.where(rng.random(of_video.size) < 0.7, of_video, other)]
    pred = folder / "pred.json"
    pred.write_bytes(result_bytes(rows, layout, _DECLARED))
    return BenchFiles(pred, folder / "truth.json")


def _segments_inside(rng: np.random.Generator, durations: Floats) -> Floats:
    """(N, 2) segments of about a third of the duration."""
    length = rng.beta(0.9, 1.6, durations.size) * durations * 0.9 + 0.3
    start = rng.random(durations.size) * np.maximum(durations - length, 0.01)
    return np.round(np.stack([start, np.minimum(start + length, durations)], axis=1), 3)


def _write_annotations(
    folder: Path,
    layout: Layout,
    videos: list[str],
    durations: Floats,
    labels: Any,
    owner: Ints,
    segments: Floats,
) -> None:
    hacs = layout is HACS_DETECTION
    database: dict[str, Any] = {
        video: {
            "subset": "validation",
            "duration": f"{duration:.6f}" if hacs else duration,
            "annotations": [],
        }
        for video, duration in zip(videos, durations.tolist(), strict=True)
    }
    for number, segment in zip(owner.tolist(), segments.tolist(), strict=True):
        annotation = {"label": str(labels[number]), "segment": segment}
        database[videos[number]]["annotations"].append(annotation)
    head = {} if hacs else {"version": "VERSION 1.3", "taxonomy": []}
    (folder / "truth.json").write_bytes(json_bytes(head | {"database": database}))


def _predicted_segments(
    rng: np.random.Generator, videos: list[str], durations: Floats, near: Floats, n: int
) -> dict[str, Any]:
    """`n` rows per video: a third around its first segment `near` (V, 2), the others anywhere."""
    of_video = np.repeat(np.arange(len(videos)), n)
    target, duration = near[of_video], durations[of_video]
    jitter = rng.normal(0, 0.12, target.shape) * (target[:, 1] - target[:, 0])[:, None]
    anywhere = np.sort(rng.random(target.shape) * duration[:, None], axis=1)
    is_near = rng.random(of_video.size) < 0.3
    times = np.where(is_near[:, None], np.sort(target + jitter, axis=1), anywhere)
    times = np.round(times.clip(min=0.0, max=duration[:, None]), 3)
    quality = np.where(is_near, 0.3, 0.0) + 0.7 * rng.random(of_video.size)
    return {
        "video": [videos[number] for number in of_video.tolist()],
        "start": times[:, 0],
        "end": times[:, 1],
        "score": np.round(quality, 8),
    }


def _class_scores(
    rng: np.random.Generator, videos: list[str], names: Any, own_class: Ints
) -> dict[str, Any]:
    logits = rng.normal(0, 1.5, (len(videos), N_CLASSES))
    logits[np.arange(len(videos)), own_class] += 3.0
    powers = np.exp(logits)
    return {
        "video": [video for video in videos for _ in range(N_CLASSES)],
        "label": np.tile(names, len(videos)),
        "score": np.round(powers / powers.sum(axis=1, keepdims=True), 8).ravel(),
    }


def write_epic_detection(folder: Path, n_videos: int, rows_per_video: int) -> BenchFiles:
    """A table of 70 segments per video and a detection file."""
    rng = np.random.default_rng(SEED)
    table = _write_epic_table(rng, folder / "truth.csv", n_videos, 70)
    pick = rng.integers(0, 70, (n_videos, rows_per_video)) + np.arange(n_videos)[:, None] * 70
    pick = pick.ravel()
    times = table["times"][pick]
    times = times + rng.normal(0, 0.3, times.shape) * (times[:, 1] - times[:, 0])[:, None]
    exchanged = rng.random((2, pick.size)) < 0.3
    rows = {
        "video": [table["video"][number] for number in pick.tolist()],
        "verb": np.where(exchanged[0], rng.integers(0, N_VERBS, pick.size), table["verb"][pick]),
        "noun": np.where(exchanged[1], rng.integers(0, N_NOUNS, pick.size), table["noun"][pick]),
        "start": np.round(np.sort(times, axis=1).clip(min=0.0)[:, 0], 3),
        "end": np.round(np.sort(times, axis=1).clip(min=0.0)[:, 1] + 0.05, 3),
        "score": np.round(rng.random(pick.size), 8),
    }
    pred = folder / "test.json"
    pred.write_bytes(detection_bytes(rows, _LEVELS))
    return BenchFiles(pred, folder / "truth.csv")


def write_epic_recognition(folder: Path, n_videos: int, segments_per_video: int) -> BenchFiles:
    """A table of segments and a recognition file with scores of all classes."""
    rng = np.random.default_rng(SEED)
    table = _write_epic_table(rng, folder / "truth.csv", n_videos, segments_per_video)
    n = table["verb"].size
    verbs, nouns = rng.normal(0, 2, (n, N_VERBS)), rng.normal(0, 2, (n, N_NOUNS))
    verbs[np.arange(n), table["verb"]] += 5.0 * (rng.random(n) < 0.8)
    nouns[np.arange(n), table["noun"]] += 5.5 * (rng.random(n) < 0.7)
    pred = folder / "test.json"
    scores = np.round(verbs, 6), np.round(nouns, 6)
    pred.write_bytes(recognition_bytes(table["narration"], *scores, _LEVELS))
    settings = {
        "tail_verbs": list(range(12, N_VERBS)),
        "tail_nouns": list(range(72, N_NOUNS)),
        "unseen_participants": ["P07"],
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    return BenchFiles(pred, folder / "truth.csv", folder / "settings.json")


def _write_epic_table(
    rng: np.random.Generator, path: Path, n_videos: int, per_video: int
) -> dict[str, Any]:
    """Write the segments of `n_videos` videos, one after the other in time; return the columns."""
    n = n_videos * per_video
    videos = [f"P{number % 37:02d}_{number:03d}" for number in range(n_videos)]
    of_row = [video for video in videos for _ in range(per_video)]
    steps = np.round(rng.exponential(2.5, (n_videos, per_video, 2)) + 0.25, 2)
    end = np.cumsum(steps.sum(axis=2), axis=1).ravel()
    times = np.round(np.stack([end - steps[:, :, 1].ravel(), end], axis=1), 2)
    table: dict[str, Any] = {
        "narration": [f"{video}_{row % per_video}" for row, video in enumerate(of_row)],
        "video": of_row,
        "verb": (N_VERBS * rng.random(n) ** 3).astype(np.intp),
        "noun": (N_NOUNS * rng.random(n) ** 3).astype(np.intp),
        "times": times,
    }
    lines = ["narration_id,participant_id,video_id,start_timestamp,stop_timestamp,"]
    lines[0] += "verb_class,noun_class"
    for row, video in enumerate(of_row):
        clock = ",".join(_clock(time) for time in times[row].tolist())
        cells = f"{table['narration'][row]},{video[:3]},{video},{clock}"
        lines.append(f"{cells},{table['verb'][row]},{table['noun'][row]}")
    path.write_text("\n".join(lines) + "\n")
    return table


def _clock(seconds: float) -> str:
    hours, rest = divmod(round(seconds * 100), 360_000)
    minutes, hundredths = divmod(rest, 6_000)
    return f"{hours:02d}:{minutes:02d}:{hundredths / 100:05.2f}"


CASES = (
    BenchCase(
        "activitynet-detection",
        "4,728 videos x 100 rows",
        official_seconds=687.0,
        official_mb=None,
        budget_seconds=1.8,
        write=lambda folder: write_activitynet(folder, DETECTION, 4_728, 100),
        floor=_ACTIVITYNET_FLOOR.format(layout="DETECTION"),
    ),
    BenchCase(
        "activitynet-proposals",
        "4,728 videos x 100 rows",
        official_seconds=20.0,
        official_mb=None,
        budget_seconds=1.4,
        write=lambda folder: write_activitynet(folder, PROPOSALS, 4_728, 100),
        floor=_ACTIVITYNET_FLOOR.format(layout="PROPOSALS"),
    ),
    BenchCase(
        "activitynet-classification",
        "4,728 videos x 200 classes (official: 20 times a twentieth of it)",
        official_seconds=250.0,
        official_mb=None,
        budget_seconds=1.4,
        write=lambda folder: write_activitynet(folder, CLASSIFICATION, 4_728, N_CLASSES),
        floor=_ACTIVITYNET_FLOOR.format(layout="CLASSIFICATION"),
    ),
    BenchCase(
        "hacs-detection",
        "5,981 videos x 100 rows",
        official_seconds=None,
        official_mb=None,
        budget_seconds=2.3,
        write=lambda folder: write_activitynet(folder, HACS_DETECTION, 5_981, 100),
        floor=_ACTIVITYNET_FLOOR.format(layout="HACS_DETECTION"),
    ),
    BenchCase(
        "epic-detection",
        "138 videos x 500 rows",
        official_seconds=176.0,
        official_mb=None,
        budget_seconds=1.3,
        write=lambda folder: write_epic_detection(folder, 138, 500),
        floor=_DETECTION_FLOOR,
    ),
    BenchCase(
        "epic-recognition",
        "13,068 segments x 397 classes (official: arrays in memory)",
        official_seconds=5.4,
        official_mb=None,
        budget_seconds=2.5,
        write=lambda folder: write_epic_recognition(folder, 66, 198),
        floor=_RECOGNITION_FLOOR,
    ),
)

"""A small invented subset: ground truth, detections with every kind of error, key frames."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from common.challenges.activitynet.writer import ExternalData
from common.challenges.formats import Settings
from common.core.params.report import ReportParams
from common.core.seeds import rng_for
from common.submission.analysis.recall import recall_by_length
from common.submission.folder import Submission
from common.submission.leaderboard import detection_file
from common.submission.manifest import External, ManifestInputs
from common.submission.report.data import (
    ClassifierRow,
    MemberRow,
    RecallCurve,
    ReferenceCurve,
    ReportData,
    Score,
    Verdict,
)

VERBS = ("push", "pull", "pick up", "put down", "kick", "open", "close")
NOUNS = ("box", "ball", "door")
LABELS = tuple(f"{verb} {noun}" for verb in VERBS for noun in NOUNS)[:16]


def _make_settings(**changes: object) -> ReportParams:
    values: dict[str, object] = {
        "videos": 40,
        "detections_per_video": 20,
        "key_frames": 8,
        "key_frame_width": 160,
        "key_frame_height": 90,
        "key_frame_quality": 50,
        "max_megabytes": 2.0,
        "seed": 0,
        "length_edges": [2.0, 4.0, 8.0, 16.0],
        "head_above": 30,
        "tail_below": 10,
    }
    return ReportParams(**(values | changes))


def _make_truth(n_videos: int, seed: int = 0) -> tuple[pd.DataFrame, dict[str, float]]:
    """Ground truth after a Zipf law, and durations."""
    rng = rng_for(seed, "truth", n_videos)
    share = 1.0 / np.arange(1, len(LABELS) + 1)
    rows, durations = [], {}
    for index in range(n_videos):
        video = f"video_{index:04d}"
        duration = float(rng.uniform(20, 60))
        durations[video] = round(duration, 3)
        time = float(rng.uniform(0, 3))
        while time < duration - 2:
            length = min(float(rng.lognormal(1.6, 0.7)) + 0.8, duration - time)
            label = LABELS[rng.choice(len(LABELS), p=share / share.sum())]
            rows.append((video, round(time, 2), round(time + length, 2), label))
            time += length + float(rng.uniform(0.5, 8))
    return pd.DataFrame(rows, columns=["video", "start", "end", "label"]), durations


def _make_detections(
    truth: pd.DataFrame, durations: dict[str, float], per_video: int = 100, seed: int = 1
) -> pd.DataFrame:
    """Detections as a fair system makes them: near ones first, then all kinds of errors."""
    rng = rng_for(seed, "detections", len(truth), per_video)
    tables = []
    for video, rows in truth.groupby("video", sort=True):
        pick = rng.integers(0, len(rows), per_video)
        near = rows.iloc[pick]
        length = (near["end"] - near["start"]).to_numpy()
        blur = rng.exponential(0.34, (2, per_video)) * rng.choice([-1, 1], (2, per_video))
        start = near["start"].to_numpy() + blur[0] * length
        end = near["end"].to_numpy() + blur[1] * length
        far = rng.random(per_video) < 0.25
        start = np.where(far, rng.uniform(0, durations[str(video)] * 0.9, per_video), start)
        end = np.where(far, start + rng.lognormal(1.4, 0.6, per_video), end)
        start = np.clip(start, 0, durations[str(video)] - 0.2)
        end = np.clip(end, start + 0.1, durations[str(video)])
        wrong = rng.random(per_video) < 0.22
        label = np.where(wrong, rng.choice(LABELS[:10], per_video), near["label"].to_numpy())
        quality = np.exp(-np.abs(blur).sum(axis=0) * 0.7) * np.where(far, 0.55, 1.0)
        quality = quality * np.where(wrong, 0.75, 1.0)
        score = quality * rng.beta(3, 2, per_video) * np.linspace(1.0, 0.4, per_video)
        table = pd.DataFrame(
            {"video": video, "start": start, "end": end, "label": label, "score": score}
        )
        tables.append(table.sort_values("score", ascending=False))
    return pd.concat(tables, ignore_index=True)


def key_frame(video: str, time: float) -> np.ndarray:
    """A picture that differs by video and time: a sky, a ground, a moving ball."""
    height, width = 120, 160
    y, x = np.mgrid[0:height, 0:width]
    tone = sum(map(ord, video)) % 120
    picture = np.stack([y * 0.8 + tone * 0.5, x * 0.5 + 60, 190 - y * 0.9], axis=-1)
    centre = (30 + (time * 7) % 100, 70 + 18 * np.sin(time))
    ball = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < 180
    picture[ball] = (230, 90, 40)
    return picture.clip(0, 255).astype(np.uint8)


def _make_report(n_videos: int = 24, per_video: int = 100, **changes: object) -> ReportData:
    """A whole report, with every section."""
    truth, durations = _make_truth(n_videos)
    detections = _make_detections(truth, durations, per_video)
    settings = _make_settings()
    proposals = np.arange(1.0, 101.0)
    counts = {label: int(90 / (rank + 1) ** 1.1) + 1 for rank, label in enumerate(LABELS)}
    values: dict[str, object] = {
        "title": "ActivityNet-style temporal action detection",
        "track": "activitynet",
        "profile": "sample",
        "subset": "test",
        "format": "activitynet-detection",
        "settings": settings,
        "headline": Score("average mAP", 0.3817, 0.0112, "on all 24 videos"),
        "scores": (
            Score("mAP at tIoU 0.5", 0.5521, 0.013),
            Score("AR@100", 0.6233),
            Score("AUC of AR–AN", 0.5512),
            Score("top-1 accuracy", 0.8125, None, "per video"),
            Score("average mAP, present videos", 0.3817, None, "24 of 24"),
        ),
        "floors": (
            Score("random proposals", 0.0312, 0.004),
            Score("sliding windows", 0.1045, 0.006),
        ),
        "verdict": Verdict(True, 0, 1),
        "seeds": (0, 1, 2),
        "provenance": {
            "name": "sample",
            "commit": "94e35361bb2e29de0b2d6e9f3a51e9b1f7e6d1d2",
            "dirty": False,
            "evaluator": {"format": "activitynet-detection", "version": "0.1.0"},
            "data": {"artifacts/sample/world/annotations.json": "a" * 64},
            "weights": {"artifacts/sample/activitynet/bmn.safetensors": "b" * 64},
            "params": {"activitynet": {"bmn": {"hidden": [64, 64], "epochs": 15}}},
            "packages": {"numpy": "2.4.0", "torch": "2.13.0"},
        },
        "commands": ("dvc repro tracks/activitynet", "emc2 verify submissions/activitynet/sample"),
        "durations": durations,
        "truth": truth,
        "detections": detections,
        "recall": RecallCurve(
            tuple(proposals.tolist()), tuple((0.68 * (1 - np.exp(-proposals / 18))).tolist()), 0.551
        ),
        "recall_bins": tuple(recall_by_length(truth, detections, settings.length_edges)),
        "train_counts": counts,
        "reference": ReferenceCurve("sliding windows", tuple(np.linspace(0.22, 0.01, 10).tolist())),
        "members": (
            MemberRow("appearance", "member", 0.301, 0.009, 0.21, 0.371),
            MemberRow("slowfast", "member", 0.342, 0.011, 0.45, 0.340),
            MemberRow("r2plus1d", "member", 0.335, 0.008, 0.34, 0.362),
            MemberRow("uniform mean", "combination", 0.3771, 0.010),
            MemberRow("fitted weights", "combination", 0.3817, 0.0112),
        ),
        "classifiers": (
            ClassifierRow("joint", 0.795, 0.91, 0.72, 0.41, 0.012, 0.05),
            ClassifierRow("cRT", 0.812, 0.88, 0.78, 0.58, 0.010, 0.04, True),
            ClassifierRow("tau-norm", 0.808, 0.89, 0.77, 0.55, 0.011, 0.04),
            ClassifierRow("LWS", 0.801, 0.90, 0.74, 0.47, 0.012, 0.05),
            ClassifierRow("NCM", 0.760, 0.79, 0.76, 0.61, 0.014, 0.03),
        ),
        "key_frames": key_frame,
    }
    return ReportData(**(values | changes))


@pytest.fixture(scope="session")
def make_truth():
    return _make_truth


@pytest.fixture(scope="session")
def make_detections():
    return _make_detections


@pytest.fixture(scope="session")
def make_settings():
    return _make_settings


@pytest.fixture(scope="session")
def make_report():
    return _make_report


def _annotations(truth: pd.DataFrame, durations: dict[str, float], subset: str) -> dict:
    """An annotation file of the ActivityNet layout with one annotated subset."""
    database = {}
    for video, duration in durations.items():
        rows = truth[truth["video"] == video]
        database[video] = {
            "subset": subset,
            "duration": duration,
            "annotations": [
                {"label": row.label, "segment": [row.start, row.end]} for row in rows.itertuples()
            ],
        }
    return {"version": "VERSION 1.3", "taxonomy": [], "database": database}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder that stands for the repository: data, weights, a lock file, ground truth."""
    truth, durations = _make_truth(3)
    root = tmp_path / "repository"
    files = {
        "artifacts/sample/world/truth/annotations.json": json.dumps(
            _annotations(truth, durations, "testing")
        ),
        "artifacts/sample/features/slowfast/video_0000.safetensors": "features",
        "artifacts/sample/activitynet/bmn.safetensors": "weights",
        "tracks/activitynet/dvc.lock": "schema: '2.0'\nstages:\n  train: {md5: a}\n"
        "  submit: {md5: b}\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def make_submission():
    """A submission on the ground truth of `repository`; `folder` gets it by write_submission."""

    def make(**changes: object) -> Submission:
        truth, durations = _make_truth(3)
        found = _make_detections(truth, durations, per_video=12)
        found = found[found["label"].isin(truth["label"])]
        report = _make_report(3, truth=truth, durations=durations, detections=None, key_frames=None)
        leaderboard = detection_file(found, ExternalData(False, ""), videos=list(durations))
        values: dict[str, object] = {
            "track": "activitynet",
            "profile": "sample",
            "format": "activitynet-detection",
            "settings": Settings(subset="test"),
            "leaderboard_name": "submission.json",
            "leaderboard": leaderboard,
            "metrics": {"average_map": 0.25, "undefined": float("nan")},
            "inputs": ManifestInputs(
                params={"profile": "sample"},
                seeds={"train": 1},
                data=[Path("artifacts/sample/features")],
                weights=[Path("artifacts/sample/activitynet/bmn.safetensors")],
                code=["common.localization", "common.submission"],
                classes=LABELS,
                videos=list(durations),
                licences={"rendered world": "CC0-1.0"},
                external=External(models=("none",)),
                lock=Path("tracks/activitynet/dvc.lock"),
                lock_without=("submit",),
            ),
            "report": replace(report, detections=found),
            "ground_truth": Path("artifacts/sample/world/truth"),
        }
        return Submission(**(values | changes))

    return make

"""The numbers of a temporal track: the whole system, its members, its floors, its classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from common.challenges.activitynet.classification import evaluate_classification
from common.challenges.activitynet.detection import evaluate_detections
from common.challenges.activitynet.proposals import evaluate_proposals
from common.core.member_weights import Weights, alone, uniform
from common.core.params.localization import Detection
from common.core.seeds import rng_for
from common.localization.class_scores import held_out_scores, segment_intervals
from common.localization.ensemble import average_map, known_labels
from common.localization.floors import (
    sliding_window_proposals,
    uniform_random_proposals,
    window_scales,
)
from common.localization.splits import AnnotatedVideos
from common.localization.system import System
from common.training.accuracy import by_group, class_accuracies, shot_groups
from common.training.classifiers import Classifier

_RECALL_AT = (1, 5, 10, 100)


def system_scores(
    truth: pd.DataFrame, detections: pd.DataFrame, proposals: pd.DataFrame, classes: pd.DataFrame
) -> dict[str, Any]:
    """Official detection, proposal and classification scores, fractions of 1.

    Args:
        truth: video, start, end, label.
        detections, proposals: tables of the same videos.
        classes: CLASS_SCORE_COLUMNS; for top-1.
    """
    kept = known_labels(detections, truth)
    found = evaluate_detections(truth, kept)
    recall = evaluate_proposals(truth, proposals)
    hits = evaluate_classification(truth, known_labels(classes, truth))
    return {
        "average_map": found.average_map,
        "map_per_tiou": found.map_per_tiou.tolist(),
        "ap_per_class": dict(zip(found.classes, found.ap.mean(axis=0).tolist(), strict=True)),
        "recall": {f"AR@{n}": float(recall.average_recall[n - 1]) for n in _RECALL_AT},
        "auc": recall.auc_percent / 100.0,
        "recall_curve": {
            "proposals": recall.proposals_per_video.tolist(),
            "recall": recall.average_recall.tolist(),
        },
        "top1": hits.hit_at_k[1],
        "dropped_labels": len(detections) - len(kept),
    }


def member_scores(
    system: System, truth: pd.DataFrame, fitted: Weights, spec: Detection
) -> dict[str, float]:
    """Average mAP of each member alone, of the uniform mean and of the fitted weights."""
    choices = alone(system.members) | {
        "uniform mean": uniform(system.members),
        "fitted weights": fitted,
    }
    return {
        name: average_map(truth, system.detections(system.proposals(weights), weights, spec))
        for name, weights in choices.items()
    }


def video_source_scores(
    system: System, whole: Mapping[str, Classifier], truth: pd.DataFrame, weights: Weights
) -> dict[str, dict[str, float]]:
    """Top-1 and mAP of the classes of whole videos by either source, whichever the system uses.

    Args:
        whole: classifiers of whole videos, by member.
        truth: segments of the system's videos.
        weights: of the members.
    """
    sources = {"snippets": None, "videos": whole}
    found = {}
    for name, used in sources.items():
        classes = replace(system, whole_videos=used).class_scores(weights)
        scores = evaluate_classification(truth, known_labels(classes, truth))
        found[name] = {"top1": scores.hit_at_k[1], "map": scores.map}
    return found


def floor_scores(
    system: System,
    reported: AnnotatedVideos,
    annotated: AnnotatedVideos,
    truth: pd.DataFrame,
    weights: Weights,
    spec: Detection,
) -> dict[str, float]:
    """Average mAP of the same classifiers on proposals that know nothing of the videos.

    `reported` has the durations; the train segments of `annotated` give the window lengths.
    """
    videos = [reported.videos[name] for name in system.videos]
    floor = system.params.floors
    rng = rng_for(system.params.seed, "random floor")
    scales = window_scales(annotated.segments_of(annotated.of_subset("train")), floor.scales)
    floors = {
        "uniform random": uniform_random_proposals(videos, floor.proposals, rng),
        "sliding windows": sliding_window_proposals(videos, scales, floor.proposals),
    }
    return {
        name: average_map(truth, system.detections(proposals, weights, spec))
        for name, proposals in floors.items()
    }


def classifier_scores(
    classifiers: Mapping[str, Mapping[str, Classifier]],
    features: Path,
    test: AnnotatedVideos,
    names: Sequence[str],
    train_counts: Mapping[str, int],
    limits: tuple[int, int],
) -> dict[str, dict[str, float | None]]:
    """Accuracy of each method on the annotated segments: overall, head, medium, tail.

    `overall` is the share of segments; the groups are means over their classes.

    Args:
        classifiers: method -> member -> classifier; members are averaged.
        features: folder of the feature sets.
        test: annotations of the videos `names`, whose classes are numbered as in training.
        train_counts: training segments by class.
        limits: a head class has more, a tail class fewer training segments.
    """
    intervals = segment_intervals(test, names)
    counts = np.array([train_counts[label] for label in test.classes])
    groups = shot_groups(counts, *limits)
    found: dict[str, dict[str, float | None]] = {}
    for method, members in classifiers.items():
        scores = held_out_scores(members, features, intervals)
        right = float((scores.argmax(axis=1) == intervals.labels).mean())
        grouped = by_group(class_accuracies(scores, intervals.labels), groups).to_dict()
        found[method] = {"overall": right, "mean_class": grouped.pop("all"), **grouped}
    return found


def grouped_ap(
    ap_per_class: Mapping[str, float], train_counts: Mapping[str, int], limits: tuple[int, int]
) -> dict[str, float | None]:
    """Mean average precision over all classes and over head, medium and tail classes."""
    labels = list(ap_per_class)
    groups = shot_groups(np.array([train_counts.get(label, 0) for label in labels]), *limits)
    return by_group(np.array([ap_per_class[label] for label in labels]), groups).to_dict()

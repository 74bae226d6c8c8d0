"""Score the files that the stages of a temporal track left, and write the numbers down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from common.core.files import nan_to_none, write_json, write_with
from common.core.params.localization import Detection
from common.core.params.temporal_track import TemporalTrack
from common.localization.diversity import error_correlation
from common.localization.ensemble import truth_table
from common.localization.scoring import (
    classifier_scores,
    floor_scores,
    grouped_ap,
    member_scores,
    system_scores,
    video_source_scores,
)
from common.localization.tables import (
    CLASS_SCORE_COLUMNS,
    DETECTION_COLUMNS,
    PROPOSAL_COLUMNS,
    read_table,
)
from common.localization.track_files import (
    VIDEOS,
    TrackFiles,
    read_classifiers,
    read_videos,
    reported_truth,
    system_on,
)


def write_scores(
    files: TrackFiles, members: Sequence[str], params: TemporalTrack, limits: tuple[int, int]
) -> None:
    """Write `metrics.json`, `map_by_tiou.csv` and `recall.csv` into the track's folder.

    Args:
        limits: a head class has more, a tail class fewer training segments.
    """
    videos = read_videos(files, members, params)
    test = reported_truth(files, videos, params)
    truth = truth_table(test, test.of_subset(params.subset))
    detections = read_table(files.own / "detections.parquet", DETECTION_COLUMNS)
    proposals = read_table(files.own / "proposals.parquet", PROPOSAL_COLUMNS)
    class_scores = read_table(files.own / "class_scores.parquet", CLASS_SCORE_COLUMNS)
    weights, spec = read_fitted(files.own / "ensemble.json")
    system = system_on(files, members, videos.submitted, videos.annotated.classes, params)
    counts = videos.annotated.class_counts(videos.annotated.of_subset("train"))
    scores = system_scores(truth, detections, proposals, class_scores)
    methods = {
        method: read_classifiers(files.classifiers / method, members)
        for method in params.classify.compared
    }
    metrics = scores | {
        "subset": params.subset,
        "videos": {
            "listed": len(test.of_subset(params.subset)),
            "with_features": len(videos.submitted),
        },
        "members": member_scores(system, truth, weights, spec),
        "floors": floor_scores(system, test, videos.annotated, truth, weights, spec),
        "classifiers": classifier_scores(
            methods, files.features, test, videos.submitted, counts, limits
        ),
        "video_sources": video_source_scores(
            system, read_classifiers(files.classifiers / VIDEOS, members), truth, weights
        ),
        "ap_by_frequency": grouped_ap(scores["ap_per_class"], counts, limits),
        "train_counts": counts,
        "error_correlation": error_correlation(
            list(system.member_maps.values()), test.segments
        ).tolist(),
    }
    write_json(files.own / "metrics.json", nan_to_none(metrics))
    write_curves(files.own, metrics)


def write_curves(folder: Path, metrics: dict[str, Any]) -> None:
    """The two curves as CSV, for `dvc plots`."""
    tiou = [0.5 + 0.05 * i for i in range(len(metrics["map_per_tiou"]))]
    by_tiou = pd.DataFrame({"tiou": tiou, "map": metrics["map_per_tiou"]})
    recall = pd.DataFrame(metrics["recall_curve"])
    for name, table in (("map_by_tiou.csv", by_tiou), ("recall.csv", recall)):
        write_with(
            folder / name,
            lambda path, table=table: table.to_csv(path, index=False, float_format="%.6f"),
        )


def read_fitted(path: Path) -> tuple[tuple[float, ...], Detection]:
    """Weights and fusion from `ensemble.json`."""
    document = json.loads(path.read_text(encoding="utf-8"))
    weights = tuple(document["weights"][name] for name in document["members"])
    return weights, Detection.model_validate(document["params"]["detection"])

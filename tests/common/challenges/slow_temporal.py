"""Small, slow evaluators, written from the definitions with loops and lists only.

They share no code with the product and serve as the other opinion in property tests.
"""

from __future__ import annotations

import math
from collections import defaultdict


def tiou(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Overlap of prediction `b` with truth `a`; 0 / 0 is NaN."""
    overlap = max(min(b[1], a[1]) - max(b[0], a[0]), 0.0)
    union = (a[1] - a[0]) + (b[1] - b[0]) - overlap
    if union == 0.0:
        return math.nan if overlap == 0.0 else math.copysign(math.inf, overlap)
    return overlap / union


def best_first(rows: list[dict]) -> list[dict]:
    """Falling score; of equal scores the later row first."""
    return [row for _, row in sorted(enumerate(rows), key=lambda p: (-p[1]["score"], -p[0]))]


def average_precision(hits: list[bool], n_truth: int) -> float:
    """Steps of recall times the best precision from there on."""
    precision, found = [], 0
    for rank, hit in enumerate(hits, 1):
        found += hit
        precision.append(found / rank)
    area = 0.0
    for rank, hit in enumerate(hits):
        if hit:
            area += max(precision[rank:]) / n_truth
    return area


def detection_ap(truth: list[dict], predictions: list[dict], label, threshold: float) -> float:
    """Average precision of one class at one threshold: every row takes its best free segment."""
    wanted = [row for row in truth if row["label"] == label]
    free = [True] * len(wanted)
    hits = []
    for row in best_first([row for row in predictions if row["label"] == label]):
        options = []
        for i, other in enumerate(wanted):
            if other["video"] == row["video"]:
                value = tiou((other["start"], other["end"]), (row["start"], row["end"]))
                options.append((math.inf if math.isnan(value) else value, i))
        options = [(value, i) for value, i in options if value >= threshold and free[i]]
        if options:
            free[max(options)[1]] = False
        hits.append(bool(options))
    return average_precision(hits, len(wanted))


def recall_curve(
    truth: list[dict], proposals: list[dict], asked: float, threshold: float
) -> list[float]:
    """Share of segments found among the best proposals, at 100 budgets."""
    of_video = defaultdict(list)
    for row in proposals:
        of_video[row["video"]].append(row)
    videos = sorted({row["video"] for row in truth})
    share = asked * len(videos) / len(proposals)
    kept = {}
    for video in videos:
        rows = best_first(of_video[video])
        kept[video] = rows[: min(int(len(rows) * share), len(rows))]
    total = sum(map(len, kept.values()))
    curve = []
    for point in range(1, 101):
        budget = point / 100.0 * (asked * len(videos) / total)
        found = 0
        for row in truth:
            rows = kept[row["video"]]
            seen = rows[: min(int(len(rows) * budget), len(rows))]
            span = (row["start"], row["end"])
            found += any(tiou(span, (p["start"], p["end"])) >= threshold for p in seen)
        curve.append(found / len(truth))
    return curve


def classification_ap(labels: set[tuple], predictions: list[dict], label) -> float:
    """Average precision of one class of whole videos; a repeated row is wrong."""
    wanted = {video for video, name in labels if name == label}
    hits, used = [], set()
    for row in best_first([row for row in predictions if row["label"] == label]):
        hits.append(row["video"] in wanted and row["video"] not in used)
        used.add(row["video"])
    return average_precision(hits, len(wanted))


def hit_at(labels: set[tuple], predictions: list[dict], k: int) -> tuple[float, float]:
    """Share of videos with any label among the k best rows, and mean share of labels there."""
    videos = sorted({video for video, _ in labels})
    any_hit, mean_hit = 0.0, 0.0
    for video in videos:
        rows = best_first([row for row in predictions if row["video"] == video])[:k]
        names = {row["label"] for row in rows}
        own = {name for other, name in labels if other == video}
        any_hit += bool(own & names)
        mean_hit += len(own & names) / len(own)
    return any_hit / len(videos), mean_hit / len(videos)


def best_actions(scores: tuple, shares: tuple, k: int) -> list[tuple[int, int]]:
    """The k best (verb, noun) of one segment.

    `scores` and `shares` hold the values of the verbs and of the nouns by class: scores rank the
    classes, products of shares rank the actions. Two sorts, each reversed: 100 products are kept,
    then ranked again.
    """
    order_v, order_n = (sorted(range(len(x)), key=lambda c: (-x[c], -c))[:100] for x in scores)
    products = [(shares[0][v] * shares[1][n], v, n) for v in order_v for n in order_n]
    first = sorted(range(len(products)), key=lambda i: (-products[i][0], -i))[:100]
    second = sorted(range(100), key=lambda i: (-products[first[i]][0], -i))
    return [products[first[i]][1:] for i in second[:k]]

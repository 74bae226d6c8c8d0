"""Frame mAP one box at a time, from the description of the official program; shares no code."""

import heapq
import math

Row = tuple[str, str, float, float, float, float, int, float]


def read(rows: list[Row], classes: set[int], capacity: int):
    """Per key frame: (score, action, y1, x1, y2, x2), as the official reader lines them up."""
    heaps: dict[tuple[str, str], list] = {}
    frames = set()
    for video, time, x1, y1, x2, y2, action, score in rows:
        frames.add((video, time))
        if action not in classes:
            continue
        heap = heaps.setdefault((video, time), [])
        entry = (score, action, y1, x1, y2, x2)
        if capacity < 1 or len(heap) < capacity:
            heapq.heappush(heap, entry)
        elif score > heap[0][0]:
            heapq.heapreplace(heap, entry)
    return {key: sorted(heap, key=lambda e: -e[0]) for key, heap in heaps.items()}, frames


def overlap(a, b) -> float:
    height = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    width = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = height * width
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return shared / (areas - shared)


def labels_of_image(truth, detections) -> list[tuple[float, bool]]:
    """(score, hit) of the detections of one class at one key frame."""
    taken, found = set(), []
    for score, _, *box in detections:
        values = [overlap(box, other[2:]) for other in truth]
        best = max(range(len(values)), key=lambda j: (values[j], -j), default=None)
        hit = best is not None and values[best] >= 0.5 and best not in taken
        if hit:
            taken.add(best)
        found.append((score, hit))
    return found


def average_precision(labels: list[tuple[float, bool]], n_truth: int) -> float:
    order = sorted(range(len(labels)), key=lambda i: labels[i][0])[::-1]
    precisions, recalls, hits = [0.0], [0.0], 0
    for rank, i in enumerate(order, 1):
        hits += labels[i][1]
        precisions.append(hits / rank)
        recalls.append(hits / n_truth)
    precisions.append(0.0)
    recalls.append(1.0)
    for i in reversed(range(len(precisions) - 1)):
        precisions[i] = max(precisions[i], precisions[i + 1])
    return math.fsum((recalls[i] - recalls[i - 1]) * precisions[i] for i in range(1, len(recalls)))


def frame_ap(truth_rows: list[Row], rows: list[Row], classes: set[int], capacity: int = 50):
    """Average precision by class; None where there is no ground truth."""
    truth, frames = read(truth_rows, classes, 0)
    detections, _ = read(rows, classes, capacity)
    found = {}
    for action in classes:
        n_truth = sum(entry[1] == action for entries in truth.values() for entry in entries)
        labels = []
        for key, entries in detections.items():
            own = [e for e in entries if e[1] == action and e[2] < e[4] and e[3] < e[5]]
            if key in frames:
                boxes = [e for e in truth.get(key, []) if e[1] == action]
                labels += labels_of_image(boxes, own)
        found[action] = average_precision(labels, n_truth) if n_truth else None
    return found

"""J (region) and F (contour) of one frame, and their statistics over a video.

J is the intersection over union of two masks, 1 where both are empty. F is the harmonic mean of the
shares of each boundary that lie near the other one. All are ratios of pixel counts.

Source: docs, formats/davis section 4 (davisvideochallenge/davis2017-evaluation, metrics and
`db_statistics`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from common.challenges.masks.planes import Stack, boundary, count, dilate, pack, tolerance

Values = NDArray[np.float64]
# Beyond so many frames the decay of the official program overflows.
MANY_FRAMES = 255


@dataclass(frozen=True)
class Shapes:
    """The masks of one frame: K planes and what follows from them.

    Args:
        stack: (K, H, words) planes.
        width: W in pixels.
    """

    stack: Stack
    width: int

    @cached_property
    def area(self) -> NDArray[np.int64]:
        """(K,) pixels of each mask."""
        return count(self.stack)

    @cached_property
    def boundary(self) -> Stack:
        """(K, H, words) boundary pixels."""
        return boundary(self.stack, self.width)

    @cached_property
    def length(self) -> NDArray[np.int64]:
        """(K,) boundary pixels of each mask."""
        return count(self.boundary)

    @cached_property
    def near(self) -> Stack:
        """(K, H, words) pixels within the tolerance of the boundary."""
        return dilate(self.boundary, self.tolerance)

    @property
    def tolerance(self) -> int:
        """Pixels by which a boundary may be off."""
        return tolerance(self.stack.shape[1], self.width)


def shapes_of(ids: NDArray[np.uint8], values: Sequence[int], void: Stack | None = None) -> Shapes:
    """The masks of the given ids of a frame, without void pixels.

    Args:
        ids: (H, W) uint8.
        values: K ids.
        void: (H, words) plane of pixels that are not judged.
    """
    stack = pack(ids, values)
    return Shapes(stack if void is None else stack & ~void, ids.shape[1])


def same_id_measures(truth: Shapes, result: Shapes) -> tuple[Values, Values]:
    """J and F of mask k against mask k: (K,) each."""
    inter = count(truth.stack & result.stack)
    hits_result = count(result.boundary & truth.near)
    hits_truth = count(truth.boundary & result.near)
    return (
        region_similarity(inter, truth.area + result.area - inter),
        contour_accuracy(hits_result, result.length, hits_truth, truth.length),
    )


def pair_measures(truth: Shapes, result: Shapes) -> tuple[Values, Values]:
    """J and F of every result r against every truth g: (R, G) each."""
    shape = (len(result.stack), len(truth.stack))
    inter, hits_result, hits_truth = (np.zeros(shape, np.int64) for _ in range(3))
    for g in range(shape[1]):
        inter[:, g] = count(result.stack & truth.stack[g])
        hits_result[:, g] = count(result.boundary & truth.near[g])
    # Being near is mutual: a result with no hit in any truth is not hit by any, and most of twenty
    # proposals lie far from the objects.
    close = np.flatnonzero(hits_result.any(axis=1))
    near = dilate(result.boundary[close], result.tolerance)
    for g in range(shape[1]):
        hits_truth[close, g] = count(near & truth.boundary[g])
    return (
        region_similarity(inter, result.area[:, None] + truth.area[None] - inter),
        contour_accuracy(hits_result, result.length[:, None], hits_truth, truth.length[None]),
    )


def region_similarity(inter: NDArray[np.int64], union: NDArray[np.int64]) -> Values:
    """J from pixel counts; 1 where the union is empty."""
    return np.where(union == 0, 1.0, inter / np.maximum(union, 1))


def contour_accuracy(
    hits_result: NDArray[np.int64],
    length_result: NDArray[np.int64],
    hits_truth: NDArray[np.int64],
    length_truth: NDArray[np.int64],
) -> Values:
    """F from pixel counts of boundaries and of their parts near the other boundary.

    No boundary in either: 1; in one of them only: 0.
    """
    precision = hits_result / np.maximum(length_result, 1)
    recall = hits_truth / np.maximum(length_truth, 1)
    both = precision + recall
    score = np.where(both == 0, 0.0, 2 * precision * recall / np.where(both == 0, 1.0, both))
    # An empty side leaves precision or recall at 0, hence F at 0; two empty sides agree.
    return np.where((length_result == 0) & (length_truth == 0), 1.0, score)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Mean, recall (share of frames above 0.5) and decay (first quarter minus last) of a video."""

    mean: float
    recall: float
    decay: float


def statistics(values: Values) -> Statistics:
    """Statistics of the per-frame values of one object.

    The official code casts the borders of the quarters to 8 bits, so that they wrap beyond 255
    frames; here they do not.

    Args:
        values: (n,) float64, n >= 1.
    """
    n = len(values)
    edges = np.round(np.linspace(1, n, 5) + 1e-10).astype(np.int64) - 1
    first = values[edges[0] : edges[1] + 1]
    last = values[edges[3] : edges[4] + 1]
    return Statistics(
        float(np.mean(values)),
        float(np.mean(values > 0.5)),
        float(np.mean(first) - np.mean(last)),
    )

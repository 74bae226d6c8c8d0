"""How alike the mistakes of members are: what an ensemble can gain depends on it.

With M members of equal error variance and pairwise error correlation r, the error of their mean has
(1 + (M - 1) r) / M of the variance of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from common.core.records import LabelledSegment
from common.localization.labels import inside, iou_map, relative_segments
from common.localization.maps import ScoreMaps, resize_maps


def error_correlation(
    members: Sequence[Sequence[ScoreMaps]], segments: Mapping[str, Sequence[LabelledSegment]]
) -> NDArray[np.float64]:
    """(M, M) correlation of the members' errors of the regression map, over all valid cells.

    Args:
        members: for each of M members its maps of the same videos, in the same order; maps of other
            sizes are resized to those of the first member.
        segments: by video, seconds.

    Raises:
        ValueError: the members' videos differ.
    """
    errors: list[list[NDArray[np.float64]]] = [[] for _ in members]
    for same_video in zip(*members, strict=True):
        first = same_video[0]
        if len({maps.video for maps in same_video}) > 1:
            raise ValueError("the members' videos differ")
        size = first.positions, first.durations
        relative = relative_segments(segments.get(first.video, ()), first.duration)
        truth, valid = iou_map(relative, *size), inside(*size)
        for found, maps in zip(errors, same_video, strict=True):
            confidence = resize_maps(maps, *size, first.duration).confidence[0]
            found.append((confidence - truth)[valid])
    return np.atleast_2d(np.corrcoef([np.concatenate(found) for found in errors]))

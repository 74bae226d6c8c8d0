"""Long-term feature bank: what the features say around a segment.

Source: Wu et al., CVPR 2019 (LFB), with its `avg` and `max` operators. The entries come from frozen
extractors, so the bank is computed once; a segment sees entries of its own video alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.core.params.epic_recognition import FeatureBank
from common.core.timebase import SnippetGrid, sequence_at

Floats = NDArray[np.float64]


def bank_times(segment: tuple[float, float], duration: float, spec: FeatureBank) -> Floats:
    """(K,) times of the entries that a segment sees: on the grid of the video's bank, within half a
    window of the middle of the segment and inside the video. Seconds.

    With `include_self` off, entries inside the segment are left out; if none would be left, the
    nearest ones are taken all the same, so K >= 1.
    """
    entries = np.arange(0.5 * spec.step_s, max(duration, spec.step_s), spec.step_s)
    middle = 0.5 * (segment[0] + segment[1])
    seen = np.abs(entries - middle) <= 0.5 * spec.window_s
    if not spec.include_self:
        outside = seen & ~((entries >= segment[0]) & (entries < segment[1]))
        seen = outside if outside.any() else seen
    if not seen.any():
        seen = np.abs(entries - middle) == np.abs(entries - middle).min()
    return entries[seen]


def bank_context(
    array: NDArray[np.floating],
    grid: SnippetGrid,
    duration: float,
    segments: Floats,
    spec: FeatureBank,
) -> NDArray[np.float32]:
    """(N, C) mean or maximum of the entries that each segment of one video sees.

    Args:
        array: (T, C) features of the video on `grid`.
        duration: seconds of the video.
        segments: (N, 2) seconds.
        spec: `operator` is not `none`.
    """
    assert spec.operator != "none"
    found = np.empty((len(segments), array.shape[1]), dtype=np.float32)
    for row, (start, end) in enumerate(segments):
        entries = sequence_at(array, grid, bank_times((start, end), duration, spec))
        found[row] = entries.max(axis=0) if spec.operator == "max" else entries.mean(axis=0)
    return found

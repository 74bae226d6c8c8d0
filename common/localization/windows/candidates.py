"""Candidates of a whole video from the columns of its score map, without holding the map.

What counts as a boundary depends on the highest boundary score of the video, which is known at the
end only. A bin that is high against the highest score so far may turn out to be low, never the
reverse: such bins are kept on the way and filtered at the end.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from common.core.params.localization import ProposalRule
from common.localization.proposals import cell_scores, end_bins, start_bins
from common.localization.windows.fusion import MapColumns

Floats = NDArray[np.float32]
Spans = NDArray[np.int32]


def window_candidates(
    columns: Iterable[MapColumns], rule: ProposalRule
) -> tuple[Spans, NDArray[np.float64]]:
    """The candidates that `proposals.candidates` finds on the whole map, ordered by start, then
    end.

    Returns:
        (n, 2) first position and position after the last, and (n,) scores; n may be 0.
    """
    start = end = np.zeros(0, dtype=np.float32)
    waiting: Floats | None = None
    first = 0  # position of the first waiting column
    found = [(np.zeros((0, 2), dtype=np.int32), np.zeros(0))]
    for block in columns:
        start, end = np.append(start, block.start), np.append(end, block.end)
        parts = [block.confidence] if waiting is None else [waiting, block.confidence]
        waiting = np.concatenate(parts, axis=2)
        # A bin is a peak or not once its right neighbour is known: the ends of these columns are.
        ready = max(0, len(start) - waiting.shape[1] - 1 - first)
        found.append(_select(waiting[:, :, :ready], first, start, end, rule))
        waiting, first = waiting[:, :, ready:], first + ready
    if waiting is not None:
        found.append(_select(waiting, first, start, end, rule))
    spans, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    is_start, is_end = start_bins(start, rule), end_bins(end, rule)
    chosen = is_start[spans[:, 0]] & is_end[spans[:, 1]]
    return spans[chosen], scores[chosen]


def _select(
    confidence: Floats, first: int, start: Floats, end: Floats, rule: ProposalRule
) -> tuple[Spans, NDArray[np.float64]]:
    """Candidates among some columns by the boundary scores that are known so far."""
    size = len(start)
    s, d = np.indices(confidence.shape[:0:-1]).reshape(2, -1)  # by start, then duration
    e = first + s + d + 1
    is_start, is_end = start_bins(start, rule), end_bins(end, rule)
    chosen = (e <= size) & is_start[first + s] & is_end[np.minimum(e, size)]
    s, d, e = s[chosen], d[chosen], e[chosen]
    start_score = start[first + s].astype(np.float64)
    end_score = end[np.minimum(e, size - 1)].astype(np.float64)
    reg, cls = confidence[:, d, s].astype(np.float64)
    spans = np.stack([first + s, e], axis=1).astype(np.int32)
    return spans, cell_scores(start_score, end_score, cls, reg, rule)
